// loss.mjs - datagrams are lost, and the picture goes on.
import { connected, first, grows, network, publishUrl, report, shown, watchUrl }
    from './harness.mjs';

const PERCENT = 5, SECONDS = 15;

// The setup has its losses, too.
const loses = (from, to) => ({
    sentence: `${to} watches ${from} while ${PERCENT} % of all datagrams are lost both ways`,
    needs: 'network',
    async test(world) {
        network.lose(PERCENT);
        const publisher = await world[from].page(publishUrl(world.sfu, 'loss'));
        await connected(publisher, 30000);
        const watcher = await world[to].page(watchUrl(world.sfu, 'loss'));
        await shown(watcher, 30000);
        await grows(watcher, SECONDS);
        const [session] = await report(watcher);
        const { skiff: asked } = await first(publisher);
        const upstream = asked.tracks.reduce((sum, track) => sum + track.nacks, 0);
        if (session.nacks === 0 || upstream === 0)
            throw new Error(`NACKs: ${session.nacks} of the watcher, ${upstream} of the SFU`);
        const again = session.skiff.tracks.reduce((sum, track) => sum + track.retransmitted, 0);
        if (again === 0)
            throw new Error('the SFU has sent nothing again');
        return `${session.frames} frames, ${session.nacks} NACKs to the SFU, ${again} packets ` +
            `sent again, ${upstream} NACKs to the publisher, freezes ${session.freezes}`;
    },
});

export const tests = [loses('chromium', 'chromium'), loses('firefox', 'firefox')];
