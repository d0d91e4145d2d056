#!/bin/bash
# valgrind.sh [ROUNDS] - all suites under valgrind: those tests, too, that each run of the tests leaves
# out because they repeat what others do (tests/valgrind.txt). What repeats many rounds does it
# 10 times.
cd "$(dirname "$0")/../.." || exit 1
source tests/all/suites.bash
command -v valgrind > /dev/null || cannot "valgrind is not installed"

export SKIFF_TEST_ROUNDS=${1:-10} begun
{ cmake --preset dev && cmake --build --preset dev; } > build/valgrind.log 2>&1 \
    || { echo "it does not build (build/valgrind.log)"; exit 1; }

run_floor()
{
    local floor=${1##*/test_} without
    without=$(sed -n "s|^never  *$floor/\([^ ]*\).*|\1|p" tests/valgrind.txt | paste -s -d ,)
    SKIFF_TEST_WITHOUT=$without valgrind -q --leak-check=full --errors-for-leak-kinds=definite \
        --error-exitcode=1 "$1" --part=1/1 > "build/valgrind.$floor.log" 2>&1 \
        || { echo "$floor failed (build/valgrind.$floor.log)"; return 1; }
    step "$floor"
}
export -f run_floor step
# The longest first.
ls -S build/dev/tests/test_* | xargs -P "$(nproc)" -I {} bash -c 'run_floor {}' \
    || { echo "valgrind found something, or a test failed"; exit 1; }
