// ladder.js - the trace of a session (docs/trace.md) as a ladder: the browser on the left, skiff
// on the right. skiff's events alone are in the trace, so what is lost on its way is not marked;
// samples/ladder draws the traces of two ends.
import { element } from './plot.js';

const MOST_ROWS = 400;
const MESSAGES = {
    0: 'HelloRequest', 1: 'ClientHello', 2: 'ServerHello', 3: 'HelloVerifyRequest',
    4: 'NewSessionTicket', 8: 'EncryptedExtensions', 9: 'RequestConnectionId',
    10: 'NewConnectionId', 11: 'Certificate', 12: 'ServerKeyExchange', 13: 'CertificateRequest',
    14: 'ServerHelloDone', 15: 'CertificateVerify', 16: 'ClientKeyExchange', 20: 'Finished',
    24: 'KeyUpdate',
};
const RECORDS = {
    20: 'ChangeCipherSpec', 21: 'Alert', 22: 'Handshake', 23: 'ApplicationData', 26: 'ACK',
    27: 'ReturnRoutabilityCheck',
};
const VERSIONS = { 0xfefd: 'DTLS 1.2', 0xfefc: 'DTLS 1.3' };
const APPLICATION_DATA = 23;

const NOTES = {
    DROP: event => event.what,
    TIMER_FIRED: event => `the ${event.what} timer fires`,
    FLIGHT_REPEATED: event => `sends again (${event.what})`,
    CONNECTED: event => `connected, ${VERSIONS[event.type] ?? ''}`,
    READ_EPOCH: event => `reads with epoch ${event.epoch ?? 0}`,
    WRITE_EPOCH: event => `writes with epoch ${event.epoch ?? 0}`,
    SRTP_SESSION: event => `SRTP session, ${event.what}`,
    CLOSED: event => `closed: ${event.what ?? ''}`,
    FAILED: event => `failed: ${event.what ?? ''}`,
    PATH_CHECK: event => `path check: ${event.what}`,
    PATH_OPENED: () => 'path opened',
    PATH_MOVED: () => 'path moved',
    PATH_LOST: event => `path lost: ${event.what ?? ''}`,
    CONSENT_LOST: () => 'consent lost',
};

function fragmentText(event) {
    const { seq = 0, offset = 0, length = 0, count = 0 } = event;
    const part = length === count ? '' : ` ${offset}..${offset + length}/${count}`;
    return `${MESSAGES[event.type] ?? `message ${event.type}`} ${seq}${part}`;
}

const keyOf = ({ event, who, epoch = 0, number = 0 }) =>
    `${event.split('_')[1]} ${who} ${epoch} ${number}`;

// From events to rows { time, from, text }: from is 'browser', 'skiff', or '' for a note of
// skiff's. The fragments of a record that is sent come before it, all other parts after it.
export class Rows {
    constructor() {
        this.rows = [];
        this.waiting = new Map();
        this.records = new Map();
    }

    add(event) {
        const [what, way] = event.event.split('_');
        if (['FRAGMENT', 'ACK', 'ALERT'].includes(what) && (way === 'IN' || way === 'OUT'))
            this.addPart(event, what);
        else if (what === 'RECORD')
            this.addRecord(event, way);
        else if (event.event === 'STUN_CHECK')
            this.addCheck(event);
        else if (NOTES[event.event])
            this.push(event, '', NOTES[event.event](event));
    }

    addPart(event, what) {
        const text = { FRAGMENT: fragmentText, ACK: e => `ACK of ${e.count ?? 0}`,
            ALERT: e => `Alert ${e.type ?? 0}` }[what](event);
        const row = this.records.get(keyOf(event));
        if (row) {
            row.parts.push(text);
            row.text = this.textOf(row);
            return;
        }
        const parts = this.waiting.get(keyOf(event)) ?? [];
        this.waiting.set(keyOf(event), [...parts, text]);
    }

    addRecord(event, way) {
        const key = keyOf(event);
        if (event.type === APPLICATION_DATA)
            return;
        const row = this.push(event, way === 'IN' ? 'browser' : 'skiff', '');
        if (!row)
            return;
        row.type = event.type;
        row.epoch = event.epoch ?? 0;
        row.parts = this.waiting.get(key) ?? [];
        this.waiting.delete(key);
        this.records.set(key, row);
        row.text = this.textOf(row);
    }

    // RFC 8446 section 2: {} is under the keys of the handshake, [] under those of data.
    textOf({ parts, type, epoch }) {
        const shown = parts.length > 0 ? parts : [RECORDS[type] ?? `record of type ${type}`];
        const [open, close] = epoch === 0 ? ['', ''] : epoch === 2 ? ['{', '}'] : ['[', ']'];
        return shown.map(part => `${open}${part}${close}`).join(', ');
    }

    // Checks go on as long as the session: each kind of verdict is shown once.
    addCheck(event) {
        const text = `STUN check (${event.what})`;
        if (!this.rows.some(row => row.text === text))
            this.push(event, 'browser', text);
    }

    push(event, from, text) {
        if (this.rows.length >= MOST_ROWS)
            return null;
        this.begin ??= event.time;
        const row = { time: Math.max(0, event.time - this.begin) / 1000, from, text };
        this.rows.push(row);
        return row;
    }
}

const ARROWS = { browser: '→', skiff: '←', '': '' };
const SPOKEN = { browser: 'to skiff', skiff: 'to the browser', '': '' };

function rowElement({ time, from, text }) {
    const arrow = element('td', { class: 'arrow' });
    if (from)
        arrow.append(element('span', { 'aria-hidden': 'true' }, ARROWS[from]),
            element('span', { class: 'unseen' }, SPOKEN[from]));
    return element('tr', { class: from || 'note' },
        element('td', { class: 'value' }, time.toFixed(1)),
        element('td', {}, from === 'browser' ? text : ''),
        arrow,
        element('td', {}, from === 'browser' ? '' : text));
}

// Calls each(line) for each whole line of the body of a response.
async function eachLine(response, each) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
        const { value, done } = await reader.read();
        if (done)
            return;
        const lines = (rest + value).split('\n');
        rest = lines.pop();
        lines.filter(line => line.trim()).forEach(each);
    }
}

// The trace streams as long as the ladder is open: a browser has few connections to one server.
export class Ladder {
    constructor() {
        this.body = element('tbody');
        this.note = element('p', { class: 'note' }, 'No event yet.');
        const heads = ['ms', 'browser', '', 'skiff'].map(text =>
            text ? element('th', { scope: 'col' }, text) : element('td'));
        const table = element('table', { class: 'ladder' },
            element('caption', { class: 'unseen' }, 'Ladder of the handshake'),
            element('thead', {}, element('tr', {}, ...heads)), this.body);
        const region = element('div', { class: 'scroll tall', tabindex: '0', role: 'region',
            'aria-label': 'Ladder of the handshake' }, table);
        this.root = element('details', {}, element('summary', {}, 'Ladder of the handshake'),
            this.note, region);
    }

    follow(currentId) {
        this.root.addEventListener('toggle', () => {
            this.reading?.abort();
            if (this.root.open && currentId())
                this.read(currentId());
        });
    }

    async read(id) {
        this.reading = new AbortController();
        const rows = new Rows();
        try {
            const response = await fetch(`/trace/${id}`, { signal: this.reading.signal });
            if (!response.ok)
                throw new Error(`The server has no trace of it (status ${response.status}).`);
            await eachLine(response, line => {
                rows.add(JSON.parse(line));
                this.draw(rows.rows);
            });
        } catch (error) {
            if (error.name !== 'AbortError')
                this.note.textContent = error.message;
        }
    }

    draw(rows) {
        this.note.textContent = `${rows.length} rows` +
            (rows.length >= MOST_ROWS ? '; later ones are left out.' : '.');
        this.drawing ??= requestAnimationFrame(() => {
            this.drawing = undefined;
            this.body.replaceChildren(...rows.map(rowElement));
        });
    }
}
