#!/bin/bash
# first_server.sh - samples/first_server sends their fake camera back to Chromium and Firefox,
# headless, and each shows 30 frames of it; then the page is loaded again, and shows as many.
set -u
cd "$(dirname "$0")/../.." || exit 1
source .ci/packages

server=build/dev/samples/first_server
work='' pids=()

end()
{
    local pid
    for pid in "${pids[@]}"; do
        kill -- "-$pid" 2> /dev/null
        wait "$pid" 2> /dev/null
    done
    pids=()
}

prepare()
{
    (need "${build_packages[@]}" libmicrohttpd-dev chromium firefox-esr) \
        || { echo "the browsers cannot be installed"; exit 77; }
    for program in chromium firefox-esr; do
        command -v $program > /dev/null || { echo "$program is not here"; exit 77; }
    done
    cmake --preset dev && cmake --build --preset dev --target first_server || exit 1
    work=$(mktemp -d) || exit 1
    trap 'end; rm -rf "$work"' EXIT
}

start_chromium()
{
    HOME=$work setsid chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$work/profile" --use-fake-device-for-media-stream \
        --use-fake-ui-for-media-stream "$1" > "$work/browser" 2>&1 &
    pids+=($!)
}

start_firefox()
{
    mkdir -p "$work/profile"
    cat > "$work/profile/user.js" <<'SETTINGS'
user_pref("media.navigator.permission.disabled", true);
user_pref("media.navigator.streams.fake", true);
user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
SETTINGS
    HOME=$work setsid firefox-esr --headless --no-remote --profile "$work/profile" "$1" \
        > "$work/browser" 2>&1 &
    pids+=($!)
}

# wait_for WORDS SECONDS [TIMES]: until the server has said them so often.
wait_for()
{
    local left
    for ((left = $2 * 5; left > 0; left--)); do
        [ "$(grep -c "$1" "$work/said")" -ge "${3:-1}" ] && return
        sleep 0.2
    done
    return 1
}

# A page with the server's in a frame, which it loads again after 15 s.
write_page()
{
    cat > "$work/page.html" <<PAGE
<!doctype html>
<iframe id="frame" src="$1?auto" allow="camera *; microphone *; autoplay *"></iframe>
<script>
setTimeout(() => { document.getElementById('frame').src = '$1?auto&again'; }, 15000);
</script>
PAGE
}

# try BROWSER: true if it has shown what came back, both times.
try()
{
    local shown=1
    setsid $server 0.0.0.0:0 0 > "$work/said" 2>&1 &
    pids+=($!)
    if wait_for "open http" 10; then
        write_page "$(sed -n 's/.*open //p' "$work/said")"
        "start_$1" "file://$work/page.html"
        wait_for "has shown" 45 && wait_for "has shown" 30 2
        shown=$?
    fi
    end
    rm -rf "$work/profile"
    sed "s/^/$1: /" "$work/said"
    return $shown
}

prepare
for browser in chromium firefox; do
    try $browser || { echo "$browser has not shown its picture"; exit 1; }
done
echo "both browsers have shown what came back"
