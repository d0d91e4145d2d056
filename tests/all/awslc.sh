#!/bin/bash
# awslc.sh - builds AWS-LC of the sources in the crate aws-lc-sys, which cargo fetches, as a static
# library whose symbols have a prefix, and runs the suites with it (SKIFF_CRYPTO=aws-lc). The ends
# that the tests speak to, libsrtp2 and libnice stay with OpenSSL, in the same process. The sanitizers
# of addresses and undefined behaviour run them, too, and that of threads those of the port. Shared
# libraries show nothing of AWS-LC, and what is installed serves others. All is kept in build/aws-lc.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages
source tests/all/suites.bash
source tests/all/aws_lc.bash

floors=(base wire crypto dtls srtp port ice)

# configure FOLDER [options]
configure()
{
    cmake -G Ninja -S . -B "$1" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSKIFF_WERROR=ON \
        -DSKIFF_TESTS=ON -DSKIFF_SAMPLES=OFF -DSKIFF_CRYPTO=aws-lc -DSKIFF_AWS_LC="$prefix" \
        "${@:2}"
}

# build FOLDER [options]
build()
{
    configure "$@" && nice -n 10 cmake --build "$1" --target "${floors[@]/#/test_}" || return
    nm -u "$1/libskiff.a" > "$1/wanted" && grep -q "${symbols}_SHA256_Init" "$1/wanted" \
        || { echo "error: calls another libcrypto"; return 1; }
}

# The sanitizers' objects call more than these rules allow.
keeps_rules()
{
    local rule
    for rule in "${@:2}"; do
        tests/house/"$rule" "$PWD" "$1" > "$folder/$rule.log" \
            || die "$rule: $(tail -n 1 "$folder/$rule.log") ($folder/$rule.log)"
    done
}

# Its own copy is in each library, and seen by nobody.
shared()
{
    local log=$folder/shared.log
    step "shared libraries: building"
    { configure "$folder/shared" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON \
        -DSKIFF_TESTS=OFF && nice -n 10 cmake --build "$folder/shared"; } > "$log" 2>&1 \
        || die "shared libraries do not build: $(grep -m 1 error "$log") ($log)"
    nm -D --defined-only "$folder"/shared/lib*.so | grep "$symbols" && die "they show AWS-LC"
    nm -D "$folder/shared/libskiff.so" | grep -E 'EVP_|SHA256_' && die "they call a libcrypto"
    keeps_rules "$folder/shared" exports needs
}

# What is installed names the place of AWS-LC, which is not in this tree for anybody else.
installed()
{
    local elsewhere log=$folder/installed.log
    elsewhere=$(mktemp -d) || exit 1
    step "static libraries, installed"
    cp -r "$prefix" "$elsewhere/aws-lc" \
        && { configure "$folder/installed" -DSKIFF_TESTS=OFF "-DSKIFF_AWS_LC=$elsewhere/aws-lc" \
            && nice -n 10 cmake --build "$folder/installed" \
            && tests/install/run "$PWD" "$folder/installed"; } > "$log" 2>&1 \
        || { rm -rf "$elsewhere"; die "what is installed serves nobody ($log)"; }
    rm -rf "$elsewhere"
}

# refuses WORDS PREFIX: configuring with that prefix is refused with that sentence.
refuses()
{
    local log=$folder/refused.log
    rm -rf "$folder/refused"
    cmake -G Ninja -S . -B "$folder/refused" -DSKIFF_SRTP=OFF -DSKIFF_CRYPTO=aws-lc \
        -DSKIFF_AWS_LC="$2" > "$log" 2>&1 && die "an AWS-LC in '$2' is not refused"
    tr -s '\n ' '  ' < "$log" | grep -F "$1" > /dev/null \
        || die "'$2' is refused with other words than '$1' ($log)"
}

# What is more and more like an AWS-LC.
refuses_others()
{
    local fake=$folder/fake headers=$folder/fake/include/openssl
    rm -rf "$fake"
    refuses "needs SKIFF_AWS_LC" ""
    refuses "there is no AWS-LC in $fake" "$fake"
    mkdir -p "$headers" "$fake/lib"
    touch "$headers"/{base,nid}.h "$fake/lib/libcrypto.a"
    refuses "are not those of AWS-LC" "$fake"
    echo '#define OPENSSL_IS_AWSLC' > "$headers/base.h"
    refuses "is too old: it has no ML-KEM-768" "$fake"
    echo '#define NID_MLKEM768 989' > "$headers/nid.h"
    refuses "have no prefix" "$fake"
    touch "$headers/boringssl_prefix_symbols.h"
    refuses "have no prefix" "$fake"
}

command -v cargo > /dev/null || cannot "cargo is not here, which fetches AWS-LC"
(need "${build_packages[@]}" "${test_packages[@]}") || cannot "no packages to build with"
mkdir -p "$folder"
step "fetching the sources of AWS-LC"
fetch_source > "$folder/fetch.log" 2>&1 \
    || cannot "the crate aws-lc-sys cannot be fetched: $(tail -n 1 "$folder/fetch.log")"
version=$(aws_lc_version)
step "building AWS-LC $version"
build_aws_lc > "$folder/aws-lc.log" 2>&1 \
    || die "AWS-LC does not build: $(tail -n 1 "$folder/aws-lc.log") ($folder/aws-lc.log)"

step "asking for what is no AWS-LC"
refuses_others

failed=0
with_build aws-lc || failed=1
results=$result
keeps_rules "$folder/aws-lc" circles picture purity exports
shared
installed
floors=(base wire crypto dtls srtp port)
with_build asan -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS=-O1 -fno-omit-frame-pointer \
-fsanitize=address,undefined -fno-sanitize-recover=all" || failed=1
results+="; $result"
floors=(port)
with_build tsan -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS=-O1 -fno-omit-frame-pointer \
-fsanitize=thread" || failed=1
step "done"
echo "AWS-LC $version: $results; $result"
exit $failed
