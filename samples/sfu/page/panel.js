// panel.js - what skiff knows of one session, as /session/ID/stats reports it, and what the
// browser measures of the same session. Asks nobody: the card calls show().
import { Plot, Timeline, element, short } from './plot.js';

const STEPS = [
    ['media', 'source open'], ['offer', 'offer made'], ['answer', 'answer received'],
    ['check', 'check answered'], ['keys', 'keys agreed'], ['packet', 'first packet'],
    ['frame', 'first frame'],
];
const STAGES = [
    ['check', 'first check'], ['client_hello', 'ClientHello'], ['keys', 'keys agreed'],
    ['first_media', 'first media'],
];

// A long name breaks after an underscore.
const breakable = text => String(text).split(/(?<=_)/).flatMap(part => [part, element('wbr')]);

function facts(pairs) {
    return element('dl', { class: 'facts' }, ...pairs.map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, ...breakable(value)))));
}

const whole = number => Number(number ?? 0).toLocaleString('en');
const ms = number => (Number.isFinite(number) ? `${number.toFixed(1)} ms` : '–');

// Where the card is narrow, app.css makes a block of each row, with a head before each cell. A
// table that is no table by its style has its meaning by its roles alone.
function tracksTable(tracks) {
    const heads = ['media', 'codec', 'layer', 'packets', 'lost', 'jitter', 'NACK', 'PLI',
        'sent again'];
    const rows = tracks.map(track => element('tr',
        { role: 'row', ...(track.active === false ? { class: 'idle' } : {}) },
        element('th', { scope: 'row', role: 'rowheader' }, track.kind), ...[
            track.codec, track.rid ?? '–', whole(track.packets), whole(track.lost),
            ms(track.jitter_ms), whole(track.nacks), whole(track.plis), whole(track.retransmitted),
        ].map((text, i) => element('td', { role: 'cell', 'data-head': heads[i + 1] },
            String(text ?? '–')))));
    return element('table', { class: 'tracks', role: 'table' },
        element('caption', {}, 'Tracks'),
        element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads.map(text =>
            element('th', { scope: 'col', role: 'columnheader' }, text)))),
        element('tbody', { role: 'rowgroup' }, ...rows));
}

const sum = (list, key) => list.reduce((total, item) => total + (item[key] ?? 0), 0);

export class Panel {
    constructor(kind) {
        this.kind = kind;
        this.clicked = new Timeline('From the click, by the browser’s clock');
        this.stages = new Timeline('From the offer, by skiff’s clock');
        this.share = element('p', { class: 'share' });
        this.facts = element('div');
        this.tracks = element('div', { class: 'scroll', tabindex: '0', role: 'region',
            'aria-label': 'Tracks' });
        this.drops = element('p', { class: 'drops' });
        this.plots = {
            bits: new Plot('bit rate', 'bit/s'),
            packets: new Plot('packets', '/s'),
            loss: new Plot('loss', '%'),
            jitter: new Plot('jitter', 'ms'),
            trip: new Plot('round trip', 'ms'),
        };
        this.setup = element('div', { class: 'setup' }, this.clicked.root,
            element('div', {}, this.stages.root, this.share));
        this.root = element('div', { class: 'panel' },
            element('div', { class: 'plots' }, ...Object.values(this.plots).map(plot => plot.root)),
            this.facts, this.tracks, this.drops);
    }

    // marks: performance.now() of each step.
    showMarks(marks) {
        const absent = this.kind === 'whip' ? ['packet', 'frame'] : ['media'];
        const steps = STEPS.filter(([key]) => !absent.includes(key));
        this.clicked.show(steps.map(([key, name]) => ({ name, at: marks[key] - marks.click })));
    }

    show(stats) {
        const stages = stats.stages_ms ?? {};
        this.stages.show(STAGES.map(([key, name]) => ({ name, at: stages[key] ?? NaN })));
        this.share.textContent = Number.isFinite(stats.share_ms)
            ? `skiff’s share: ${stats.share_ms.toFixed(2)} ms` : '';
        this.showRates(stats);
        this.facts.replaceChildren(facts(this.factsOf(stats)));
        this.tracks.replaceChildren(tracksTable(stats.tracks ?? []));
        this.showDrops(stats.drops ?? {});
        this.before = { stats, when: performance.now() };
    }

    factsOf({ dtls = {}, srtp = {}, path = {}, ...stats }) {
        const estimate = stats.estimate_bps ? short(stats.estimate_bps, 'bit/s') : '–';
        return [
            ['state', stats.state ?? '–'],
            ['DTLS', dtls.version ?? '–'],
            ['group', dtls.group ?? '–'],
            ['cipher', dtls.cipher ?? '–'],
            ['SRTP', srtp.profile ?? '–'],
            ['path', path.remote ? `${path.remote} by ${path.tcp ? 'TCP' : 'UDP'}` : '–'],
            ['path moves', whole(path.moves)],
            ['estimate', estimate],
            ['received', `${whole(stats.received?.packets)} packets`],
            ['sent', `${whole(stats.sent?.packets)} packets`],
            ...(this.kind === 'whip' ? [['watchers', whole(stats.watchers)]] : []),
        ];
    }

    // Counters are totals; a plot needs what was added since the last time.
    showRates(stats) {
        const way = this.kind === 'whip' ? 'received' : 'sent';
        const tracks = stats.tracks ?? [];
        this.plots.jitter.add(Math.max(0, ...tracks.map(track => track.jitter_ms ?? 0)));
        this.plots.trip.add(stats.path?.round_trip_ms ?? 0);
        if (!this.before || this.before.stats.id !== stats.id)
            return;
        const seconds = (performance.now() - this.before.when) / 1000;
        const since = (now, then) => Math.max(0, (now ?? 0) - (then ?? 0));
        const old = this.before.stats, oldTracks = old.tracks ?? [];
        const lost = since(sum(tracks, 'lost'), sum(oldTracks, 'lost'));
        const arrived = since(sum(tracks, 'packets'), sum(oldTracks, 'packets'));
        this.plots.bits.add(8 * since(stats[way]?.bytes, old[way]?.bytes) / seconds);
        this.plots.packets.add(since(stats[way]?.packets, old[way]?.packets) / seconds);
        this.plots.loss.add(lost > 0 ? 100 * lost / (lost + arrived) : 0);
    }

    showDrops(drops) {
        const named = Object.entries(drops).filter(([, count]) => count > 0);
        this.drops.textContent = named.length === 0 ? 'Drops: none.'
            : `Drops: ${named.map(([reason, count]) => `${reason} ${whole(count)}`).join(', ')}.`;
    }
}
