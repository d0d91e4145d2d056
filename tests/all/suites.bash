# suites.bash - sourced by the scripts that run the suites where ctest does not: with an emulator,
# in another root. Each suite is a process. What is left out is left out by name, with its reason,
# and counted. Knows not where it runs.

step() { printf '[%3d s] %s\n' $((SECONDS - begun)) "$*"; }
cannot() { echo "$*"; exit 77; }
die() { echo "$*"; exit 1; }
begun=$SECONDS

# run_suite FLOOR SUITE: the sentences that were chosen of it.
run_suite()
{
    local output=$runs/$1.$2 names
    mapfile -t names < "$output.list"
    timeout 900 nice -n 10 $with "$programs/test_$1" "${names[@]/#/=}" > "$output" 2>&1
    echo "exit code $?" >> "$output"
}

# The sentences of the floors, and which of them are left out. "*" stands for the rest of a suite. A
# program that has none could not start.
choose()
{
    local floor name pattern
    pattern=$(printf '%s\n' "${left_out[@]}" | sed 's/:.*//; s/[*]$/.*/' | paste -s -d '|')
    rm -rf "$runs"
    mkdir -p "$runs"
    for floor in "${floors[@]}"; do
        $with "$programs/test_$floor" --list > "$runs/names" && [ -s "$runs/names" ] \
            || { echo "test_$floor names no tests"; return 1; }
        sed "s|^|$floor/|" "$runs/names" >> "$runs/all"
    done
    grep -xE "$pattern" "$runs/all" > "$runs/left_out"
    grep -vxE "$pattern" "$runs/all" | while read -r name; do
        floor=${name%%/*} name=${name#*/}
        echo "$name" >> "$runs/$floor.${name%%/*}.list"
    done
}

# What is left out must be there.
tell_left_out()
{
    local line name
    for line in "${left_out[@]}"; do
        name=${line%%:*}
        grep -qxE "${name/%\*/.*}" "$runs/all" || { echo "$1: there is no $name"; return 1; }
        echo "$1 leaves out $line"
    done
}

# The suites of these floors use the machine's time and sockets: what fails beside others is run
# once more alone, and told.
again_alone()
{
    local output name
    for output in "$runs"/{ice,port}.*.list; do
        output=${output%.list} name=${output##*/}
        [ -e "$output" ] && ! grep -qx 'exit code 0' "$output" || continue
        echo "$1 runs again, alone: $name"
        mv "$output" "$output.first"
        run_suite "${name%%.*}" "${name#*.}"
    done
}

tell_failures()
{
    local output failed=0
    for output in "$runs"/*.list; do
        output=${output%.list}
        grep -qx 'exit code 0' "$output" && continue
        failed=1
        echo "$1 failed: $(basename "$output"), $(tail -n 1 "$output")"
        grep -E 'had failures|^ *[0-9]+\. ' "$output" | head -n 20
    done
    return $failed
}

# run_suites TITLE PROGRAMS RUNS: the suites of test_FLOOR in the folder PROGRAMS, for each of
# `floors`, started by the words of `with`, but for what `left_out` names: "FLOOR/SUITE/NAME: why".
# What they write goes to the folder RUNS, and the sum to `result`.
run_suites()
{
    local status outputs
    programs=$2 runs=$3
    result="$1: a program does not start"
    choose || return 1
    tell_left_out "$1" || { result="$1: what is left out is not there"; return 1; }
    export programs runs with
    export -f run_suite
    printf '%s\n' "$runs"/*.list | sed 's|.*/||; s|\.list$||; s|\.| |' \
        | xargs -P "$(nproc)" -L 1 bash -c 'run_suite "$@"' -
    again_alone "$1"
    tell_failures "$1"
    status=$?
    outputs=("$runs"/*.list) outputs=("${outputs[@]%.list}")
    # A suite that says no sum has died.
    result="$1: $(awk -v died="$(grep -L '^ *tests ' "${outputs[@]}" | wc -l)" '
        $1 == "tests" { run += $3; passed += $4 }
        END { printf "%d passed, %d failed", passed, run - passed + died }' "${outputs[@]}"),"
    result+=" $(wc -l < "$runs/left_out") left out"
    return $status
}

# with_build NAME [options]: the suites of what `build` makes in $folder/NAME. Nothing is left out.
with_build()
{
    local log=$folder/$1.log
    step "$1: building"
    build "$folder/$1" "${@:2}" > "$log" 2>&1 \
        || die "$1 does not build: $(grep -m 1 error "$log") ($log)"
    step "$1: testing"
    left_out=() with=''
    run_suites "$1" "$folder/$1/tests" "$folder/$1-runs"
}
