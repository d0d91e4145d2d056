// card.js - one session as the page shows it: its picture, its state, its text lines, its panel
// and its ladder. Knows a Session, and asks the server for its statistics.
import { Ladder } from './ladder.js';
import { Panel } from './panel.js';
import { element } from './plot.js';
import { getJson, postJson } from './whip.js';

const POLL_MS = 1000, REST_MS = 600, RESIZED_MS = 500, MOST_LINES = 50;
const WORDS = {
    new: 'beginning', connecting: 'connecting', connected: 'connected', waiting: 'waiting',
    reconnecting: 'reconnecting', failed: 'failed', stopped: 'ended',
};
const HEIGHTS = [['', 'as shown'], ['180', '180 lines'], ['360', '360 lines'],
    ['1080', 'the largest']];

function button(text, action, label = text) {
    const made = element('button', { type: 'button', 'aria-label': label }, text);
    made.addEventListener('click', action);
    return made;
}

export class Card {
    // announce(text) speaks to screen readers; closed() is called when the card is closed.
    constructor(session, { announce, closed }) {
        Object.assign(this, { session, announce, closed });
        this.publishes = session.kind === 'whip';
        const verb = this.publishes ? 'publishing' : 'watching';
        this.title = `${this.publishes ? 'Publishing' : 'Watching'} ${session.stream}`;
        this.what = `${verb} ${session.stream}`;
        this.badge = element('span', { class: 'badge' }, WORDS.new);
        this.fault = element('p', { class: 'fault', hidden: '' });
        this.result = element('p', { class: 'result' }, 'Not connected yet.');
        this.log = element('div', { class: 'log', role: 'log', 'aria-label': 'Text lines' });
        this.left = element('div', { class: 'view' }, this.makePicture());
        this.right = element('div', { class: 'view' }, this.result);
        this.root = element('article', { class: 'card', 'aria-label': this.title },
            element('header', {}, element('h3', {}, this.title), this.badge),
            this.fault, element('div', { class: 'beside' }, this.left, this.right));
        session.addEventListener('change', () => this.showState());
        session.addEventListener('mark', () => this.showMarks());
        session.addEventListener('line', event => this.addLine(event.detail));
        this.rest = setTimeout(() => this.drawRest(), REST_MS);
        this.showState();
        this.showMarks();
    }

    // Drawing all of it takes longer than a handshake, so that most comes after the first frame.
    drawRest() {
        clearTimeout(this.rest);
        if (this.panel || this.session.over)
            return;
        this.panel = new Panel(this.session.kind);
        this.ladder = new Ladder();
        this.ladder.follow(() => this.session.id);
        this.video.controls = !this.publishes;
        this.left.append(this.makeActions());
        this.right.append(this.panel.setup);
        this.root.append(this.makeLines(), this.panel.root, this.ladder.root);
        this.poll = setInterval(() => this.ask(), POLL_MS);
        this.showState();
        this.showMarks();
        this.ask();
    }

    makePicture() {
        this.video = element('video', { playsinline: '', autoplay: '', 'aria-label': this.publishes
            ? 'what you publish' : `the picture of ${this.session.stream}` });
        this.video.muted = this.publishes;
        this.video.srcObject = this.session.media;
        if (!this.publishes) {
            this.video.requestVideoFrameCallback(() => {
                this.session.mark('frame');
                this.drawRest();
            });
            this.video.play().catch(() => this.playMuted());
            this.resized = new ResizeObserver(() => this.preferSoon());
            this.resized.observe(this.video);
        }
        return element('div', { class: 'picture' }, this.video);
    }

    // Browsers play sound only after somebody has acted on the page.
    playMuted() {
        this.video.muted = true;
        this.video.play().catch(() => {});
    }

    makeActions() {
        const actions = element('div', { class: 'actions' });
        if (!this.publishes)
            actions.append(this.makeHeights());
        this.again = button('Try again', () => this.session.connect());
        this.again.hidden = true;
        actions.append(this.again,
            button('Restart ICE', () => this.session.heal(undefined, true),
                `Restart ICE of ${this.what}`),
            button('Stop', () => this.close(), `Stop ${this.what}`));
        return actions;
    }

    makeHeights() {
        this.heights = element('select', {}, ...HEIGHTS.map(([value, text]) =>
            element('option', { value }, text)));
        this.heights.addEventListener('change', () => this.prefer());
        return element('label', {}, 'Picture ', this.heights);
    }

    preferSoon() {
        clearTimeout(this.preferring);
        this.preferring = setTimeout(() => this.prefer(), RESIZED_MS);
    }

    // Which layer of a simulcast is enough for what is shown.
    prefer() {
        const shown = Math.round(this.video.clientHeight * devicePixelRatio);
        const height = Number(this.heights?.value) || shown;
        if (this.session.url && height > 0)
            postJson(`${this.session.url}/prefer`, { height }).catch(() => {});
    }

    makeLines() {
        if (!this.publishes)
            return this.log;
        const input = element('input', { type: 'text', maxlength: '500', autocomplete: 'off' });
        const form = element('form', { class: 'line' },
            element('label', {}, 'Text line to all watchers ', input),
            element('button', {}, 'Send'));
        form.addEventListener('submit', event => {
            event.preventDefault();
            this.send(input);
        });
        return element('div', {}, form, this.log);
    }

    send(input) {
        if (input.value === '')
            return;
        if (!this.session.canSend) {
            this.announce('The data channel is not open yet. Wait until the session is connected.');
            return;
        }
        this.session.sendLine(input.value);
        this.addLine(`You: ${input.value}`);
        input.value = '';
    }

    addLine(text) {
        this.log.append(element('p', {}, text));
        this.log.tabIndex = 0; // what scrolls must be reached by the keyboard
        while (this.log.childElementCount > MOST_LINES)
            this.log.firstElementChild.remove();
        this.log.scrollTop = this.log.scrollHeight;
    }

    showState() {
        const { state, fault } = this.session;
        if (!this.publishes && state === 'connected' && this.badge.dataset.state !== state)
            this.preferSoon();
        if (state !== this.badge.dataset.state || fault !== this.fault.textContent)
            this.announce(`${this.title}: ${WORDS[state]}. ${fault}`);
        this.badge.textContent = WORDS[state];
        this.badge.dataset.state = state;
        this.fault.textContent = fault;
        this.fault.hidden = !fault;
        if (fault || (this.publishes && state === 'connected'))
            this.drawRest();
        if (this.again)
            this.again.hidden = state !== 'failed';
    }

    showMarks() {
        const { marks } = this.session;
        this.panel?.showMarks(marks);
        if (!this.publishes && Number.isFinite(marks.frame))
            this.result.textContent =
                `First frame ${Math.round(marks.frame - marks.click)} ms after the click.`;
        if (this.publishes && Number.isFinite(marks.keys))
            this.result.textContent =
                `Connected ${Math.round(marks.keys - marks.click)} ms after the click.`;
    }

    async ask() {
        const { url } = this.session;
        if (!url || this.asking || this.session.over)
            return;
        this.asking = true;
        try {
            const stats = await getJson(`${url}/stats`);
            this.stats = stats;
            this.panel.show(stats);
        } catch (error) {
            if (error.status === 404 && url === this.session.url)
                this.session.ended();
        }
        this.asking = false;
    }

    close() {
        clearTimeout(this.rest);
        clearInterval(this.poll);
        clearTimeout(this.preferring);
        this.resized?.disconnect();
        this.ladder?.reading?.abort();
        this.session.stop();
        this.root.remove();
        this.closed();
    }
}
