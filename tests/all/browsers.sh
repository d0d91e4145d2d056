#!/bin/bash
# browsers.sh [WORD] - Chromium and Firefox, headless, publish a fake camera and microphone to
# tests/browser/server.c, in many ways: all, or those with WORD in their name. BROWSER_SERVER may
# name another build of the server, with the words that start it, and BROWSER_GROUP the group that
# must then be agreed on where nobody asks for one; BROWSER_SAMPLE the sample of data channels.
set -u
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages

only=${1:-} failed=0 passed=0 browser_pid='' server_pid='' work=''
network_pid='' within=() meanwhile=''

prepare()
{
    (need "${build_packages[@]}" libcunit1-dev libogg-dev libmicrohttpd-dev jq chromium \
        firefox-esr iproute2 nftables) || { echo "the browsers cannot be installed"; exit 77; }
    (need libusrsctp-dev)                      # without it data channels are left out
    for program in chromium firefox-esr jq; do
        command -v $program > /dev/null || { echo "$program is not here"; exit 77; }
    done
    work=$(mktemp -d) || exit 1
    trap 'end_browser; end_server; end_network; rm -rf "$work"' EXIT
    [ -n "${BROWSER_SERVER:-}" ] && return
    cmake --preset dev && cmake --build --preset dev --target browser_server || exit 1
    cmake --build --preset dev --target skiff-data-channel \
        && BROWSER_SAMPLE=${BROWSER_SAMPLE:-build/dev/samples/skiff-data-channel}
    BROWSER_SERVER=build/dev/tests/browser/browser_server
}

# Ends what was started and its children: they are a process group of their own.
end_group()
{
    kill -- "-$1" 2> /dev/null
    wait "$1" 2> /dev/null
}

end_browser()
{
    [ -n "$browser_pid" ] && end_group "$browser_pid"
    browser_pid=''
}

end_server()
{
    [ -n "$server_pid" ] && end_group "$server_pid"
    server_pid=''
}

# A network of its own, with one address beside loopback, in which every datagram of UDP is
# dropped. Firefox looks for candidates only where there is a default route. The network is gone
# with the process that holds it.
make_network()
{
    unshare --net sleep infinity 2> "$work/errors" &
    network_pid=$!
    within=(nsenter --target "$network_pid" --net)
    sleep 1
    {
        "${within[@]}" ip link set lo up &&
        "${within[@]}" ip link add here type veth peer name there &&
        "${within[@]}" ip address add 10.77.0.1/24 dev here &&
        "${within[@]}" ip link set here up &&
        "${within[@]}" ip link set there up &&
        "${within[@]}" ip route add default via 10.77.0.2 dev here &&
        "${within[@]}" nft -f - <<'RULES'
table inet without_udp {
    chain input { type filter hook input priority 0; meta l4proto udp counter drop; }
}
RULES
    } 2>> "$work/errors" && return
    echo "absent  networks without UDP: $(tr '\n' ' ' < "$work/errors")"
    end_network
    return 1
}

# Ends the connections to the port that have carried something, once they have for a second.
cut()
{
    local port tries
    port=$("${within[@]}" ss -H -tln src 10.77.0.1 | sed 's/.*10\.77\.0\.1:\([0-9]*\).*/\1/')
    for tries in {1..50}; do
        sleep 0.2
        [ -n "$("${within[@]}" ss -H -tn state established dport = ":$port")" ] && break
    done
    sleep 1
    "${within[@]}" ss -H -K -t dport = ":$port" > /dev/null 2>> "$work/errors"
}

end_network()
{
    [ -n "$network_pid" ] && kill "$network_pid" 2> /dev/null && wait "$network_pid" 2> /dev/null
    network_pid='' within=()
}

# start_server WISHES...: its first line is the address, the second one will be the report.
start_server()
{
    exec {said}< <(exec setsid "${within[@]}" $BROWSER_SERVER "$@" 2> "$work/errors")
    server_pid=$!
    address=''
    read -r -t 30 address <&$said
}

start_chromium()
{
    HOME=$work/home setsid "${within[@]}" chromium --headless --no-sandbox --disable-gpu --disable-quic \
        --no-first-run --disable-background-networking --disable-component-update \
        --disable-sync --user-data-dir="$work/home/profile" --use-fake-device-for-media-stream \
        --use-fake-ui-for-media-stream "${@:2}" "$1" > "$work/browser" 2>&1 &
    browser_pid=$!
}

start_firefox()
{
    local setting
    for setting in media.navigator.permission.disabled=true media.navigator.streams.fake=true \
        app.update.enabled=false datareporting.policy.dataSubmissionEnabled=false \
        network.captive-portal-service.enabled=false network.connectivity-service.enabled=false \
        "${@:2}"; do
        echo "user_pref(\"${setting%=*}\", ${setting#*=});"
    done > "$work/home/profile/user.js"
    HOME=$work/home setsid "${within[@]}" firefox-esr --headless --no-remote --profile "$work/home/profile" \
        "$1" > "$work/browser" 2>&1 &
    browser_pid=$!
}

# verdict NAME FACTS REPORT: FACTS is what jq must find true.
verdict()
{
    if [ -n "$3" ] && jq -e "$2" <<< "$3" > /dev/null; then
        passed=$((passed + 1))
        echo "ok      $1: $3"
        return
    fi
    failed=$((failed + 1))
    echo "failed  $1: ${3:-no report} $(cat "$work/errors") [$2]"
}

# try BROWSER WAY WISHES QUERY SETTINGS FACTS: WISHES and SETTINGS are words.
try()
{
    local report=''
    [[ "$1 $2" == *"$only"* ]] || return
    mkdir -p "$work/home/profile"
    start_server $3
    if [ -n "$address" ]; then
        start_$1 "$address?auto$4" $5
        $meanwhile
        read -r -t 60 report <&$said
    fi
    end_browser
    end_server
    exec {said}<&-
    rm -rf "$work/home"
    if grep -Eq "has no such group|Operation not supported" "$work/errors"; then
        echo "absent  $1 $2: $(cat "$work/errors")"
        return
    fi
    verdict "$1 $2" "$6" "$report"
}

media='.audio + .video > 50 and .strays == 0 and .browser.dtlsState == "connected"
    and .ended == "close_notify"'
version_12="$media"' and .version == "fefd" and .browser.tlsVersion == "FEFD"'
version_13="$media"' and .version == "fefc" and .browser.tlsVersion == "FEFC"'
retried="$version_13"' and .group == "0017"'
hybrid="$version_13"' and .group == "11ec"'
unasked="$version_13${BROWSER_GROUP:+ and .group == \"$BROWSER_GROUP\"}"
rsa="$version_12"' and .cipher == "c02f"'
asked=' and .asked > 0'
lost=' and .lost > 0'
refused='.audio == 0 and .video == 0 and .ended == "failure" and .alert == 70'

both()
{
    try chromium "$@"
    try firefox "$@"
}

prepare

both "by default"                      ""                        ""     "" "$unasked"
both "to a server of 1.2"              newest=1.2                ""     "" "$version_12"
both "to a server of 1.3"              oldest=1.3                ""     "" "$version_13"
both "is asked for secp256r1"          group=secp256r1           ""     "" "$retried"
both "is asked for X25519MLKEM768"     group=X25519MLKEM768      ""     "" "$hybrid"
both "with an RSA key"                 ""                        "&rsa" "" "$version_13"
both "with an RSA key, 1.2"            newest=1.2                "&rsa" "" "$version_12"
both "as server"                       role=active               ""     "" "$unasked"
both "as server, 1.2"                  "role=active newest=1.2"  ""     "" "$version_12"
both "as server, for secp256r1"        "role=active group=secp256r1" "" "" "$retried"
both "as server, for X25519MLKEM768"   "role=active group=X25519MLKEM768" "" "" "$hybrid"
both "as server with an RSA key"       role=active               "&rsa" "" "$version_13"
both "as server with an RSA key, 1.2"  "role=active newest=1.2"  "&rsa" "" "$rsa"

# Which of the first datagrams of a handshake, counted over both ways, are lost.
often=0101010101
for losses in 1 01 001 0001 $often; do
    both "loses $losses"            lose=$losses               "" "" "$version_13$lost"
    both "loses $losses, as server" "role=active lose=$losses" "" "" "$version_13$lost"
done
both "loses $often, 1.2"            "newest=1.2 lose=$often"   "" "" "$version_12$lost"
both "loses $often, 1.2, as server" "role=active newest=1.2 lose=$often" "" "" \
    "$version_12$lost"

# Of all datagrams, checks and media too, both ways; the close_notify may be among them.
survived=".audio + .video > 50 and .strays == 0 and .browser.dtlsState == \"connected\"$lost"
both "loses 10 % of all"            loss=10               "" "" "$survived"
both "loses 10 % of all, as server" "role=active loss=10" "" "" "$survived"

both "proves its address"               door                   "" "" "$version_13$asked"
both "proves its address, 1.2"          "door newest=1.2"      "" "" "$version_12$asked"
both "proves its address for secp256r1" "door group=secp256r1" "" "" "$retried$asked"
both "proves its address with losses"   "door lose=$often"     "" "" "$version_13$asked"

dtls=media.peerconnection.dtls.version
try firefox "speaks 1.2 only"            ""          "" $dtls.max=771 "$version_12"
try firefox "speaks 1.3 only"            ""          "" $dtls.min=772 "$version_13"
try firefox "speaks 1.2 only, as server" role=active "" $dtls.max=771 "$version_12"
try firefox "speaks too old a version"   oldest=1.3  "" $dtls.max=771 "$refused"
try firefox "speaks too new a version"   newest=1.2  "" $dtls.min=772 "$refused"
try firefox  "without ML-KEM" "" "" media.webrtc.enable_pq_hybrid_kex=false "$version_13"
try chromium "without ML-KEM" "" "" --disable-features=WebRtcPqcForDtls     "$version_13"

webrtc=' and .alpn == "webrtc"'
try firefox  "agrees on webrtc"            alpn=webrtc               "" "" "$version_13$webrtc"
try firefox  "agrees on webrtc, 1.2"       "alpn=webrtc newest=1.2"  "" "" "$version_12$webrtc"
try firefox  "agrees on webrtc, as server" "alpn=webrtc role=active" "" "" "$version_13$webrtc"
try firefox  "speaks no such protocol"     alpn=stun.turn            "" "" "${refused/70/120}"
try chromium "offers no protocol"          alpn=webrtc "" "" "$version_13"' and .alpn == ""'

# Data channels: two that the browser opens and one that the sample does. Each has 100 messages, of
# which the longest has 60,000 bytes, and one is closed.
channels='.ended and .code == 0 and .browser.label == "from skiff" and .browser.echoed == 100
    and .browser.echoed_unordered == 100 and .browser.echoed_on_theirs == 100
    and .browser.closed == "closed" and .browser.others == "open"'
sample=${BROWSER_SAMPLE:-}
if [ -z "$sample" ]; then
    echo "absent  data channels: there is no usrsctp, so the sample was not built"
else
    both "opens data channels through a port"   "sample=$sample"       "&data" "" "$channels"
    both "opens data channels through an agent" "sample=$sample agent" "&data" "" "$channels"
fi

# Behind a network that lets no UDP through, to a port that listens for TCP (RFC 6544). Firefox
# mostly ends its connection before its close_notify is sent.
said='.ended == "close_notify"'
through_tcp="${version_13/$said/($said or .connections_ended > 0)}"'
    and .tcp and .datagrams == 0 and .frames > 50'
both "to a port, by UDP or TCP" tcp "" "" "$version_13"' and .datagrams > 50 and (.tcp | not)'
if make_network; then
    both "by TCP, where UDP is dropped"            tcp               "" "" "$through_tcp"
    both "by TCP, where UDP is dropped, as server" "tcp role=active" "" "" "$through_tcp"
    # Chromium connects again by itself; the call goes on.
    meanwhile=cut
    try chromium "by TCP, and is cut off once" tcp "&packets=400" "" \
        "$through_tcp"' and .connections > 1 and .audio + .video > 300'
    meanwhile=''
    end_network
fi

echo "$passed ways to talk to a browser are good, $failed are not"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
