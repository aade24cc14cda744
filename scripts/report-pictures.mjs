// The pictures of docs/reading-a-report.md, made by the tool itself: `node scripts/report-pictures.mjs RUN` renders the report of
// the run in the folder RUN again, opens it in Chromium and takes them to docs/images/. The run should have a stale write.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images');
const WIDTH = 1360;
const HEIGHT = 900;
const MARGIN = 10;
const PATIENCE_MS = 120_000;
const run = process.argv[2];
if (run === undefined) {
  console.error('usage: node scripts/report-pictures.mjs RUN');
  process.exit(64);
}

const rendered = spawnSync(process.execPath, [join(root, 'bin/leasebreaker.mjs'), 'report', resolve(run)], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (rendered.status !== 0) process.exit(rendered.status ?? 70);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: 'light' });
await page.goto(pathToFileURL(join(resolve(run), 'report.html')).href);
await page.waitForSelector('html.ready');

/** The part of the page from one element to the end of another, as it is now. */
async function take(name, from, to = from) {
  await page.evaluate(() => document.activeElement?.blur());
  const span = ([first, last, margin]) => {
    const [top, bottom] = [document.querySelector(first), document.querySelector(last)];
    scrollTo({ top: scrollY + top.getBoundingClientRect().top - margin, behavior: 'instant' });
    return [top.getBoundingClientRect().top - margin, bottom.getBoundingClientRect().bottom + margin];
  };
  const [, tall] = await page.evaluate(span, [from, to, MARGIN]);
  if (tall > HEIGHT) await page.setViewportSize({ width: WIDTH, height: Math.ceil(tall) });
  const [y, end] = await page.evaluate(span, [from, to, MARGIN]);
  await page.waitForTimeout(500);
  const clip = { x: 0, y: Math.max(0, y), width: WIDTH, height: end - Math.max(0, y) };
  await page.screenshot({ path: join(images, `${name}.png`), clip, timeout: PATIENCE_MS });
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
  console.log(`docs/images/${name}.png`);
}

await take('report', 'body > header', 'section[aria-labelledby=first]');
await take('report-timeline', '#timeline-title', '#timeline');
await take('report-curves', '#curves-title', '#curves');

// The violation that the page begins with: the timeline goes there, and the curves with it.
const first = page.locator('section[aria-labelledby=first] .picture');
await first.getByRole('button', { name: 'Look at it in the timeline' }).click();
await take('report-timeline-violation', '#timeline-title', '#timeline');
await first.getByRole('button', { name: 'Find it in the list' }).click();
await take('report-list', '#violations-title', '.violation-groups li[aria-current] + li + li');
await browser.close();
