// run.mjs [WORD] - runs the tests of all files here, or those with WORD in their sentence.
// A test is a sentence and a function of { sfu, chromium, firefox, browsers }, and may return
// what it has measured.
import { hasNetwork, network, openBrowser, startServer } from './harness.mjs';

const FILES = ['pairs', 'others', 'stories', 'healing', 'loss', 'simulcast', 'faults', 'looks',
    'click'];
const TEST_MS = 180000;
const word = process.argv[2] ?? '';
let passed = 0, failed = 0, absent = 0;

function within(ms, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function closePages(browsers) {
    for (const { browser } of browsers) {
        const pages = await browser.pages();
        await Promise.all(pages.slice(1).map(page => page.close().catch(() => {})));
    }
}

// Why a test cannot run here, or ''. needs is 'network', or a function that says it.
function lack(needs) {
    if (needs === 'network')
        return hasNetwork ? '' : 'no network namespace here';
    return needs ? needs() : '';
}

async function run({ sentence, needs, ms = TEST_MS, test }, world) {
    const why = lack(needs);
    if (why) {
        absent++;
        console.log(`absent  ${sentence}: ${why}`);
        return;
    }
    const begun = Date.now();
    try {
        const measured = await within(ms, test(world));
        passed++;
        console.log(`ok      ${sentence}${measured ? `: ${measured}` : ''} ` +
            `(${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
        failed++;
        console.log(`failed  ${sentence}: ${error.stack ?? error}`);
    }
    if (hasNetwork)
        network.heal();
    await closePages(world.browsers);
}

const tests = [];
for (const file of FILES)
    tests.push(...(await import(`./${file}.mjs`)).tests);
const chosen = tests.filter(({ sentence }) => sentence.includes(word));
if (chosen.length > 0) {
    const browsers = [await openBrowser('chromium'), await openBrowser('firefox')];
    const [chromium, firefox] = browsers;
    const world = { sfu: await startServer(), chromium, firefox, browsers };
    console.log(`the SFU was up after ${world.sfu.upAfter} ms`);
    for (const test of chosen)
        await run(test, world);
    for (const browser of browsers)
        await browser.end().catch(() => {});
    await world.sfu.end();
}
console.log(`${passed} browser tests passed, ${failed} failed, ${absent} are absent`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
