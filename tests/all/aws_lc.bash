# aws_lc.bash - sourced by the scripts that need an AWS-LC: builds it of the sources in the crate
# aws-lc-sys, which cargo fetches, as a static library whose symbols have the prefix `symbols`. All is
# kept in the folder `folder`, and installed in `prefix`. Knows not what it is for.

folder=$PWD/build/aws-lc
prefix=$folder/install
symbols=skiff_aws_lc
source tests/all/crate.bash

fetch_source() { fetch_crate aws-lc-sys =0.47.0; }

# The crate brings headers with a prefix of its own, and what else needs Go or Perl to make.
build_aws_lc()
{
    [ -e "$folder/installed.is" ] && return
    rm -rf "$folder/headers" "$prefix"
    cp -r "$folder/source/generated-include" "$folder/headers" \
        && sed -i "s/\baws_lc_[0-9_]*[0-9]\b/$symbols/" "$folder"/headers/openssl/* \
        && cmake -G Ninja -S "$folder/source/aws-lc" -B "$folder/library" \
            -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
            -DBUILD_TESTING=OFF -DBUILD_LIBSSL=OFF -DBUILD_TOOL=OFF -DDISABLE_GO=ON \
            -DDISABLE_PERL=ON -DENABLE_SOURCE_MODIFICATION=OFF -DBORINGSSL_PREFIX="$symbols" \
            -DBORINGSSL_PREFIX_HEADERS="$folder/headers" -DCMAKE_INSTALL_PREFIX="$prefix" \
            -DCMAKE_INSTALL_LIBDIR=lib \
        && nice -n 10 cmake --build "$folder/library" --target install \
        && touch "$folder/installed.is"
}

aws_lc_version()
{
    sed -n 's/^set(SOFTWARE_VERSION "\(.*\)")/\1/p' "$folder/source/aws-lc/CMakeLists.txt"
}
