// app.js - the page: the form to publish, the list of streams, and a card for each session.
//
// Tests and links: ?publish=NAME&source=generated&simulcast=1&auto publishes, ?watch=NAME&auto
// watches (more than one `watch` watches all of them); `size=640x360`, `rate=30` and `token=` are
// what the form has.
import { Card } from './card.js';
import { INSECURE, sentenceOf } from './faults.js';
import { element } from './plot.js';
import { Session } from './session.js';
import { openSource } from './sources.js';
import { getJson } from './whip.js';

const LIST_MS = 2000;
const query = new URLSearchParams(location.search);
const get = id => document.getElementById(id);
const form = get('publish');
const cards = new Set();
globalThis.sfu = { cards };

const announce = text => { get('status').textContent = text; };

function showFault(text) {
    get('fault').textContent = text;
    get('fault').hidden = !text;
}

function addCard(session) {
    const card = new Card(session, {
        announce,
        closed() {
            cards.delete(card);
            get('empty').hidden = cards.size > 0;
            announce(`${card.title}: ended.`);
            form.elements.publish.focus();
        },
    });
    cards.add(card);
    get('empty').hidden = true;
    get('cards').prepend(card.root);
    return card;
}

function sizeOf(text) {
    const [width, height] = text.split('x').map(Number);
    return { width, height };
}

async function publish() {
    const clicked = performance.now();
    const { name, source, simulcast, token, size } = form.elements;
    showFault('');
    try {
        const opened = await openSource(source.value, {
            name: name.value, rate: Number(query.get('rate') ?? 30), ...sizeOf(size.value),
        });
        const session = new Session({
            kind: 'whip', stream: name.value, token: token.value, source: opened,
            simulcast: simulcast.checked,
        });
        const started = session.start(clicked);
        await session.posted;
        const card = addCard(session);
        opened.stream.getVideoTracks()[0]?.addEventListener('ended', () => card.close());
        await started;
    } catch (error) {
        showFault(sentenceOf(error));
    }
}

// The card is drawn while the offer is on its way.
async function watch(stream) {
    const session = new Session({ kind: 'whep', stream });
    const started = session.start(performance.now());
    await session.posted;
    addCard(session);
    await started;
}

const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const layersOf = ({ layers }) => Number(Array.isArray(layers) ? layers.length : layers ?? 1);

function streamItem(stream) {
    const parts = [stream.video, stream.audio].filter(text => text && text !== true);
    const facts = [...parts, plural(stream.watchers ?? 0, 'watcher'),
        ...(layersOf(stream) > 1 ? [plural(layersOf(stream), 'layer')] : [])];
    const button = element('button',
        { type: 'button', 'aria-label': `Watch ${stream.name}` }, 'Watch');
    button.addEventListener('click', () => watch(stream.name));
    return element('li', {},
        element('div', {}, element('strong', {}, stream.name),
            element('span', { class: 'note' }, facts.join(' · '))),
        button);
}

let shownList = '';

// The list is drawn anew only if it has changed: the focus stays where it is.
async function showStreams() {
    try {
        const streams = await getJson('/streams');
        const text = JSON.stringify(streams.map(stream => ({ ...stream, since_s: 0 })));
        get('unreachable').hidden = true;
        get('none').hidden = streams.length > 0;
        if (text === shownList)
            return;
        shownList = text;
        const focused = document.activeElement?.getAttribute('aria-label');
        get('streams').replaceChildren(...streams.map(streamItem));
        if (focused?.startsWith('Watch '))
            get('streams').querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    } catch (error) {
        get('unreachable').textContent = sentenceOf(error);
        get('unreachable').hidden = false;
    }
}

// The form is filled from the address, so that a link can say what is published.
function readQuery() {
    for (const key of ['source', 'token', 'size']) {
        if (query.has(key))
            form.elements[key].value = query.get(key);
    }
    form.elements.name.value = query.get('publish') || 'studio';
    form.elements.simulcast.checked = query.has('simulcast');
    if (!navigator.mediaDevices) {
        form.elements.source.value = 'generated';
        form.querySelectorAll('[value=camera], [value=screen]').forEach(input => {
            input.disabled = true;
        });
        showFault(INSECURE);
    }
}

form.addEventListener('submit', event => {
    event.preventDefault();
    publish();
});
addEventListener('pagehide', () => cards.forEach(card => card.session.stop()));
readQuery();
showStreams();
setInterval(showStreams, LIST_MS);
// A video that has no frame yet would delay the page's own load.
addEventListener('load', () => {
    if (query.has('auto') && query.has('publish'))
        publish();
    if (query.has('auto'))
        query.getAll('watch').forEach(watch);
});
