// healing.mjs - a restart of ICE, also when its response is lost, and a path that comes back.
import { connected, first, grows, network, pause, publishUrl, shown, startServer, until, watchUrl }
    from './harness.mjs';

// The first `count` responses to a PATCH are lost after the server has written them.
const loseResponses = count => {
    const real = globalThis.fetch;
    globalThis.patches = 0;
    globalThis.fetch = async (url, options) => {
        const response = await real(url, options);
        if (options?.method === 'PATCH' && ++globalThis.patches <= count)
            throw new TypeError('lost by the test');
        return response;
    };
};

const ufragOf = page => page.evaluate(() => {
    const [card] = globalThis.sfu.cards;
    return card.session.pc.currentRemoteDescription.sdp.match(/ice-ufrag:(\S+)/)[1];
});

async function restart(page) {
    const before = await ufragOf(page);
    await page.evaluate(() => {
        const [card] = globalThis.sfu.cards;
        globalThis.healed = card.session.heal(undefined, true).then(() => 'healed');
    });
    await until('the restart', 30000, async () => await ufragOf(page) !== before &&
        (await first(page)).state === 'connected');
}

const restarts = (name, lost, patches, counted) => ({
    sentence: `${name} restarts ICE, and ${lost} responses are lost`,
    async test({ sfu, chromium, [name]: tested }) {
        await connected(await chromium.page(publishUrl(sfu, 'restart')));
        const watcher = await tested.page(watchUrl(sfu, 'restart'));
        await shown(watcher);
        await watcher.evaluate(loseResponses, lost);
        await restart(watcher);
        await grows(watcher, 5);
        const { restarts: made } = await first(watcher);
        const sent = await watcher.evaluate(() => globalThis.patches);
        if (sent !== patches || made !== counted)
            throw new Error(`${sent} PATCHes in ${made} restarts`);
        const { path } = (await first(watcher)).skiff;
        return `${sent} PATCHes, remote ${path.remote}`;
    },
});

const publisherRestarts = name => ({
    sentence: `${name} publishes on after a restart whose response was lost`,
    async test({ sfu, chromium, [name]: tested }) {
        const publisher = await tested.page(publishUrl(sfu, 'restart-publish'));
        await connected(publisher);
        const watcher = await chromium.page(watchUrl(sfu, 'restart-publish'));
        await shown(watcher);
        await publisher.evaluate(loseResponses, 1);
        await restart(publisher);
        await grows(watcher, 5);
    },
});

const outage = name => ({
    sentence: `${name} heals after eight seconds without UDP`,
    needs: 'network',
    async test({ chromium, [name]: tested }) {
        const sfu = await startServer('--no-tcp');
        await connected(await chromium.page(publishUrl(sfu, 'outage')));
        const watcher = await tested.page(watchUrl(sfu, 'outage'));
        await shown(watcher);
        network.block();
        await pause(8000);
        const { state, frames } = await first(watcher);
        network.heal();
        const begun = Date.now();
        await until('frames after the outage', 30000,
            async () => (await first(watcher))?.frames > frames + 10);
        const back = Date.now() - begun;
        await connected(watcher, 30000);
        await grows(watcher, 3);
        const { restarts: made } = await first(watcher);
        await sfu.end();
        return `${state} at the end of it; frames ${back} ms later, ${made} restarts`;
    },
});

const forgotten = {
    sentence: 'a page publishes anew when the SFU no longer knows its session',
    async test({ sfu, chromium }) {
        const publisher = await chromium.page(publishUrl(sfu, 'forgotten'));
        await connected(publisher);
        const url = await publisher.evaluate(() => [...globalThis.sfu.cards][0].session.url);
        await fetch(new URL(url, sfu.url), { method: 'DELETE' });
        await until('another session', 15000, () => publisher.evaluate(old => {
            const { session } = [...globalThis.sfu.cards][0];
            return session.url !== old && session.state === 'connected';
        }, url));
    },
};

export const tests = [
    ...['chromium', 'firefox'].flatMap(name => [
        restarts(name, 0, 1, 1), restarts(name, 1, 2, 1), restarts(name, 3, 4, 2),
        publisherRestarts(name), outage(name),
    ]),
    forgotten,
];
