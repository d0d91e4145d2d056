// simulcast.mjs - a watcher whose link is cut gets a lower layer, and the highest one again when
// the link is wide.
import { connected, first, network, pause, publishUrl, shown, until, watchUrl }
    from './harness.mjs';

const KILOBITS = 300;
const FIRST_MS = 40000, DOWN_MS = 5000, CUT_MS = 30000, MORE_MS = 10000, UP_MS = 20000;
const LARGEST = '1080'; // of the page's choice of heights
const LARGE = '&source=generated&size=960x540&rate=12&simulcast=1';

// A clock on an even ground needs no more than a narrow link carries, at any size; and too much
// noise leaves the lowest layer a picture in a second.
const withNoise = page => page.evaluateOnNewDocument(() => {
    const plain = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (...words) {
        const { width, height } = this.canvas, style = this.fillStyle;
        for (let i = 0; i < 25; i++) {
            this.fillStyle = `hsl(${360 * Math.random()} 60% ${20 + 60 * Math.random()}%)`;
            this.fillRect(width * Math.random(), height * Math.random(), width / 16, height / 16);
        }
        this.fillStyle = style;
        plain.apply(this, words);
    };
});

const layerOf = session => session.skiff?.tracks?.find(({ kind }) => kind === 'video')?.rid;

// The layers that a page has in this time, and the estimate when each of them began.
async function layers(page, ms) {
    const seen = [];
    for (const end = Date.now() + ms; Date.now() < end; await pause(200)) {
        const session = await first(page), layer = layerOf(session);
        if (layer && layer !== seen.at(-1)?.layer)
            seen.push({ layer, bps: session.skiff.estimate_bps });
    }
    return seen;
}

// The seconds since `begin`, and what the page and the SFU know of the video.
function row(begin, { skiff, height, frames, lost, nacks, plis }) {
    const track = skiff?.tracks?.find(({ kind }) => kind === 'video');
    return [((Date.now() - begin) / 1000).toFixed(1), track?.rid, height, frames, lost, nacks, plis,
        track?.packets, track?.retransmitted, skiff?.estimate_bps].join(' ');
}

// Waits until this layer is sent and a picture of it decoded.
async function reached(page, rid, height, ms) {
    const begin = Date.now(), rows = [];
    let session = {};
    await until(`the layer ${rid}`, ms, async () => {
        session = await first(page);
        rows.push(row(begin, session));
        return layerOf(session) === rid && session.height === height;
    }).catch(error => {
        throw new Error(`${error.message}. Seconds, layer, height, frames, lost, nacks, plis, ` +
            `packets, repeated, estimate:\n${rows.join('\n')}`);
    });
    return session;
}

async function switches(world, to) {
    const publisher = await world.chromium.page(publishUrl(world.sfu, 'layers', LARGE),
        { hold: withNoise });
    await connected(publisher);
    const watcher = await world[to].page(watchUrl(world.sfu, 'layers'));
    await shown(watcher);
    await watcher.select('article select', LARGEST);
    const high = await reached(watcher, 'h', 540, FIRST_MS);
    const port = high.skiff.path.remote.split(':').at(-1);

    network.narrow(KILOBITS, port);
    const cut = Date.now();
    await reached(watcher, 'l', 135, DOWN_MS);
    const down = Date.now() - cut;
    const seen = await layers(watcher, CUT_MS);
    if (seen.length !== 1 || seen[0].layer !== 'l')
        throw new Error(`the layers at ${KILOBITS} kbit/s: ${JSON.stringify(seen)}`);
    const { frames } = await first(watcher);
    await until('more pictures', MORE_MS, async () => (await first(watcher)).frames > frames + 5);

    network.widen();
    const wide = Date.now();
    await reached(watcher, 'h', 540, UP_MS);
    return `lower after ${down} ms, the highest again after ${Date.now() - wide} ms`;
}

const isCut = to => ({
    sentence: `simulcast by Chromium: ${to} has a lower layer on a link of ${KILOBITS} kbit/s`,
    needs: 'network',
    async test(world) {
        try {
            return await switches(world, to);
        } finally {
            network.widen();
        }
    },
});

export const tests = [isCut('chromium'), isCut('firefox')];
