// looks.mjs - pictures of the page for people, and axe for those who do not see it.
import { axeSource, connected, pause, publishUrl, report, savePicture, shown, until, watchUrl }
    from './harness.mjs';

const SCHEMES = ['light', 'dark'];
const SIZES = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const SETTLE_MS = 6000;
const PICTURE = '&source=generated&size=640x360';

async function axe(page) {
    await page.evaluate(axeSource());
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    if (violations.length > 0)
        throw new Error(violations.map(({ id, help, nodes }) =>
            `${id}: ${help}: ${nodes.map(node => node.html).join(' ').slice(0, 400)}`).join('\n'));
}

// Nothing is wider than the page.
async function fits(page) {
    const [wide, view] = await page.evaluate(() =>
        [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide > view)
        throw new Error(`the page is ${wide} wide where ${view} are seen`);
}

async function look(page, name) {
    await page.evaluate(() => document.querySelectorAll('article details summary')
        .forEach(summary => summary.click()));
    await pause(1000);
    await savePicture(page, `${name}.png`);
    await fits(page);
    await axe(page);
    if (page.errors.length > 0)
        throw new Error(page.errors.join('; '));
}

function pictures(scheme, size) {
    return {
        sentence: `the page is good to look at, ${scheme} and ${size}, and axe finds nothing`,
        async test({ sfu, chromium }) {
            const view = { ...SIZES[size], scheme };
            await look(await chromium.page(sfu.url, view), `idle-${scheme}-${size}`);
            const publisher = await chromium.page(publishUrl(sfu, 'studio', PICTURE), view);
            await connected(publisher);
            const watcher = await chromium.page(watchUrl(sfu, 'studio'), view);
            await shown(watcher);
            await pause(SETTLE_MS);
            await look(watcher, `watch-${scheme}-${size}`);
            await publisher.bringToFront();
            await look(publisher, `publish-${scheme}-${size}`);
        },
    };
}

const keyboard = {
    sentence: 'the keyboard alone publishes, watches and stops',
    async test({ sfu, chromium }) {
        const page = await chromium.page(sfu.url);
        const press = async (key, most, ask) => {
            for (let times = 0; times < most; times++) {
                await page.keyboard.press(key);
                if (await page.evaluate(ask))
                    return;
            }
            throw new Error(`${key} never came to ${ask}`);
        };
        await press('Tab', 8, () => document.activeElement.name === 'source');
        await press('ArrowDown', 3, () => document.activeElement.value === 'generated');
        await press('Tab', 4, () => document.activeElement.name === 'publish');
        await page.keyboard.press('Enter');
        await connected(page);
        await page.waitForSelector('[aria-label="Watch studio"]');
        await press('Tab', 4, () => document.activeElement.ariaLabel === 'Watch studio');
        await page.keyboard.press('Enter');
        await until('a frame', 15000, async () =>
            (await report(page)).some(({ kind, frames }) => kind === 'whep' && frames > 0));
        for (const left of [1, 0]) {
            await page.waitForSelector('.actions');
            await press('Tab', 30, () => document.activeElement.textContent === 'Stop');
            await page.keyboard.press('Enter');
            const { length } = await report(page);
            if (length !== left)
                throw new Error(`${length} sessions are left, not ${left}`);
        }
    },
};

export const tests = [
    ...SCHEMES.flatMap(scheme => Object.keys(SIZES).map(size => pictures(scheme, size))),
    keyboard,
];
