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

# What QEMU's user mode cannot do; `-d unimp` says so. The socket beside libnice's wants options
# that it refuses, and what is followed by that socket goes with it. A crowd takes minutes.
options="QEMU refuses options of the socket beside libnice's"
left_out_emulated=(
    "ice/bypass/*: $options"
    "ice/rebinding/*: $options"
    "ice/data/what_an_agent_cannot_send_is_counted: $options"
    "ice/data/an_agent_reports_that_its_peer_has_moved: $options"
    "ice/teardown/a_session_stays_while_a_callback_of_its_packet_iterates: $options"
    "ice/restart/a_response_that_lasts_longer_than_consent_ends_nothing: 0.6 s of real time"
    "ice/restart/a_restart_finds_a_network_that_arrived_later: QEMU loses what netlink says of it"
    "ice/networks/more_pairs_than_the_limit_come_in_batches: real time"
    "port/udp/what_the_kernel_drops_for_want_of_buffer_space_is_counted: QEMU loses SO_RXQ_OVFL"
    "port/crowd/*: minutes of real time"
)

# UDP_SEGMENT reaches the kernel in the other processor's order of bytes, and the kernel sends
# nothing; what it says of what it has received is lost the same way.
why="QEMU does not turn control messages of UDP round"
left_out_on_s390x=(
    "ice/dry/a_port_whose_pool_is_dry_at_any_moment_reports_what_was_sent: $why"
    "port/sending/*: $why"
    "port/udp/a_read_whose_control_messages_were_cut_is_dropped_and_counted: $why"
    "port/udp/a_run_is_for_one_peer_only: $why"
    "port/udp/more_than_a_queue_and_more_than_a_message_hold_go_too: $why"
    "port/udp/nothing_is_allocated_for_a_datagram: $why"
    "port/udp/packets_of_equal_length_leave_and_come_as_one: $why"
    "port/udp/what_differs_in_length_keeps_its_order: $why"
    "port/udp_out/a_path_narrower_than_a_segment_costs_only_its_own_run: $why"
    "port/udp_out/one_narrow_address_does_not_end_runs_to_others_nor_to_itself: $why"
    "port/udp_runs/*: $why"
    "port/path/a_check_sent_again_gets_a_response_again_and_changes_nothing: $why"
    "port/port/a_dry_pool_delays_no_handshake_and_no_check: $why"
    "port/port/copies_leave_the_plain_packet_as_it_was: $why"
    "port/port/media_goes_both_ways_behind_the_handshake: $why"
    "port/renewal/a_peer_whose_hello_is_reported_is_renewed_beside_its_media: $why"
    "port/renewal/a_peer_that_has_lost_its_state_is_served: $why"
    "port/renewal/a_peer_with_another_fingerprint_keeps_what_it_has: $why"
    "port/renewal/a_port_may_be_the_client_of_the_new_association: $why"
    "port/renewal/a_thousand_forged_hellos_lose_a_peer_no_media: $why"
    "port/tcp/a_peer_whose_connection_ends_is_reached_where_it_was_before: $why"
    "port/traffic/media_is_counted_each_way: $why"
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
    [ -z "$qemu" ] || left_out=("${left_out_emulated[@]}")
    [ "$1" != s390x ] || left_out+=("${left_out_on_s390x[@]}")
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
