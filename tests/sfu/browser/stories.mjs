// stories.mjs - publishers and watchers come and go.
import { connected, first, grows, openBrowser, pause, publishUrl, report, shown, until,
    watchUrl } from './harness.mjs';

const LATE_MS = 2000, CROWD = 20;

const lateJoiner = name => ({
    sentence: `${name} joins late and has a picture within two seconds`,
    async test({ sfu, chromium, [name]: watching }) {
        await connected(await chromium.page(publishUrl(sfu, 'late')));
        await pause(5000);
        const watcher = await watching.page(watchUrl(sfu, 'late'));
        const [{ marks }] = await until('a frame', 10000, async () => {
            const sessions = await report(watcher);
            return sessions[0]?.marks.frame && sessions;
        });
        if (!(marks.frame < LATE_MS))
            throw new Error(`the first frame came ${marks.frame} ms after the click`);
        return `${Math.round(marks.frame)} ms`;
    },
});

const reload = name => ({
    sentence: `a watcher goes on when its publisher in ${name} loads the page again`,
    async test({ sfu, chromium, [name]: publishing }) {
        const publisher = await publishing.page(publishUrl(sfu, 'reload'));
        await connected(publisher);
        const watcher = await chromium.page(watchUrl(sfu, 'reload'));
        await shown(watcher);
        await publisher.reload({ waitUntil: 'domcontentloaded' });
        await connected(publisher);
        const { frames } = await first(watcher);
        await until('frames after the reload', 10000,
            async () => (await first(watcher))?.frames > frames + 20);
        await grows(watcher, 3);
    },
});

const crowd = {
    sentence: `${CROWD} watchers of one stream have a picture`,
    async test({ sfu, chromium }) {
        await connected(await chromium.page(publishUrl(sfu, 'crowd',
            '&source=generated&size=320x180&rate=10')));
        const names = Array(CROWD).fill('crowd');
        const watcher = await chromium.page(watchUrl(sfu, ...names));
        await until('a frame for each', 30000, async () => {
            const sessions = await report(watcher);
            return sessions.length === CROWD && sessions.every(({ frames }) => frames > 0);
        });
        const before = await report(watcher);
        await pause(5000);
        const after = await report(watcher);
        const fewest = Math.min(...after.map(({ frames }, at) => frames - before[at].frames));
        if (fewest < 10)
            throw new Error(`the slowest has decoded ${fewest} frames in 5 s`);
        const [stream] = (await sfu.getJson('/streams')).filter(({ name }) => name === 'crowd');
        if (stream.watchers !== CROWD)
            throw new Error(`the SFU counts ${stream.watchers} watchers`);
        return `at least ${fewest} frames each in 5 s`;
    },
};

const dataLine = (from, to) => ({
    sentence: `a text line goes from ${from} to ${to}`,
    async test(world) {
        const publisher = await world[from].page(publishUrl(world.sfu, 'line'));
        await connected(publisher);
        const watchers = [await world[to].page(watchUrl(world.sfu, 'line')),
            await world[to].page(watchUrl(world.sfu, 'line'))];
        for (const watcher of watchers) {
            await connected(watcher);
            await until('an open channel', 10000, () => watcher.evaluate(() =>
                [...globalThis.sfu.cards].every(({ session }) => session.canSend)));
        }
        await until('an open channel', 10000, () => publisher.evaluate(() =>
            [...globalThis.sfu.cards].every(({ session }) => session.canSend)));
        const text = 'grüße, “skiff”';
        await publisher.waitForSelector('.line input');
        await publisher.evaluate(line => {
            document.querySelector('.line input').value = line;
            document.querySelector('.line button').click();
        }, text);
        for (const watcher of watchers) {
            await until('the line', 5000, () => watcher.evaluate(line =>
                document.querySelector('.log')?.textContent === line, text));
        }
    },
});

const isGone = (sfu, name, ms) => until(`${name} is gone`, ms, async () =>
    !(await sfu.getJson('/streams')).some(stream => stream.name === name && !stream.orphaned));

const crashed = {
    sentence: 'the tab of a publisher that is killed is noticed',
    async test({ sfu }) {
        const browser = await openBrowser('chromium');
        const publisher = await browser.page(publishUrl(sfu, 'crash'));
        await connected(publisher);
        publisher.goto('chrome://crash').catch(() => {});
        const begun = Date.now();
        await isGone(sfu, 'crash', 30000);
        browser.process.kill('SIGKILL');
        return `after ${((Date.now() - begun) / 1000).toFixed(1)} s`;
    },
};

const killed = {
    sentence: 'a Firefox that is killed is noticed',
    async test({ sfu }) {
        const browser = await openBrowser('firefox');
        await connected(await browser.page(publishUrl(sfu, 'kill')));
        browser.process.kill('SIGKILL');
        const begun = Date.now();
        await isGone(sfu, 'kill', 30000);
        return `after ${((Date.now() - begun) / 1000).toFixed(1)} s`;
    },
};

const closed = name => ({
    sentence: `a tab of ${name} that is closed leaves at once`,
    async test({ sfu, [name]: publishing }) {
        const publisher = await publishing.page(publishUrl(sfu, 'close'));
        await connected(publisher);
        await publisher.close({ runBeforeUnload: true });
        const begun = Date.now();
        await isGone(sfu, 'close', 5000);
        return `after ${Date.now() - begun} ms`;
    },
});

const waits = {
    sentence: 'a watcher that comes before its publisher waits for it',
    async test({ sfu, chromium }) {
        const watcher = await chromium.page(watchUrl(sfu, 'early'));
        await until('a sentence', 5000,
            async () => (await first(watcher))?.fault.includes('asks again'));
        await chromium.page(publishUrl(sfu, 'early'));
        await shown(watcher);
    },
};

export const tests = [
    lateJoiner('chromium'), lateJoiner('firefox'), waits,
    reload('chromium'), reload('firefox'), crowd,
    dataLine('chromium', 'firefox'), dataLine('firefox', 'chromium'),
    closed('chromium'), closed('firefox'), crashed, killed,
];
