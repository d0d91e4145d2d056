# debian13.bash - sourced by the scripts that need a Debian 13 root: makes one in build/debian13
# with debootstrap, or renews the one of an earlier run, and runs commands in it. Knows no test.

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

# install_packages ROOT PACKAGES...: these too.
install_packages()
{
    in_root "$1" bash -c 'source .ci/packages
        need "${build_packages[@]}" "${test_packages[@]}" libmicrohttpd-dev "$@" && { (need libusrsctp-dev) || true; }' - "${@:2}"
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
    copy_tree "$making" && install_packages "$making" "$@" || die "the root cannot be filled"
    mv "$making" "$root"
}

renew_root()
{
    step "using the root of an earlier run"
    copy_tree "$root" && install_packages "$root" "$@" && return
    rm -rf "$root"
    die "the root could not be renewed and was thrown away"
}

# have_root PACKAGES...: makes sure that there is a root with this tree in it.
have_root()
{
    check_rights
    mkdir -p build
    if [ -d "$root" ]; then renew_root "$@"; else make_root "$@"; fi
}
