#!/bin/bash
# openssl4.sh - builds OpenSSL 4.0 of the sources in the crate openssl-src, which cargo fetches, and
# runs the suites with it, in both builds of src/crypto. What libsrtp2, libnice and others are
# linked with stays as it is: another libcrypto has another SONAME. All is kept in build/openssl4.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages
source tests/all/suites.bash

folder=$PWD/build/openssl4
prefix=$folder/install
floors=(base wire crypto dtls srtp port ice)

die() { echo "$*"; exit 1; }

fetch_source()
{
    [ -d "$folder/source" ] && return
    mkdir -p "$folder/crate/src"
    touch "$folder/crate/src/lib.rs"
    printf '%s\n' '[package]' 'name = "fetch"' 'version = "0.0.0"' 'edition = "2021"' \
        '[dependencies]' 'openssl-src = "400"' '[workspace]' > "$folder/crate/Cargo.toml"
    (cd "$folder/crate" && cargo vendor) || return
    cp -r "$folder/crate/vendor/openssl-src/openssl" "$folder/source"
}

# The crate leaves out what lists the exports of a shared library, so that one is made of the
# static one. Its name and the versions of its symbols keep it apart from the system's.
share()
{
    local version=$prefix/version.map
    echo 'OPENSSL_4.0.0 { global: *; };' > "$version"
    gcc -shared -o "$prefix/lib/libcrypto.so.4" -Wl,-soname,libcrypto.so.4 -Wl,-Bsymbolic \
        -Wl,--version-script="$version" -Wl,--whole-archive "$prefix/lib/libcrypto.a" \
        -Wl,--no-whole-archive -ldl -pthread \
        && ln -sf libcrypto.so.4 "$prefix/lib/libcrypto.so"
}

# The prefix gets its last file when it is whole.
build_openssl()
{
    [ -e "$prefix/lib/libcrypto.so" ] && return
    (cd "$folder/source" \
        && perl Configure linux-"$(uname -m)" no-shared no-module no-tests no-docs no-apps \
            no-legacy --prefix="$prefix" --libdir=lib \
        && nice -n 10 make -j "$(nproc)" build_libs && make install_dev) && share
}

# build FOLDER [options]
build()
{
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig cmake -G Ninja -S . -B "$1" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSKIFF_WERROR=ON -DSKIFF_TESTS=ON \
        -DSKIFF_SAMPLES=OFF "${@:2}" \
        && nice -n 10 cmake --build "$1" --target "${floors[@]/#/test_}" || return
    readelf -d "$1/tests/test_dtls" | grep -q 'NEEDED.*libcrypto\.so\.4' \
        || { echo "error: linked with another libcrypto"; return 1; }
}

# with_calls NAME [options]
with_calls()
{
    local log=$folder/$1.log
    step "$1: building"
    build "$folder/$1" "${@:2}" > "$log" 2>&1 \
        || die "$1 does not build: $(grep -m 1 error "$log") ($log)"
    step "$1: testing"
    left_out=() with=''
    run_suites "$1" "$folder/$1/tests" "$folder/$1-runs"
}

command -v cargo > /dev/null || cannot "cargo is not here, which fetches OpenSSL 4.0"
(need "${build_packages[@]}" "${test_packages[@]}" perl make) \
    || cannot "no packages to build with"
mkdir -p "$folder"
step "fetching the sources of OpenSSL 4.0"
fetch_source > "$folder/fetch.log" 2>&1 \
    || cannot "the crate openssl-src cannot be fetched: $(tail -n 1 "$folder/fetch.log")"
step "building OpenSSL $(sed -n 's/^MAJOR=//p; s/^MINOR=/./p; s/^PATCH=/./p' \
    "$folder/source/VERSION.dat" | tr -d '\n')"
build_openssl > "$folder/openssl.log" 2>&1 \
    || die "OpenSSL does not build: $(tail -n 1 "$folder/openssl.log") ($folder/openssl.log)"

failed=0 results=''
with_calls lean || failed=1
results=$result
floors=(base wire crypto dtls srtp port)           # an agent calls no libcrypto
with_calls evp -DSKIFF_CRYPTO_EVP=ON || failed=1
step "done"
echo "OpenSSL 4.0: $results; $result"
exit $failed
