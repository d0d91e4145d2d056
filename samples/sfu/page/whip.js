// whip.js - the HTTP of WHIP (RFC 9725) and WHEP: POST an offer, PATCH an ICE restart, DELETE a
// session. Knows no RTCPeerConnection and no element of the page.

const RESPONSE_MS = 8000;
const FRAGMENT_TYPE = 'application/trickle-ice-sdpfrag';

// A response that is none of 2xx, with the sentence of its problem+json (RFC 9457).
export class Problem extends Error {
    constructor(status, detail) {
        super(detail || `The server's response has the status ${status}.`);
        this.name = 'Problem';
        this.status = status;
    }
}

async function problemOf(response) {
    const body = await response.json().catch(() => ({}));
    return new Problem(response.status, body.detail ?? body.title);
}

async function request(url, options) {
    const response = await fetch(url, { signal: AbortSignal.timeout(RESPONSE_MS), ...options });
    if (!response.ok)
        throw await problemOf(response);
    return response;
}

const bearer = token => (token ? { Authorization: `Bearer ${token}` } : {});

// kind is 'whip' or 'whep'. The session's URL is what PATCH, DELETE and the statistics need.
export async function postOffer(kind, stream, sdp, token) {
    const response = await request(`/${kind}/${encodeURIComponent(stream)}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/sdp', ...bearer(token) },
        body: sdp,
    });
    const url = new URL(response.headers.get('Location'), response.url);
    return { answer: await response.text(), url: url.pathname, id: url.pathname.split('/').pop() };
}

// A restart is sent with If-Match: * (RFC 9725 section 4.3.3). The same body may be sent again
// when its response was lost: the server's response is the same, too.
export async function patchRestart(url, fragment, token) {
    const response = await request(url, {
        method: 'PATCH',
        headers: { 'Content-Type': FRAGMENT_TYPE, 'If-Match': '*', ...bearer(token) },
        body: fragment,
    });
    return response.text();
}

// keepalive: the request outlives the page that is being closed.
export function deleteSession(url, token) {
    return request(url, { method: 'DELETE', headers: bearer(token), keepalive: true });
}

export async function getJson(url, options) {
    return (await request(url, options)).json();
}

export function postJson(url, value) {
    return request(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(value),
    });
}

const linesOf = sdp => sdp.split(/\r?\n/).filter(line => line !== '');
const textOf = lines => lines.map(line => `${line}\r\n`).join('');
const isCandidate = line => /^a=(candidate:|end-of-candidates)/.test(line);

// What of an offer belongs into the fragment of a restart (RFC 8840 section 9): all sections are
// bundled, so the first one has the credentials and candidates of all.
export function fragmentOf(offer) {
    const lines = linesOf(offer);
    const first = lines.findIndex(line => line.startsWith('m='));
    const next = lines.findIndex((line, at) => at > first && line.startsWith('m='));
    const section = lines.slice(first, next < 0 ? lines.length : next);
    const session = lines.slice(0, first).filter(line => line.startsWith('a=group:BUNDLE'));
    const options = lines.find(line => line.startsWith('a=ice-options:'));
    return textOf([
        ...(options ? [options] : []),
        ...session,
        section[0],
        ...section.filter(line => /^a=(mid|ice-ufrag|ice-pwd):/.test(line)),
        ...section.filter(isCandidate),
    ]);
}

// The first answer with the credentials and candidates of a restart's fragment in it.
export function answerAfterRestart(answer, fragment) {
    const news = linesOf(fragment);
    const line = name => news.find(text => text.startsWith(name));
    const fresh = {
        'a=ice-ufrag:': line('a=ice-ufrag:'),
        'a=ice-pwd:': line('a=ice-pwd:'),
    };
    const candidates = news.filter(isCandidate);
    const sections = [];
    for (const old of linesOf(answer)) {
        const name = Object.keys(fresh).find(key => old.startsWith(key));
        if (old.startsWith('m='))
            sections.push([]);
        if (!isCandidate(old))
            (sections.at(-1) ?? (sections[0] = [])).push((name && fresh[name]) || old);
    }
    const firstMedia = sections.findIndex(section => section.some(text => text.startsWith('m=')));
    sections[firstMedia].push(...candidates);
    return textOf(sections.flat());
}
