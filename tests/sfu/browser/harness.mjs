// harness.mjs - the SFU as a process, Chromium and Firefox as browsers, and what both report.
// Knows no test. SFU_SERVER is the program; SFU_NPM the folder whose node_modules has
// puppeteer-core and axe-core; SFU_OUT the folder for pictures.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const out = path.resolve(root, process.env.SFU_OUT ?? 'build/sfu');
const require = createRequire(`${path.resolve(root, process.env.SFU_NPM ?? 'build/sfu/npm')}/`);
const puppeteer = require('puppeteer-core').default ?? require('puppeteer-core');
export const axeSource = () => require('axe-core').source;

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

// Asks until it is true. The error has the last value.
export async function until(what, ms, ask) {
    const end = Date.now() + ms;
    for (;;) {
        const value = await ask();
        if (value)
            return value;
        if (Date.now() > end)
            throw new Error(`${what}: not within ${ms} ms`);
        await pause(100);
    }
}

// --- the server -----------------------------------------------------------------------------

const server = path.resolve(root, process.env.SFU_SERVER ?? 'build/dev/samples/skiff-sfu');
const GENEROUS = ['--posts-each', '100000', '--sessions-each', '1000'];

// Starts the SFU; its second line has the address of the page.
export async function startServer(...options) {
    const words = ['--http', '0.0.0.0:0', '--bind', '0.0.0.0:0', '--pages',
        path.join(root, 'samples/sfu/page'),
        ...GENEROUS, ...options];
    const child = spawn(server, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = [];
    const started = Date.now();
    for (const stream of [child.stdout, child.stderr])
        readline.createInterface({ input: stream }).on('line', line => lines.push(line));
    const open = await until(`${server} ${words.join(' ')}`, 5000, () => {
        if (child.exitCode !== null)
            throw new Error(`the SFU has ended: ${lines.join('; ')}`);
        return lines.find(line => line.startsWith('open '));
    });
    const port = new URL(open.slice('open '.length)).port;
    return {
        url: `http://127.0.0.1:${port}/`,
        port,
        lines,
        pid: child.pid,
        upAfter: Date.now() - started,
        getJson: async where => (await fetch(`http://127.0.0.1:${port}${where}`)).json(),
        async end() {
            if (child.exitCode !== null || child.signalCode !== null)
                return;
            child.kill('SIGTERM');
            await once(child, 'exit');
        },
    };
}

// --- the browsers ---------------------------------------------------------------------------

const CHROMIUM = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required',
    '--disable-renderer-backgrounding', '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows'];
const FIREFOX = {
    'media.navigator.permission.disabled': true,
    'media.navigator.streams.fake': true,
    'media.autoplay.default': 0,
    'media.autoplay.blocking_policy': 0,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    'dom.min_background_timeout_value': 4,
    'dom.timeout.enable_budget_timer_throttling': false,
    'app.update.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
};

// fake: there is a camera and a microphone.
export async function openBrowser(name, { fake = true, args = [], prefs = {} } = {}) {
    const chromium = ['--use-fake-device-for-media-stream'].slice(fake ? 0 : 1);
    const own = name === 'firefox'
        ? { executablePath: '/usr/bin/firefox-esr', args,
            extraPrefsFirefox: { ...FIREFOX, 'media.navigator.streams.fake': fake, ...prefs } }
        : { executablePath: '/usr/bin/chromium', args: [...CHROMIUM, ...chromium, ...args] };
    const browser = await puppeteer.launch({ browser: name === 'firefox' ? 'firefox' : 'chrome',
        headless: true, acceptInsecureCerts: true, protocolTimeout: 60000, ...own });
    return {
        name,
        browser,
        process: browser.process(),
        async page(url, { width = 1280, height = 900, scheme, hold } = {}) {
            const page = await browser.newPage({ type: 'window' });
            page.errors = [];
            page.on('pageerror', error => page.errors.push(error.message));
            await page.setViewport({ width, height });
            if (scheme)
                await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
            await hold?.(page);
            await page.goto(url, { waitUntil: 'domcontentloaded' });
            return page;
        },
        end: () => browser.close(),
    };
}

// --- what a page reports --------------------------------------------------------------------

const SMALL = '&source=generated&size=320x180&rate=20';
export const publishUrl = (sfu, name, more = SMALL) =>
    `${sfu.url}?publish=${encodeURIComponent(name)}&auto${more}`;
export const watchUrl = (sfu, ...names) =>
    `${sfu.url}?auto${names.map(name => `&watch=${encodeURIComponent(name)}`).join('')}`;

// For each session of a page: its state, its marks, what its browser counts and what skiff does.
export function report(page) {
    return page.evaluate(async () => {
        const read = async ({ session, stats: skiff, fault }) => {
            const entries = session.pc ? [...(await session.pc.getStats()).values()] : [];
            const find = (type, kind) =>
                entries.find(entry => entry.type === type && entry.kind === kind) ?? {};
            const video = find('inbound-rtp', 'video'), audio = find('inbound-rtp', 'audio');
            const sent = entries.filter(entry => entry.type === 'outbound-rtp');
            return {
                kind: session.kind, state: session.state, fault: fault.textContent,
                restarts: session.restarts, skiff,
                marks: Object.fromEntries(Object.entries(session.marks).map(([step, at]) =>
                    [step, at - session.marks.click])),
                frames: video.framesDecoded ?? 0, keyFrames: video.keyFramesDecoded,
                height: video.frameHeight, nacks: video.nackCount ?? 0, plis: video.pliCount ?? 0,
                lost: video.packetsLost ?? 0, freezes: video.freezeCount,
                repaired: video.retransmittedPacketsReceived,
                audioPackets: audio.packetsReceived ?? 0,
                audioSamples: audio.totalSamplesReceived ?? 0,
                audioEnergy: audio.totalAudioEnergy ?? audio.audioLevel,
                sentPackets: sent.reduce((sum, entry) => sum + (entry.packetsSent ?? 0), 0),
                layers: sent.filter(entry => entry.rid && entry.packetsSent > 0)
                    .map(entry => entry.rid),
            };
        };
        return Promise.all([...globalThis.sfu?.cards ?? []].map(read));
    });
}

export const first = async page => (await report(page))[0];

export function connected(page, ms = 15000) {
    return until('connected', ms, async () => {
        const sessions = await report(page);
        return sessions.length > 0 && sessions.every(({ state }) => state === 'connected') &&
            sessions;
    });
}

export function shown(page, ms = 15000) {
    return until('a first frame', ms, async () => {
        const sessions = await report(page);
        return sessions.length > 0 && sessions.every(({ frames }) => frames > 0) && sessions;
    });
}

// Whether video and audio grow in each second of so many.
export async function grows(page, seconds) {
    let before = await report(page);
    for (let second = 0; second < seconds; second++) {
        await pause(1000);
        const now = await report(page);
        now.forEach((session, at) => {
            if (!(session.frames > before[at]?.frames))
                throw new Error(`no frame in second ${second}: ${JSON.stringify(session)}`);
            if (!(session.audioSamples > before[at].audioSamples ||
                session.audioPackets > before[at].audioPackets))
                throw new Error(`no audio in second ${second}: ${JSON.stringify(session)}`);
        });
        before = now;
    }
    return before;
}

// --- the network ----------------------------------------------------------------------------

// Only in a network namespace of the test (SFU_NETWORK): rules that drop datagrams of UDP as
// they arrive, so both ways.
export const hasNetwork = Boolean(process.env.SFU_NETWORK);

function nft(rules) {
    const done = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8' });
    if (done.status !== 0)
        throw new Error(`nft: ${done.stderr}`);
}

// What is sent from one address of the host to another one goes through loopback.
const DEVICE = 'lo';

function tc(words) {
    const done = spawnSync('tc', words.split(' '), { encoding: 'utf8' });
    if (done.status !== 0)
        throw new Error(`tc ${words}: ${done.stderr}`);
}

const tableOf = rule => `table inet sfu
delete table inet sfu
table inet sfu {
    chain input {
        type filter hook input priority 0
        meta l4proto udp ${rule}
    }
}
`;

export const network = {
    lose: percent => nft(tableOf(`numgen random mod 1000 < ${10 * percent} counter drop`)),
    block: () => nft(tableOf('counter drop')),
    // Of what comes from this port: at most so many kilobits in a second.
    limit: (kilobits, port) => nft(tableOf(`udp sport ${port} limit rate over ` +
        `${Math.round(kilobits / 8)} kbytes/second burst 8 kbytes counter drop`)),
    heal: () => nft('table inet sfu\ndelete table inet sfu\n'),

    // A link of so many kilobits a second, with a queue of 400 ms, to this port of UDP.
    narrow(kilobits, port) {
        tc(`qdisc replace dev ${DEVICE} root handle 1: htb default 10`);
        tc(`class replace dev ${DEVICE} parent 1: classid 1:10 htb rate 10gbit quantum 60000`);
        tc(`class replace dev ${DEVICE} parent 1: classid 1:20 htb rate ${kilobits}kbit`);
        tc(`qdisc replace dev ${DEVICE} parent 1:20 handle 20: bfifo limit ${kilobits * 50}`);
        tc(`filter replace dev ${DEVICE} parent 1: prio 1 protocol ip u32 ` +
            `match ip dport ${port} 0xffff flowid 1:20`);
    },
    // Whether it was narrow or not.
    widen: () => tc(`qdisc replace dev ${DEVICE} root pfifo`),
};

export function savePicture(page, name) {
    fs.mkdirSync(out, { recursive: true });
    return page.screenshot({ path: path.join(out, name), fullPage: true });
}

export function saveText(name, text) {
    fs.mkdirSync(out, { recursive: true });
    fs.writeFileSync(path.join(out, name), text);
}
