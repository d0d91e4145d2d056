#!/bin/bash
# crowd.sh - the crowd of tests/port/crowd.h for minutes, in builds with the thread sanitizer and
# with those of addresses and undefined behaviour. Ends with 77 where one of them cannot be built.
set -u
cd "$(dirname "$0")/../.." || exit 1
rounds=${1:-10000}

for preset in tsan asan; do
    log=build/$preset-crowd.log
    mkdir -p build
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset" --target test_port; } \
        > "$log" 2>&1; then
        echo "$preset does not build here ($log)"
        exit 77
    fi
    SKIFF_CROWD_ROUNDS=$rounds "build/$preset/tests/test_port" crowd/ > "$log" 2>&1
    status=$?
    grep -A 1 seed "$log"
    if [ $status -ne 0 ] || grep -qE 'WARNING: ThreadSanitizer|ERROR: |runtime error' "$log"; then
        echo "the crowd is not right under $preset ($log)"
        exit 1
    fi
done
