#!/bin/bash
# sfu.sh [WORD] - Chromium and Firefox, headless, publish and watch through samples/sfu: all tests
# of tests/sfu/browser, or those with WORD in their sentence. Pictures of the page and the times
# from click to first frame go into build/sfu. SFU_SERVER may name another build of the program.
# Losses need a network namespace, and so root; without one those tests are absent.
set -u
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages

out=build/sfu
address=10.78.0.1

prepare()
{
    (need "${build_packages[@]}" libmicrohttpd-dev libjansson-dev libgstreamer-plugins-base1.0-dev \
        chromium firefox-esr iproute2 nftables) || { echo "the browsers cannot be installed"; exit 77; }
    (need libusrsctp-dev)
    (need python3-gst-1.0 gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-base \
        gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice)
    command -v npm > /dev/null || (need nodejs npm)
    for program in chromium firefox-esr node npm; do
        command -v $program > /dev/null || { echo "$program is not here"; exit 77; }
    done
    mkdir -p $out/npm || exit 1
    if [ ! -d $out/npm/node_modules/puppeteer-core ] || [ ! -d $out/npm/node_modules/axe-core ]; then
        npm install --prefix $out/npm --ignore-scripts --no-save --no-audit --no-fund --silent \
            puppeteer-core@24 axe-core@4 || { echo "npm installs nothing here"; exit 77; }
    fi
    [ -n "${SFU_SERVER:-}" ] && return
    cmake --preset dev || exit 1
    cmake --build --preset dev --target help | grep -q "^skiff-sfu:" \
        || { echo "a library that the SFU needs is not here, so it is not built"; exit 77; }
    cmake --build --preset dev --target skiff-sfu || exit 1
}

# A network with one address beside loopback and a default route: Firefox looks for candidates
# only where there is one.
within_network()
{
    ip link set lo up && ip link add here type veth peer name there \
        && ip address add $address/24 dev here && ip link set here up && ip link set there up \
        && ip route add default via 10.78.0.2 dev here || return
    SFU_NETWORK=$address exec node tests/sfu/browser/run.mjs "$@"
}

if [ "${1:-}" = --within ]; then
    shift
    within_network "$@"
    echo "the network namespace cannot be set up"
    exit 1
fi
prepare
export SFU_OUT=$out SFU_NPM=$out/npm
HOME=$(mktemp -d) || exit 1
export HOME
trap 'rm -rf "$HOME"' EXIT
if unshare --net true 2> /dev/null; then
    unshare --net "$0" --within "$@"
else
    node tests/sfu/browser/run.mjs "$@"
fi
