#!/bin/bash
# debian13.sh - builds this tree in a Debian 13 root and runs its tests there; then the browsers
# outside talk to the test server inside, and must agree with it on X25519MLKEM768, which
# OpenSSL 3.5 has. The root is kept in build/debian13: without it the next run makes a new one.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages

root=build/debian13 making=build/debian13.new
begun=$SECONDS

step() { printf '[%3d s] %s\n' $((SECONDS - begun)) "$*"; }
cannot() { echo "$*"; exit 77; }
die() { echo "$*"; exit 1; }

# Runs a command in namespaces of its own: its mounts and processes end with it, however it ends.
apart() { unshare --mount --pid --fork --kill-child --mount-proc "$@"; }

# in_root ROOT COMMAND...: knows nothing of the environment outside but how to reach the network.
in_root()
{
    local name known=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8)
    for name in http_proxy https_proxy no_proxy; do
        [ -n "${!name:-}" ] && known+=("$name=${!name}")
    done
    apart --root="$1" --wd=/skiff env -i "${known[@]}" "${@:2}"
}

check_rights()
{
    [ "$(id -u)" -eq 0 ] || cannot "another root can be entered by root only"
    apart true 2> /dev/null || cannot "no right to mount here"
    (need debootstrap) || cannot "debootstrap cannot be installed"
    command -v debootstrap > /dev/null || cannot "debootstrap is not here"
}

# copy_tree ROOT: what was built there before stays, to be built on.
copy_tree()
{
    mkdir -p "$1/skiff"
    find "$1/skiff" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} + \
        && tar -c --exclude=./.git --exclude='./build*' . | tar -x -C "$1/skiff"
}

install_packages()
{
    in_root "$1" bash -c 'source .ci/packages
        need "${build_packages[@]}" "${test_packages[@]}" libmicrohttpd-dev'
}

# The root gets its name when it is whole: a half-made one never has it.
make_root()
{
    local log=build/debian13.log
    trap 'rm -rf "$making"' EXIT
    rm -rf "$making"
    step "making a minimal Debian 13"
    if ! apart debootstrap --variant=minbase trixie "$making" > "$log" 2>&1; then
        ! grep -q "Failed getting release" "$log" || cannot "no Debian mirror can be reached"
        die "debootstrap failed: $(tail -n 1 "$log") ($log)"
    fi
    step "installing packages in it"
    copy_tree "$making" && install_packages "$making" || die "the root cannot be filled"
    mv "$making" "$root"
}

renew_root()
{
    step "using the root of an earlier run"
    copy_tree "$root" && install_packages "$root" && return
    rm -rf "$root"
    die "the root could not be renewed and was thrown away"
}

check_rights
mkdir -p build
if [ -d "$root" ]; then renew_root; else make_root; fi

step "running the tests in it"
in_root "$root" tests/run --dev | tee build/debian13-suites.log
suites=$?

step "letting the browsers talk to it"
BROWSER_SERVER="chroot $root /skiff/build/dev/tests/browser/browser_server" BROWSER_GROUP=11ec \
    tests/all/browsers.sh | tee build/debian13-browsers.log
browsers=$?

step "done"
echo "$(tail -n 1 build/debian13-suites.log) in Debian 13;" \
    "$(tail -n 1 build/debian13-browsers.log)"
[ $suites -eq 0 ] || exit 1
exit $browsers
