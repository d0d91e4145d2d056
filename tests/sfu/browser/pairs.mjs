// pairs.mjs - each browser publishes, each watches.
import { connected, first, grows, publishUrl, shown, watchUrl } from './harness.mjs';

const SECONDS = 10;

function pair(from, to) {
    return {
        sentence: `${to} decodes what ${from} publishes, for ${SECONDS} seconds`,
        async test(world) {
            const name = `${from}-${to}`;
            const publisher = await world[from].page(publishUrl(world.sfu, name));
            await connected(publisher);
            const watcher = await world[to].page(watchUrl(world.sfu, name));
            await shown(watcher);
            const [session] = await grows(watcher, SECONDS);
            const { skiff } = await first(watcher);
            return `${session.frames} frames, ${session.audioPackets} packets of audio, ` +
                `first frame after ${Math.round(session.marks.frame)} ms, skiff's share ` +
                `${skiff.share_ms} ms, DTLS ${skiff.dtls.version} ${skiff.dtls.group} ` +
                `${skiff.srtp.profile}`;
        },
    };
}

const camera = name => ({
    sentence: `${name} publishes its camera and microphone`,
    async test(world) {
        const url = publishUrl(world.sfu, 'camera', '&source=camera&size=640x360');
        await connected(await world[name].page(url));
        const watcher = await world.chromium.page(watchUrl(world.sfu, 'camera'));
        await shown(watcher);
        const [session] = await grows(watcher, 3);
        return `${session.frames} frames of ${session.height} lines`;
    },
});

const both = ['chromium', 'firefox'];
export const tests = [
    ...both.flatMap(from => both.map(to => pair(from, to))),
    ...both.map(camera),
];
