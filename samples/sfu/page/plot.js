// plot.js - small pictures of numbers: a line over the last minute, and a timeline of steps.
// Knows numbers and texts only.

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 120, HEIGHT = 32, SAMPLES = 60;

// element('p', { class: 'note' }, 'text', child...)
export function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
        made.setAttribute(key, value);
    made.append(...children);
    return made;
}

function shape(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes))
        made.setAttribute(key, value);
    return made;
}

const UNITS = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

// 1234567 -> '1.23 M': three digits are enough to see a change.
export function short(number, unit = '') {
    const [scale, prefix] = UNITS.find(([least]) => Math.abs(number) >= least) ?? [1, ''];
    const scaled = number / scale;
    const digits = scale === 1 && Number.isInteger(number) ? 0 : Math.max(0, 3 -
        String(Math.trunc(Math.abs(scaled))).length);
    return `${scaled.toFixed(digits)} ${prefix}${unit}`.trim();
}

// From the bottom, with space for the width of the line.
const heightOf = (sample, most) => HEIGHT - 1.5 - (most > 0 ? sample / most : 0) * (HEIGHT - 3);

// A line over the last samples, with its title and latest value beside it.
export class Plot {
    constructor(title, unit) {
        this.title = title;
        this.unit = unit;
        this.samples = [];
        this.value = element('span', { class: 'value' }, '–');
        this.area = shape('path', { class: 'area' });
        this.line = shape('path', { class: 'line' });
        this.picture = shape('svg', {
            viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img',
        });
        this.picture.append(this.area, this.line);
        this.root = element('div', { class: 'plot' },
            element('div', { class: 'plot-title' }, element('span', {}, title), this.value),
            this.picture);
        this.draw();
    }

    add(sample) {
        this.samples.push(sample);
        if (this.samples.length > SAMPLES)
            this.samples.shift();
        this.draw();
    }

    draw() {
        const last = this.samples.at(-1), most = Math.max(...this.samples, 0);
        const text = last === undefined ? 'nothing yet' : short(last, this.unit);
        this.value.textContent = last === undefined ? '–' : text;
        this.picture.setAttribute('aria-label',
            `${this.title}: ${text}, at most ${short(most, this.unit)} in the last minute`);
        if (last === undefined)
            return;
        const step = WIDTH / (SAMPLES - 1);
        const begin = WIDTH - (this.samples.length - 1) * step;
        const points = this.samples.map((sample, at) =>
            `${(begin + at * step).toFixed(1)},${heightOf(sample, most).toFixed(1)}`);
        this.line.setAttribute('d', `M${points.join('L')}`);
        this.area.setAttribute('d', `M${begin.toFixed(1)},${HEIGHT}L${points.join('L')}` +
            `L${WIDTH},${HEIGHT}Z`);
    }
}

const milliseconds = number => `${number.toFixed(number < 10 ? 1 : 0)} ms`;

// Steps one below the other, each as a bar from the end of the one before: [{ name, at }], `at`
// in milliseconds from the beginning. A step without a time has not come yet.
export class Timeline {
    constructor(title) {
        this.title = element('h4', {}, title);
        this.list = element('ol', { class: 'timeline' });
        this.root = element('div', {}, this.title, this.list);
    }

    show(steps) {
        const whole = Math.max(1, ...steps.map(step => step.at).filter(Number.isFinite));
        let before = 0;
        this.list.replaceChildren(...steps.map(({ name, at }) => {
            const bar = element('span', { class: 'bar' });
            const known = Number.isFinite(at);
            if (known) {
                bar.style.marginInlineStart = `${before / whole * 100}%`;
                bar.style.width = `${Math.max((at - before) / whole * 100, 0.8)}%`;
                before = Math.max(before, at);
            }
            return element('li', {},
                element('span', { class: 'step' }, name),
                element('span', { class: 'track', 'aria-hidden': 'true' }, bar),
                element('span', { class: 'value' }, known ? milliseconds(at) : 'not yet'));
        }));
    }
}
