#!/bin/bash
# debian13.sh - builds this tree in a Debian 13 root and runs its tests there; then the browsers
# outside talk to the test server inside, and must agree with it on X25519MLKEM768, which
# OpenSSL 3.5 has. The root is kept in build/debian13: without it the next run makes a new one.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages
source tests/all/debian13.bash

have_root

step "running the tests in it"
in_root "$root" tests/run --dev | tee build/debian13-suites.log
suites=$?

step "letting the browsers talk to it"
sample=/skiff/build/dev/samples/skiff-data-channel
[ -x "$root$sample" ] || sample=''
BROWSER_SERVER="chroot $root /skiff/build/dev/tests/browser/browser_server" BROWSER_GROUP=11ec \
    BROWSER_SAMPLE=$sample \
    tests/all/browsers.sh | tee build/debian13-browsers.log
browsers=$?

step "done"
echo "$(tail -n 1 build/debian13-suites.log) in Debian 13;" \
    "$(tail -n 1 build/debian13-browsers.log)"
[ $suites -eq 0 ] || exit 1
exit $browsers
