#!/bin/bash
# servers.sh - an agent asks coturn for relays, and Avahi for a name, in networks of the test's
# own: what comes of each must be told. Needs root, coturn, avahi-daemon and libnss-mdns.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages

asks=$PWD/build/dev/tests/interop/interop_asks
name=0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e
here=skiff-asks-$$ there=skiff-hides-$$ work=$(mktemp -d) good=0

cannot() { echo "$*"; exit 77; }
die() { echo "$*"; exit 1; }

end()
{
    local pid
    for pid in $(cat "$work"/*.pid 2> /dev/null); do kill "$pid" 2> /dev/null; done
    ip netns del "$here" 2> /dev/null
    ip netns del "$there" 2> /dev/null
    rm -rf "$work"
}
trap end EXIT

[ "$(id -u)" -eq 0 ] || cannot "networks can be made by root only"
(need coturn avahi-daemon libnss-mdns iproute2) || cannot "packages cannot be installed"
ip netns add "$here" && ip netns add "$there" || cannot "no right to make networks"
[ -x "$asks" ] || die "build the dev preset first"

# in_net NETWORK COMMAND...: its mounts end with it.
in_net() { ip netns exec "$@"; }

join_nets()
{
    ip link add e0 netns "$here" type veth peer name e0 netns "$there"
    ip -n "$here" addr add 10.200.0.1/24 dev e0
    ip -n "$there" addr add 10.200.0.2/24 dev e0
    for net in "$here" "$there"; do ip -n "$net" link set lo up; ip -n "$net" link set e0 up; done
}

# asked USER PASSWORD PORT HOW NAME...: what an agent here says
asked() { in_net "$here" timeout 30 "$asks" "$@"; }

# must WHAT PATTERN ARGUMENTS...
must()
{
    local what=$1 pattern=$2 said
    shift 2
    said=$(asked "$@" 2>&1)
    grep -q -x -- "$pattern" <<< "$said" || die "$what: $said"
    case $4 in
    server | crash) grep -q -x end <<< "$said" || die "$what: no end: $said" ;;
    esac
    good=$((good + 1))
    echo "ok: $what"
}

start_coturn()
{
    in_net "$there" turnserver -n --listening-ip=10.200.0.2 --relay-ip=10.200.0.2 \
        --lt-cred-mech --realm=test --user=user:password --user-quota=4 --no-tls --no-dtls \
        --no-cli --log-file=stdout --simple-log --pidfile="$work/coturn.pid" \
        --userdb="$work/db" > "$work/coturn.log" 2>&1 &
    for _ in $(seq 100); do
        in_net "$there" ss -lun 2> /dev/null | grep -q :3478 && return
        sleep 0.1
    done
    die "coturn does not start: $(tail -n 1 "$work/coturn.log")"
}

# start_avahi NETWORK HOST [COMMAND...]: a daemon of its own, then the command beside it
start_avahi()
{
    cat > "$work/$1.conf" << EOF
[server]
host-name=$2
use-ipv6=no
enable-dbus=no
allow-interfaces=e0
EOF
    in_net "$1" bash -c '
        mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon
        echo "nameserver 127.0.0.1" > "$2/resolv" && mount --bind "$2/resolv" /etc/resolv.conf
        avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$1" > "$1.log" 2>&1 &
        echo $! > "$1.pid"
        for _ in $(seq 100); do grep -q "startup complete" "$1.log" && break; sleep 0.1; done
        "${@:3}"; wait' bash "$work/$1.conf" "$work" "${@:3}"
}

join_nets
start_coturn
server=turn:10.200.0.2
must "a relay over UDP"     "$server good 0 .*" user password 0 server $server
must "a relay over TCP"     "$server?transport=tcp good 0 .*" \
    user password 0 server "$server?transport=tcp"
must "an address"           "stun:10.200.0.2 good 0 .*" user password 0 server stun:10.200.0.2
must "both ways to one"     "$server good 0 .*" \
    user password 0 server "$server?transport=tcp" $server
must "a wrong password"     "$server bad 401 .*" user wrong 0 server $server
must "nobody there"         "$server:9 bad 0 .*" user password 0 server $server:9
must "a relay, and a crash" "relay" user password 40000 crash $server
must "437: another port"    "$server good 0 .*another local port" \
    user password 40000 server $server
for port in 41000 41001 41002; do asked user password $port crash $server > "$work/more"; done
must "486: the quota"       "$server bad 486 .*" user password 0 server $server

start_avahi "$there" $name true &
sleep 3
asks_for() { start_avahi "$here" seeker bash -c "timeout 30 $asks user password 0 hidden $1
    kill \$(cat $work/$here.conf.pid)"; }
[ "$(asks_for $name.local)" = found ] || die "Avahi's name is not found"
[ "$(asks_for 1f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e.local)" = "not found" ] \
    || die "a name of nobody's is found"
echo "$((good + 2)) good"
