#!/bin/bash
# processors.sh [ARCHITECTURE...] - builds the suites for other processors and runs them here:
# s390x, whose bytes go the other way round, arm64, and i386, whose words are half as long. Debian's
# packages of that architecture are unpacked into build/processors, and stay there; nothing of
# this machine's set of architectures changes. QEMU runs what the processor cannot.
set -u
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages
source tests/all/suites.bash

floors=(base wire crypto dtls srtp port ice)
export SKIFF_TEST_ROUNDS=${SKIFF_TEST_ROUNDS:-3}    # what repeats many rounds does it this often
architectures=("$@")
[ $# -gt 0 ] || architectures=(s390x arm64 i386)

# What a program is linked with, and what no program is, but packages ask for it: it is taken as
# installed already.
libraries=(libc6-dev libssl-dev libsrtp2-dev libnice10 libglib2.0-dev libcunit1-dev)
headers_only=(libnice-dev)
taken_as_there=(python3 python3-distutils python3-packaging perl perl-base dpkg systemd procps
    shared-mime-info gsettings-desktop-schemas glib-networking)

# What QEMU's user mode cannot run.
not_emulated=(
)

know()
{
    case $1 in
    s390x) triplet=s390x-linux-gnu processor=s390x qemu=qemu-s390x-static ;;
    arm64) triplet=aarch64-linux-gnu processor=aarch64 qemu=qemu-aarch64-static ;;
    i386) triplet=i686-linux-gnu processor=i686 qemu='' ;;
    *) echo "no such architecture here: $1" >&2; exit 2 ;;
    esac
    folder=$PWD/build/processors/$1 log=$PWD/build/processors/$1.log
    sysroot=$folder/root
}

# apt ARCHITECTURE COMMAND...: with lists, a cache and a status of its own.
apt()
{
    apt-get -o APT::Architecture="$1" -o APT::Architectures::="$1" \
        -o Dir::State="$folder/apt/state" -o Dir::State::status="$folder/apt/status" \
        -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User=root -y \
        --no-install-recommends "${@:2}"
}

say_what_is_there()
{
    local package
    for package in "${taken_as_there[@]}"; do
        printf '%s\n' "Package: $package" "Status: install ok installed" "Version: 999:1" \
            "Architecture: $1" "Multi-Arch: allowed" "Maintainer: nobody" \
            "Description: taken as installed" ""
    done > "$folder/apt/status"
}

# What leads to /lib leads to the machine's: it is made to stay below the root. Who links with
# shared libraries needs nothing of what only they need.
turn_inwards()
{
    local link target
    while read -r link; do
        target=$(readlink "$link")
        [[ $target != /* ]] || ln -sfnr "$sysroot$target" "$link"
    done < <(find "$sysroot" -type l)
    find "$sysroot" -name '*.pc' -exec sed -i '/^Requires.private:/d' {} +
}

# The root gets its name when it is whole.
make_sysroot()
{
    local making=$folder/root.new deb
    rm -rf "$making"
    mkdir -p "$folder"/apt/{state/lists/partial,cache/archives/partial} "$making/usr/lib"
    ln -s usr/lib "$making/lib"
    say_what_is_there "$1"
    # Mirrors that are about to change are right a moment later; what is not there is told below.
    apt "$1" update || { sleep 10; apt "$1" update; }
    apt "$1" --download-only install "${libraries[@]}" \
        && (cd "$folder/apt/cache/archives" && apt "$1" download "${headers_only[@]}") || return
    for deb in "$folder"/apt/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$making" || return
    done
    mv "$making" "$sysroot"
    turn_inwards
}

# i386 runs on its own, with its loader; the others in QEMU.
emulator()
{
    if [ -n "$qemu" ]; then
        echo "$(command -v $qemu);-L;$sysroot"
    else
        echo "$sysroot/lib/ld-linux.so.2;--library-path;$sysroot/lib/i386-linux-gnu"
    fi
}

write_toolchain()
{
    cat > "$folder/toolchain.cmake" <<TOOLCHAIN
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $processor)
set(CMAKE_C_COMPILER $triplet-gcc)
set(CMAKE_SYSROOT "$sysroot")
set(CMAKE_CROSSCOMPILING_EMULATOR "$(emulator)")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "$sysroot")
set(ENV{PKG_CONFIG_LIBDIR}
  "$(echo "$sysroot"/usr/lib/*-linux-gnu/pkgconfig):$sysroot/usr/share/pkgconfig")
TOOLCHAIN
}

build()
{
    cmake -G Ninja -S . -B "$folder/build" -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSKIFF_TESTS=ON -DSKIFF_SAMPLES=OFF \
        -DSKIFF_WERROR=ON \
        && nice -n 10 cmake --build "$folder/build" --target "${floors[@]/#/test_}"
}

# one ARCHITECTURE
one()
{
    know "$1"
    mkdir -p build/processors
    (need "$(compiler)" ${qemu:+qemu-user-static}) || cannot "$1: its compiler cannot be had"
    step "$1: unpacking libraries"
    [ -d "$sysroot" ] || make_sysroot "$1" > "$log" 2>&1 \
        || cannot "$1: its packages cannot be had: $(grep -m 1 '^E:' "$log") ($log)"
    write_toolchain
    step "$1: building"
    build > "$log" 2>&1 || { echo "$1: does not build: $(grep -m 1 error "$log") ($log)"; exit 1; }
    step "$1: testing"
    with=$(emulator) with=${with//;/ } left_out=()
    [ -z "$qemu" ] || left_out=("${not_emulated[@]}")
    run_suites "$1" "$folder/build/tests" "$folder/runs"
}

compiler() { echo "gcc-$triplet"; }

command -v apt-get > /dev/null || cannot "not a Debian system"
results=() failed=0
for architecture in "${architectures[@]}"; do
    one "$architecture" || failed=1
    results+=("$result")
done
step "done"
(IFS=';'; echo "${results[*]/#/ }")
exit $failed
