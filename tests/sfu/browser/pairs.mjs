// pairs.mjs - each browser publishes, each watches.
import { connected, first, grows, publishUrl, shown, watchUrl } from './harness.mjs';

const SECONDS = 10;
const CAMERA = '&source=camera&size=320x180&rate=20';

function pair(from, to) {
    return {
        sentence: `${to} decodes what ${from} publishes, for ${SECONDS} seconds`,
        async test(world) {
            const name = `${from}-${to}`;
            const publisher = await world[from].page(publishUrl(world.sfu, name, CAMERA));
            await connected(publisher);
            const watcher = await world[to].page(watchUrl(world.sfu, name));
            await shown(watcher);
            const [session] = await grows(watcher, SECONDS);
            const { skiff } = await first(watcher);
            if (!(session.audioEnergy > 0))
                throw new Error('what is played is silence');
            return `${session.frames} frames, ${session.audioPackets} packets of audio of energy ` +
                `${session.audioEnergy.toPrecision(2)}, ` +
                `first frame after ${Math.round(session.marks.frame)} ms, skiff's share ` +
                `${skiff.share_ms} ms, DTLS ${skiff.dtls.version} ${skiff.dtls.group} ` +
                `${skiff.srtp.profile}`;
        },
    };
}

// Without a sound card Firefox runs no AudioContext, so only the picture is asked for.
const generated = name => ({
    sentence: `${name} publishes a generated picture`,
    async test(world) {
        await connected(await world[name].page(publishUrl(world.sfu, 'generated')));
        const watcher = await world.chromium.page(watchUrl(world.sfu, 'generated'));
        await shown(watcher);
        const before = await first(watcher);
        await grows(watcher, 4);
        const { frames, height } = await first(watcher);
        if (height !== 180)
            throw new Error(`its height is ${height}`);
        return `${frames - before.frames} frames in 4 s`;
    },
});

const both = ['chromium', 'firefox'];
export const tests = [
    ...both.flatMap(from => both.map(to => pair(from, to))),
    ...both.map(generated),
];
