// others.mjs - publishers that are no browsers.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { first, grows, shown, until, watchUrl } from './harness.mjs';

const SCRIPT = fileURLToPath(new URL('../gstreamer_publish.py', import.meta.url));
const NEEDED = `import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstWebRTC
Gst.init(None)
assert all(map(Gst.ElementFactory.find, ("webrtcbin", "nicesrc", "vp8enc", "opusenc")))`;

function lackOfGstreamer() {
    const { status } = spawnSync('/usr/bin/python3', ['-c', NEEDED], { stdio: 'ignore' });
    return status === 0 ? '' : 'GStreamer, its webrtcbin or its Python is not here';
}

const gstreamer = name => ({
    sentence: `${name} decodes what GStreamer publishes`,
    needs: lackOfGstreamer,
    async test({ sfu, [name]: watching }) {
        const stream = `gstreamer-${name}`;
        const publisher = spawn('/usr/bin/python3', [SCRIPT, `${sfu.url}whip/${stream}`]);
        try {
            await until('the stream', 15000, async () =>
                (await sfu.getJson('/streams')).some(item => item.name === stream));
            const watcher = await watching.page(watchUrl(sfu, stream));
            await shown(watcher);
            await grows(watcher, 5);
            const { frames, audioEnergy } = await first(watcher);
            if (!(audioEnergy > 0))
                throw new Error('what is played is silence');
            return `${frames} frames`;
        } finally {
            publisher.kill('SIGTERM');
            await once(publisher, 'exit');
        }
    },
});

export const tests = [gstreamer('chromium'), gstreamer('firefox')];
