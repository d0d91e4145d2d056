// session.js - one session: its RTCPeerConnection, when each step of the setup was done, and how
// it heals. Knows WHIP and WHEP, and no element of the page.
import { NO_UDP, sentenceOf } from './faults.js';
import * as whip from './whip.js';

const CONNECT_MS = 8000;            // then UDP seems to be blocked
const RESTART_TRIES = 3;            // with one fragment; then it is rolled back
const RETRY_MS = [500, 1000, 2000, 4000];
const STREAM_MS = 3000;             // the Retry-After of a stream that is not there
const LAYERS = [
    { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150e3 },
    { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500e3 },
    { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 1500e3 },
];

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const isGone = error => error.name === 'Problem' && (error.status === 404 || error.status === 410);
const isAbsent = error => error.name === 'Problem' && error.status === 409;

// Events: `change` (state or fault), `mark` (a step of the setup is done), `line` (a text).
export class Session extends EventTarget {
    constructor({ kind, stream, token, source, simulcast }) {
        super();
        Object.assign(this, { kind, stream, token, source, simulcast });
        this.state = 'new';
        this.fault = '';
        this.marks = {};
        this.restarts = 0;
        this.media = source?.stream ?? new MediaStream();
        this.over = false;
        this.posted = new Promise(resolve => { this.hasPosted = resolve; });
    }

    change(state, fault = '') {
        this.state = state;
        this.fault = fault;
        this.dispatchEvent(new Event('change'));
    }

    // The first time counts: a restart repeats some of the steps.
    mark(step) {
        this.marks[step] ??= performance.now();
        this.dispatchEvent(new Event('mark'));
    }

    // clicked: performance.now() of the click, which may lie before the camera was opened.
    async start(clicked) {
        this.marks = { click: clicked };
        this.mark('media');
        await this.connect();
    }

    // A new session from the beginning.
    async connect() {
        this.closePeer();
        this.change('connecting');
        const pc = this.openPeer();
        try {
            await pc.setLocalDescription();
            this.mark('offer');
            const { sdp } = pc.localDescription;
            const response = whip.postOffer(this.kind, this.stream, sdp, this.token);
            this.hasPosted();
            Object.assign(this, await response);
            this.mark('answer');
            await pc.setRemoteDescription({ type: 'answer', sdp: this.answer });
            this.watchdog = setTimeout(() => this.connectFailed(pc), CONNECT_MS);
        } catch (error) {
            this.hasPosted();
            await this.refused(error, pc);
        }
    }

    openPeer() {
        const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
        this.pc = pc;
        pc.onconnectionstatechange = () => this.connectionChanged(pc);
        pc.oniceconnectionstatechange = () => {
            if (/connected|completed/.test(pc.iceConnectionState))
                this.mark('check');
        };
        pc.ondatachannel = event => this.useChannel(event.channel);
        if (this.kind === 'whip')
            this.addTracks(pc);
        else
            this.addReceivers(pc);
        this.useChannel(pc.createDataChannel('lines'));
        return pc;
    }

    addTracks(pc) {
        for (const track of this.media.getTracks()) {
            const layered = track.kind === 'video' && this.simulcast;
            pc.addTransceiver(track, {
                direction: 'sendonly',
                streams: [this.media],
                ...(layered ? { sendEncodings: LAYERS } : {}),
            });
        }
    }

    addReceivers(pc) {
        this.media.getTracks().forEach(track => this.media.removeTrack(track));
        for (const kind of ['audio', 'video']) {
            const { track } = pc.addTransceiver(kind, { direction: 'recvonly' }).receiver;
            track.onunmute = () => this.mark('packet');
            this.media.addTrack(track);
        }
    }

    useChannel(channel) {
        if (channel.readyState === 'closed')
            return;
        this.channel = channel;
        channel.onmessage = event =>
            this.dispatchEvent(new CustomEvent('line', { detail: String(event.data) }));
    }

    get canSend() {
        return this.channel?.readyState === 'open';
    }

    sendLine(text) {
        this.channel.send(text);
    }

    connectionChanged(pc) {
        if (pc !== this.pc || this.over)
            return;
        if (pc.connectionState === 'connected') {
            clearTimeout(this.watchdog);
            this.mark('check');
            this.mark('keys');
            this.change('connected');
        } else if (/disconnected|failed|closed/.test(pc.connectionState)) {
            this.heal(pc);
        }
    }

    connectFailed(pc) {
        if (pc === this.pc && !this.over && pc.connectionState !== 'connected')
            this.change('connecting', NO_UDP);
    }

    // The offer got no answer. A watcher waits for its stream, and a session that once was
    // connected for its server.
    async refused(error, pc) {
        if (pc !== this.pc || this.over)
            return;
        const absent = this.kind === 'whep' && isAbsent(error);
        const unreachable = error.name !== 'Problem' && this.url;
        if (!absent && !unreachable) {
            this.closePeer();
            this.change('failed', sentenceOf(error));
            return;
        }
        this.change('waiting', absent
            ? `There is no stream “${this.stream}” now. The page asks again until there is.`
            : sentenceOf(error));
        await pause(STREAM_MS);
        if (pc === this.pc && !this.over)
            await this.connect();
    }

    // An ICE restart by PATCH, as often as it takes. If the server no longer knows the session,
    // a new one is made. wished: somebody asks for a restart, though all is well.
    async heal(pc = this.pc, wished = false) {
        if (this.healing === pc || !this.url)
            return;
        this.healing = pc;
        this.change('reconnecting');
        for (let turn = 0; this.heals(pc) || wished; turn++) {
            try {
                await this.restart(pc);
                wished = false;
                await this.connectedWithin(pc, CONNECT_MS);
            } catch (error) {
                if (pc !== this.pc || this.over)
                    return;
                if (isGone(error)) {
                    this.healing = null;
                    await this.connect();
                    return;
                }
                this.change('reconnecting', sentenceOf(error));
            }
            await pause(RETRY_MS[Math.min(turn, RETRY_MS.length - 1)]);
        }
        this.healing = null;
        if (pc === this.pc && !this.over)
            this.change('connected');
    }

    heals(pc) {
        return pc === this.pc && !this.over && pc.connectionState !== 'connected';
    }

    async restart(pc) {
        this.restarts++;
        pc.restartIce();
        await pc.setLocalDescription();
        try {
            const fragment = await this.patch(whip.fragmentOf(pc.localDescription.sdp));
            const sdp = whip.answerAfterRestart(this.answer, fragment);
            await pc.setRemoteDescription({ type: 'answer', sdp });
        } catch (error) {
            if (pc.signalingState === 'have-local-offer')
                await pc.setLocalDescription({ type: 'rollback' });
            throw error;
        }
    }

    // A response that is lost leaves the server with credentials that this end does not know.
    // The same fragment once more gets the same response.
    async patch(fragment) {
        for (let tries = 1; ; tries++) {
            try {
                return await whip.patchRestart(this.url, fragment, this.token);
            } catch (error) {
                if (error.name === 'Problem' || tries === RESTART_TRIES || this.over)
                    throw error;
                await pause(RETRY_MS[tries - 1]);
            }
        }
    }

    connectedWithin(pc, ms) {
        return new Promise(resolve => {
            const done = () => {
                if (pc.connectionState === 'connected' || this.over)
                    resolve();
            };
            pc.addEventListener('connectionstatechange', done);
            setTimeout(resolve, ms);
            done();
        });
    }

    // The server has ended the session: it was restarted, say, or the publisher left.
    async ended() {
        if (this.over || this.state !== 'connected')
            return;
        await this.connect();
    }

    closePeer() {
        clearTimeout(this.watchdog);
        this.healing = null;
        this.pc?.close();
        this.pc = null;
    }

    stop() {
        if (this.over)
            return;
        this.over = true;
        this.closePeer();
        if (this.kind === 'whip')
            this.source.end();
        if (this.url)
            whip.deleteSession(this.url, this.token).catch(() => {});
        this.change('stopped');
    }
}
