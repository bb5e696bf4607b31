// Loads pages in headless Chromium and looks at them as a reader would: run by check-pages.
import chromium from '@sparticuz/chromium';
import puppeteer from 'puppeteer-core';
import { resolve } from 'node:path';

const browser = await puppeteer.launch({
    args: chromium.args,
    executablePath: await chromium.executablePath(),
    headless: 'shell',
});
console.log(await browser.version());
let n_wrong = 0;
const wrong = (what) => {
    n_wrong += 1;
    console.error(`WRONG ${what}`);
};

// What is wrong with a page that was laid out.
function look() {
    const found = [];
    const pictures = [...document.querySelectorAll('svg')].filter((s) => !s.parentElement?.closest('svg'));
    if (!pictures.length) found.push('no picture');
    for (const [k, svg] of pictures.entries()) {
        const marks = svg.querySelectorAll('path, line, rect, circle').length;
        const box = svg.getBoundingClientRect();
        if (marks < 3 || box.width < 100 || box.height < 40) found.push(`picture ${k} has ${marks} marks on ${box.width} x ${box.height}`);
        const texts = [...svg.querySelectorAll('text')].map((t) => ({ words: t.textContent, box: t.getBoundingClientRect() }));
        for (const [i, a] of texts.entries()) {
            const out = Math.max(box.left - a.box.left, a.box.right - box.right, box.top - a.box.top, a.box.bottom - box.bottom);
            if (out > 2) found.push(`picture ${k}: '${a.words}' leaves it by ${out.toFixed(1)} px`);
            for (const b of texts.slice(i + 1)) {
                const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
                const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
                // Boxes have room above and below the letters.
                if (wide > 1 && high > 0.3 * Math.min(a.box.height, b.box.height)) {
                    found.push(`picture ${k}: '${a.words}' and '${b.words}' overlap by ${wide.toFixed(1)} x ${high.toFixed(1)}`);
                }
            }
        }
    }
    const root = document.documentElement;
    if (root.tagName === 'HTML' && root.scrollWidth > root.clientWidth + 1) {
        found.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`);
    }
    return { found, n: pictures.length, texts: document.querySelectorAll('text').length };
}

for (const file of process.argv.slice(2)) {
    for (const width of [400, 1600]) {
        for (const mode of ['light', 'dark']) {
            const page = await browser.newPage();
            const name = `${file} at ${width} px, ${mode}`;
            page.on('console', (m) => m.type() === 'error' && wrong(`${name}: console: ${m.text()}`));
            page.on('pageerror', (e) => wrong(`${name}: ${e}`));
            page.on('requestfailed', (r) => wrong(`${name}: ${r.url()} failed`));
            page.on('request', (r) => /^(file|data):/.test(r.url()) || wrong(`${name}: asks for ${r.url()}`));
            await page.setViewport({ width, height: 900 });
            await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: mode }]);
            await page.goto(`file://${resolve(file)}`);
            // A picture alone is not scaled to the window.
            if (!(file.endsWith('.svg') && width < 1000)) {
                const { found, n, texts } = await page.evaluate(look);
                found.forEach((what) => wrong(`${name}: ${what}`));
                console.log(`${name}: ${n} pictures with ${texts} texts`);
            }
            const shot = `shots/${file.replace(/\W/g, '_')}_${width}_${mode}.png`;
            await page.screenshot({ path: shot, fullPage: true });
            await page.close();
        }
    }
}
await browser.close();
process.exit(n_wrong ? 1 : 0);
