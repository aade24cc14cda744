/** The timeline of a report in a real browser: drawn, zoomed, panned, and read by mouse, wheel, fingers and keys. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIVE_STYLE } from '../harness/report/live-style.js';
import { STYLE } from '../harness/report/style.js';
import { launchChromium } from './support/chromium.js';
import { resultsFolder, ROOT } from './support/command.js';
import { madeUpRun, type Wanted } from './support/timeline-data.js';

const SCREENSHOTS = join(ROOT, '.build', 'screenshots');
const SMALL: Wanted = { lanes: 2, clients: 3, holds: 60, pauseEvery: 12 };

/** What runs in the page: `start` makes a run up and mounts the timeline on it; `data` and `state` are for the tests. */
const PROGRAM = `
import { createState } from './harness/report/page/state.js';
import { mountTimeline } from './harness/report/page/timeline/timeline.js';
import { madeUpRun } from './test/support/timeline-data.js';
globalThis.start = (wanted) => {
  globalThis.data = madeUpRun(wanted);
  globalThis.state = createState(data.endNs);
  mountTimeline(document.getElementById('timeline'), data, state);
};`;

let browser: Browser;
let url: string;
beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  const bundle = await build({
    stdin: { contents: PROGRAM, resolveDir: ROOT, loader: 'ts' },
    ...{ bundle: true, format: 'iife', target: 'es2022', write: false },
  });
  const program = bundle.outputFiles[0]?.text ?? expect.fail('nothing was bundled');
  const file = join(await resultsFolder(), 'timeline.html');
  await writeFile(
    file,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>timeline</title><style>${STYLE}${LIVE_STYLE}</style></head><body><main><h1>Timeline</h1><div id="timeline"></div><div style="height: 900px"></div></main><script>${program}</script></body></html>`,
  );
  url = pathToFileURL(file).href;
  browser = await launchChromium();
});
afterAll(() => browser?.close());

interface Opened {
  page: Page;
  errors: string[];
}

async function open(wanted: Wanted, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => errors.push(message.text()));
  await page.goto(url);
  await page.evaluate(`start(${JSON.stringify(wanted)})`);
  return { page, errors };
}

const CANVAS = '.timeline-canvas';

/** What the canvas says of itself, after the frame that shows the last change. */
async function shown(page: Page): Promise<Record<string, number>> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const data = await page.evaluate<Record<string, string>>(`({ ...document.querySelector('${CANVAS}').dataset })`);
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Number(text)]));
}

const details = (page: Page): Promise<string> => page.locator('.timeline-pane').innerText();

/** How many pixels of the canvas are of each of these colours of the page's style sheet. */
function pixelsOf(page: Page, properties: readonly string[]): Promise<number[]> {
  return page.evaluate<number[]>(`(() => {
    const canvas = document.querySelector('${CANVAS}');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    return ${JSON.stringify(properties)}.map((property) => {
      probe.fillStyle = getComputedStyle(canvas).getPropertyValue(property);
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      let count = 0;
      for (let n = 0; n < data.length; n += 4) if (data[n] === r && data[n + 1] === g && data[n + 2] === b) count += 1;
      return count;
    });
  })()`);
}

describe('the timeline', () => {
  const data = madeUpRun(SMALL);
  const violations = [...data.violations].sort((a, b) => a.from - b.from);

  it('shows the whole run: a row for each client, member and storage, every gap and every stale write', async () => {
    const { page, errors } = await open(SMALL);
    const all = await shown(page);
    expect(all).toMatchObject({ from: 0, to: data.endNs, rows: 6 + 4, stale: violations.length });
    expect(all.gaps).toBe(data.holds.late.reduce((sum, is) => sum + is, 0));
    for (const count of await pixelsOf(page, ['--wrong', '--fault-fill', '--two'])) expect(count).toBeGreaterThan(500);
    expect(await page.locator('.timeline-legend').innerText()).toContain('still believes');
    await page.screenshot({ path: join(SCREENSHOTS, 'timeline-whole.png') });
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('is read by keyboard: violations one after the other, rows, the things of a row, and what each is', async () => {
    const { page, errors } = await open(SMALL);
    await page.focus(CANVAS);
    for (const violation of violations.slice(0, 2)) {
      await page.keyboard.press('n');
      const { from, to } = await shown(page);
      expect(from).toBeLessThan(violation.from);
      expect(to).toBeGreaterThan(violation.to);
      expect(await details(page)).toContain(violation.sentence);
      expect(await page.locator('.timeline-live').innerText()).toContain(violation.sentence);
    }
    await page.screenshot({ path: join(SCREENSHOTS, 'timeline-violation.png') });
    await page.keyboard.press('p');
    expect(await details(page)).toContain(violations[0]?.sentence);

    const before = await shown(page);
    await page.keyboard.press('+');
    const closer = await shown(page);
    expect(closer.to! - closer.from!).toBeCloseTo((before.to! - before.from!) / 1.6, -3);
    await page.keyboard.press('ArrowRight');
    const right = await shown(page);
    expect(right.from).toBeGreaterThan(closer.from!);
    expect(right.to! - right.from!).toBeCloseTo(closer.to! - closer.from!, -1);
    await page.keyboard.press('End');
    expect((await shown(page)).to).toBe(data.endNs);
    await page.keyboard.press('0');
    expect(await shown(page)).toMatchObject({ from: 0, to: data.endNs });

    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.timeline-live').innerText()).toContain('lock 0, client 0, row 1 of 10');
    await page.keyboard.press('Enter');
    expect(await details(page)).toMatch(/Acquire[^]*client 0 \(lock 0\)[^]*Index in history\.jsonl/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    const third = await details(page);
    await page.keyboard.press('Shift+Enter');
    expect(await details(page)).not.toBe(third);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('is zoomed by the wheel about the pointer, panned by dragging, and read by pointing', async () => {
    const { page, errors } = await open(SMALL);
    const { left = 0, from = 0, to = 0 } = await shown(page);
    const box = (await page.locator(CANVAS).boundingBox()) ?? expect.fail('no canvas');
    const x = box.x + left + 300;
    const y = box.y + 100;
    const width = box.width - left - 12;
    const under = (now: Record<string, number>): number =>
      now.from! + ((x - box.x - left) / width) * (now.to! - now.from!);
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -600);
    await expect.poll(async () => (await shown(page)).to).toBeLessThan(to);
    const zoomed = await shown(page);
    expect(Math.abs(under(zoomed) - under({ from, to }))).toBeLessThan(1e6);
    await page.mouse.down();
    await page.mouse.move(x - 100, y, { steps: 4 });
    await page.mouse.up();
    const dragged = await shown(page);
    expect(dragged.from! - zoomed.from!).toBeCloseTo((100 / width) * (zoomed.to! - zoomed.from!), -6);

    const first = violations[0] ?? expect.fail('no violation');
    await page.evaluate(`state.setWindow({ from: ${first.from - 1e9}, to: ${first.to + 1e9} })`);
    const now = await shown(page);
    const strip = box.x + left + ((first.from - now.from!) / (now.to! - now.from!)) * width;
    await page.mouse.click(strip, box.y + 34);
    expect(await details(page)).toContain(first.sentence);
    // One turn of the wheel zooms to four times as much at most.
    for (let n = 0; n < 3; n++) await page.mouse.wheel(0, 5000);
    await expect.poll(() => shown(page)).toMatchObject({ from: 0, to: data.endNs });
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('shows the rows of one lock, and follows what is selected to another', async () => {
    const { page, errors } = await open(SMALL);
    const [one, other] = [0, 1].map((lane) => violations.find((violation) => violation.lane === lane));
    await page.locator('.timeline-toolbar select').selectOption({ label: 'lock 0' });
    expect((await shown(page)).rows).toBe(3 + 4);
    await page.evaluate(`state.select({ list: 'violations', row: ${data.violations.indexOf(other!)} })`);
    expect(await shown(page)).toMatchObject({ rows: 3 + 4 });
    expect(await page.locator('.timeline-toolbar select').inputValue()).toBe('1');
    expect(await details(page)).toContain(other?.sentence);
    await page.getByRole('button', { name: 'Let go' }).click();
    expect(await details(page)).not.toContain(one?.sentence);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('is sound to axe, in forced colours too', async () => {
    const { page } = await open(SMALL, { forcedColors: 'active' });
    await page.focus(CANVAS);
    await page.keyboard.press('n');
    await page.screenshot({ path: join(SCREENSHOTS, 'timeline-forced-colours.png') });
    await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('axe-core')) });
    const found = await page.evaluate<string[]>(
      `axe.run('#timeline').then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ' ' + nodes[0].html))`,
    );
    expect(found).toEqual([]);
    await page.context().close();
  });

  it('goes from the whole run to microseconds, each thing where it is', async () => {
    const { page } = await open(SMALL);
    const at = violations[0]?.to ?? 0;
    for (const width of [1e9, 1e6, 2000]) {
      await page.evaluate(`state.setWindow({ from: ${at - width / 2}, to: ${at + width / 2} })`);
      expect(await shown(page)).toMatchObject({ stale: 1 });
    }
    await page.screenshot({ path: join(SCREENSHOTS, 'timeline-microseconds.png') });
    await page.context().close();
  });

  it('is pinched and panned by fingers on a narrow screen, in the dark', async () => {
    const { page, errors } = await open(SMALL, {
      ...{
        viewport: { width: 390, height: 844 },
        hasTouch: true,
        isMobile: true,
        deviceScaleFactor: 2,
        colorScheme: 'dark',
      },
    });
    const whole = await shown(page);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const box = (await page.locator(CANVAS).boundingBox()) ?? expect.fail('no canvas');
    const client = await page.context().newCDPSession(page);
    const touch = (type: string, xs: number[]): Promise<unknown> =>
      client.send('Input.dispatchTouchEvent', {
        type: type as 'touchStart',
        touchPoints: xs.map((x, id) => ({ x: box.x + x, y: box.y + 100, id })),
      });
    await touch('touchStart', [180, 240]);
    await touch('touchMove', [150, 300]);
    await touch('touchEnd', []);
    const pinched = await shown(page);
    expect(pinched.to! - pinched.from!).toBeLessThan((whole.to! - whole.from!) * 0.6);
    await touch('touchStart', [300]);
    await touch('touchMove', [280]);
    await touch('touchMove', [200]);
    await touch('touchEnd', []);
    expect((await shown(page)).from).toBeGreaterThan(pinched.from!);
    await page.screenshot({ path: join(SCREENSHOTS, 'timeline-narrow-dark.png') });
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('shows names and values literally, were they all markup', async () => {
    const evil = '</script><img src=x onerror="document.title=1">\u202e';
    const { page, errors } = await open({ ...SMALL, evil });
    await page.focus(CANVAS);
    await page.keyboard.press('n');
    expect(await details(page)).toContain('</script><img src=x onerror="document.title=1">\\u{202e}');
    expect(await page.locator('#timeline img').count()).toBe(0);
    expect(await page.title()).toBe('timeline');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('draws a million operations, all counted, in frames that are short at every zoom', async () => {
    const million: Wanted = { lanes: 8, clients: 4, holds: 31_250, pauseEvery: 400 };
    const { page, errors } = await open(million);
    const whole = await shown(page);
    const stale = await page.evaluate<number>(`data.operations.decision.reduce((n, is) => n + (is === 3), 0)`);
    const fromEye = await page.evaluate<number>(`data.violations.length`);
    expect(stale).toBe(fromEye);
    expect(whole.stale).toBeGreaterThan(stale / 3);
    // The time that the page's own program takes for a frame; painting what it asked for comes on top.
    const times = await page.evaluate<number[]>(`(async () => {
      const times = [];
      const real = requestAnimationFrame;
      window.requestAnimationFrame = (run) => real((now) => { const t = performance.now(); run(now); times.push(performance.now() - t); });
      for (let n = 0; n < 12; n++) {
        const width = data.endNs / 3 ** n;
        state.setWindow({ from: data.endNs * 0.4, to: data.endNs * 0.4 + width * 0.99 });
        await new Promise((done) => real(() => real(done)));
      }
      return times;
    })()`);
    process.stdout.write(
      `frames of 1,000,000 operations, zooming in, ms: ${times.map((ms) => ms.toFixed(1)).join(' ')}\n`,
    );
    expect(times).toHaveLength(12);
    expect(times.sort((a, b) => a - b)[6]).toBeLessThan(500);
    await page.screenshot({ path: join(SCREENSHOTS, 'timeline-million.png') });
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
