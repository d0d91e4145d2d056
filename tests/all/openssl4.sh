#!/bin/bash
# openssl4.sh - builds OpenSSL 4.0 of the sources in the crate openssl-src, which cargo fetches, and
# runs the suites with it, in both builds of src/crypto. What libsrtp2, libnice and others are
# linked with stays as it is: another libcrypto has another SONAME. All is kept in build/openssl4.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages
source tests/all/suites.bash
source tests/all/crate.bash

folder=$PWD/build/openssl4
prefix=$folder/install
floors=(base wire crypto dtls srtp port ice)

fetch_source() { fetch_crate openssl-src 400 openssl; }

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
with_build lean || failed=1
results=$result
floors=(base wire crypto dtls srtp port)           # an agent calls no libcrypto
with_build evp -DSKIFF_CRYPTO_EVP=ON || failed=1
step "done"
echo "OpenSSL 4.0: $results; $result"
exit $failed
