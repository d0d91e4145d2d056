// faults.mjs - what fails is said in a sentence, with what to do.
import { connected, network, openBrowser, publishUrl, startServer, until, watchUrl }
    from './harness.mjs';

const textOf = page => page.evaluate(() => [...document.querySelectorAll('.fault')]
    .filter(element => !element.hidden).map(element => element.textContent).join(' '));

// The sentence is in the page, and it is what a screen reader reads.
async function reads(page, ...parts) {
    let text = '';
    await until(parts.join(' … '), 15000, async () => {
        text = await textOf(page);
        return parts.every(part => text.includes(part));
    }).catch(error => { throw new Error(`${error.message}; the page has “${text}”`); });
    const said = await page.evaluate(() => document.querySelector('[aria-live]').textContent +
        [...document.querySelectorAll('[role=alert]')].map(item => item.textContent).join(' '));
    if (!said.includes(parts[0]))
        throw new Error(`a screen reader gets “${said}”`);
    return text;
}

// POSTs of this page get the problem.
const refusing = (status, detail) => async page => {
    await page.setRequestInterception(true);
    page.on('request', request => (request.method() === 'POST' ? request.respond({
        status, contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: 'refused', status, detail }),
    }) : request.continue()));
};

const refused = (status, todo, urlOf = publishUrl) => ({
    sentence: `a ${status} is shown with its detail and what to do`,
    async test({ sfu, chromium }) {
        const detail = `This is why it is a ${status}.`;
        const page = await chromium.page(urlOf(sfu, 'x'), { hold: refusing(status, detail) });
        await reads(page, detail, todo);
    },
});

const absent = {
    sentence: 'a watcher whose stream nobody publishes is told that the page asks again',
    async test({ sfu, chromium }) {
        await reads(await chromium.page(watchUrl(sfu, 'x')), 'asks again');
    },
};

const noCamera = name => ({
    sentence: `${name} without a camera says what to do`,
    async test({ sfu }) {
        const browser = await openBrowser(name, { fake: false });
        try {
            const url = publishUrl(sfu, 'none', '&source=camera');
            await reads(await browser.page(url), 'publish the generated picture');
        } finally {
            await browser.end();
        }
    },
});

const insecure = {
    sentence: 'a page that is not secure offers the generated picture alone',
    needs: 'network',
    async test({ sfu, chromium }) {
        const url = `http://${process.env.SFU_NETWORK}:${sfu.port}/`;
        const page = await chromium.page(url);
        await reads(page, 'loaded without HTTPS');
        await page.evaluate(() => document.querySelector('[name=publish]').click());
        await connected(page);
    },
};

const udpBlocked = {
    sentence: 'blocked UDP is named, and what to do',
    needs: 'network',
    async test({ chromium }) {
        const sfu = await startServer('--no-tcp');
        network.block();
        try {
            await reads(await chromium.page(publishUrl(sfu, 'blocked')), 'UDP seems to be blocked');
        } finally {
            await sfu.end();
        }
    },
};

const noServer = {
    sentence: 'a server that has ended is named',
    async test({ chromium }) {
        const sfu = await startServer();
        const page = await chromium.page(sfu.url);
        await sfu.end();
        await until('the sentence', 10000,
            async () => (await textOf(page)).includes('does not respond'));
    },
};

export const tests = [
    refused(401, 'token'), absent, refused(422, 'codec', watchUrl),
    refused(409, 'another name'), refused(429, 'Wait'), refused(503, 'Close a session'),
    noCamera('chromium'), insecure, udpBlocked, noServer,
];
