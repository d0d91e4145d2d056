// click.mjs - from the click to the first decoded frame: through the SFU, and between the same
// two browsers directly, in turn.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connected, pause, publishUrl, report, saveText, until } from './harness.mjs';

const ROUNDS = Number(process.env.SFU_ROUNDS ?? 20);
const MOST_TIMES = 1.2, MOST_SHARE_MS = 5, REST_MS = 300, LOOK_MS = 700;
// As in direct.html.
const PICTURE = '&source=generated&size=320x180&rate=30';
const HERE = fileURLToPath(new URL('.', import.meta.url));
const SOURCES = path.join(HERE, '../../../samples/sfu/page');

// Messages wait in a box until they are asked for, and who asks waits for messages.
function openBox() {
    return { messages: [], asker: null };
}

function deliver(box) {
    if (!box.asker || box.messages.length === 0)
        return;
    box.asker.end(JSON.stringify(box.messages.splice(0)));
    box.asker = null;
}

function serveMail(boxes, request, response) {
    const name = request.url.split('/').pop();
    const box = (boxes[name] ??= openBox());
    if (request.method === 'GET') {
        box.asker = response;
        request.on('close', () => {
            if (box.asker === response && response.destroyed)
                box.asker = null;
        });
        deliver(box);
        return;
    }
    let body = '';
    request.on('data', bytes => { body += bytes; });
    request.on('end', () => {
        box.messages.push(JSON.parse(body));
        response.end();
        deliver(box);
    });
}

async function serveDirect() {
    const boxes = {};
    const server = http.createServer((request, response) => {
        if (request.url.startsWith('/mail/')) {
            serveMail(boxes, request, response);
            return;
        }
        const script = request.url.endsWith('.js');
        const file = script ? path.join(SOURCES, path.basename(request.url))
            : path.join(HERE, 'direct.html');
        response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
        response.end(fs.readFileSync(file));
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}/`,
        forget: () => { delete boxes.watcher; },
        end() {
            server.close();
            server.closeAllConnections();
        },
    };
}

const STEPS = ['offer', 'answer', 'check', 'keys', 'packet', 'frame'];
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const medians = runs => Object.fromEntries(STEPS.map(step =>
    [step, Math.round(10 * median(runs.map(run => run[step] ?? NaN))) / 10]));

// Somebody looks at the page for a moment, and then clicks.
async function click(page, selector) {
    await page.waitForSelector(selector);
    await pause(LOOK_MS);
    await page.evaluate(where => document.querySelector(where).click(), selector);
}

async function watchThroughSfu(sfu, watching, name) {
    const page = await watching.page(sfu.url);
    await click(page, `[aria-label="Watch ${name}"]`);
    const marks = await until('a frame through the SFU', 15000, async () =>
        (await report(page))[0]?.marks.frame && (await report(page))[0].marks);
    const { skiff } = await until('statistics', 5000, async () =>
        (await report(page))[0].skiff?.stages_ms.keys && (await report(page))[0]);
    await page.close({ runBeforeUnload: true });
    return { ...marks, share: skiff.share_ms };
}

async function watchDirectly(direct, watching) {
    direct.forget();
    const page = await watching.page(direct.url);
    await click(page, '#watch');
    const marks = await until('a frame, directly', 15000, () =>
        page.evaluate(() => globalThis.marks));
    await page.close();
    return marks;
}

const clickToFrame = (from, to) => ({
    sentence: `from click to first frame, ${from} to ${to}: at most ${MOST_TIMES} x a direct call`,
    ms: 30000 * ROUNDS,
    async test(world) {
        const { sfu, [from]: publishing, [to]: watching } = world;
        const direct = await serveDirect();
        const through = [], directly = [];
        await connected(await publishing.page(publishUrl(sfu, 'click', PICTURE)));
        const waiting = await publishing.page(`${direct.url}#publish`);
        await until('the direct publisher', 10000, () => waiting.evaluate(() => globalThis.ready));
        for (let round = 0; round < ROUNDS; round++) {
            through.push(await watchThroughSfu(sfu, watching, 'click'));
            await pause(REST_MS);
            directly.push(await watchDirectly(direct, watching));
            await pause(REST_MS);
        }
        direct.end();
        const result = { from, to, rounds: ROUNDS, sfu: medians(through), direct: medians(directly),
            share_ms: median(through.map(({ share }) => share)),
            most_share_ms: Math.max(...through.map(({ share }) => share)), through, directly };
        result.times = result.sfu.frame / result.direct.frame;
        saveText(`click-${from}-${to}.json`, JSON.stringify(result, null, 1));
        const text = `${result.times.toFixed(2)} x; SFU ${JSON.stringify(result.sfu)}, direct ` +
            `${JSON.stringify(result.direct)}, skiff's share ${result.share_ms} ms, at most ` +
            `${result.most_share_ms} ms`;
        if (!(result.times <= MOST_TIMES) || !(result.share_ms <= MOST_SHARE_MS))
            throw new Error(text);
        return text;
    },
});

export const tests = [clickToFrame('chromium', 'chromium'), clickToFrame('firefox', 'firefox')];
