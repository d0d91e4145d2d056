#!/bin/bash
# tidy.sh - clang-tidy finds nothing in the tests either, by their own settings (tests/.clang-tidy).
# The libraries and samples are asked about by each run of the tests: house_tidy.
cd "$(dirname "$0")/../.." || exit 1
[ -e build/dev/build.ninja ] || cmake --preset dev > /dev/null || exit 1
exec tests/house/tidy . build/dev tests
