/** The report in a real browser, opened from disk as a user opens it. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../checkers/judge.js';
import { CHECKERS } from '../checkers/registry.js';
import { simulate } from '../checkers/testing/model.js';
import { campaignHtml } from '../harness/report/campaign-html.js';
import { campaignOfRuns, runFigures, toCampaignJson } from '../harness/report/campaign.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { reportHtml } from '../harness/report/html.js';
import { pageModel, type PageModel } from '../harness/report/model.js';
import { everyKind, judgementOfEveryKind } from '../harness/report/testing/every-kind.js';
import { campaignOf } from '../harness/report/testing/campaigns.js';
import {
  type FaultSketch,
  judgementOf,
  lateWriter,
  metaOf,
  PLAIN,
  type Strings,
  withFaults,
} from '../harness/report/testing/records.js';
import { launchChromium } from './support/chromium.js';
import { resultsFolder } from './support/command.js';
import { ROOT } from './support/command.js';
import { type Opened, openFile } from './support/opened.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = join(ROOT, '.build', 'screenshots');

function modelOf(fencing: 'off' | 'on', strings: Strings = PLAIN, doubts: string[] = []): PageModel {
  const writer = lateWriter(fencing, strings);
  const judgement = judgementOf(writer);
  judgement.results[0]?.doubts.push(...doubts);
  return pageModel({ record: tablesOf(writer.record), judgement, meta: metaOf(fencing) });
}

let browser: Browser;
let folder: string;
beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  folder = await resultsFolder();
  browser = await launchChromium();
});
afterAll(() => browser?.close());

type Box = { x: number; y: number; width: number; height: number };

async function open(html: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const file = join(folder, 'report.html');
  await writeFile(file, html);
  return openFile(browser, file, options);
}

/** Pairs of texts of a picture whose boxes overlap on the screen; each as `one | other`. */
const COLLISIONS = `[...document.querySelectorAll('svg.sequence')].flatMap((svg) => {
  const texts = [...svg.querySelectorAll('text')].map((node) => ({ says: node.textContent, box: node.getBBox() }));
  const isApart = (a, b) => a.x + a.width <= b.x + 0.5 || b.x + b.width <= a.x + 0.5 || a.y + a.height <= b.y + 3 || b.y + b.height <= a.y + 3;
  const outside = texts.filter(({ box }) => box.x < 0 || box.x + box.width > svg.viewBox.baseVal.width).map(({ says }) => says + ' | edge');
  return [...outside, ...texts.flatMap((a, n) => texts.slice(n + 1).filter((b) => !isApart(a.box, b.box)).map((b) => a.says + ' | ' + b.says))];
})`;

describe('the report of a run', () => {
  it('opens from disk with the picture of a stale write on the first screen, asking for nothing else', async () => {
    const { page, console, requests } = await open(reportHtml(modelOf('off')));
    expect(await page.locator('h1').innerText()).toBe(
      'With fencing off the storage accepted 37 writes by clients that no longer held the lock, and 12 updates were lost.',
    );
    const picture = page.locator('svg.sequence').first();
    const box = (await picture.boundingBox()) ?? expect.fail('the picture has no box');
    expect(box.y + box.height).toBeLessThanOrEqual(900);
    // Client 1: the grant, the read there and back, the write there and back. Client 2: asking, the grant, the read
    // and the write there and back, the release.
    expect(await picture.locator('.arrow').count()).toBe(1 + 2 + 2 + 1 + 1 + 2 + 2 + 1);
    expect(await picture.locator('.arrow.request.wrong').count()).toBe(1);
    expect(await picture.locator('.mark.stale').count()).toBe(1);
    expect(await picture.getByText('STALE WRITE ACCEPTED').isVisible()).toBe(true);
    expect(await picture.getByText('write 7, token 33').isVisible()).toBe(true);
    await page.screenshot({ path: join(SCREENSHOTS, 'report-light.png'), fullPage: true });
    expect({ console, requests }).toEqual({ console: [], requests: [] });
    await page.context().close();
  });

  it('tells it three ways beside each other where there is room', async () => {
    const { page } = await open(reportHtml(modelOf('off')));
    const boxes = async () =>
      Promise.all(
        ['.drawing', '.told', '.raw'].map(
          async (part) => (await page.locator(`#v1 ${part}`).boundingBox()) ?? expect.fail(`no ${part}`),
        ),
      );
    const isLeftOf = (a: Box | undefined, b: Box | undefined): boolean =>
      a !== undefined && b !== undefined && a.x + a.width <= b.x && Math.abs(a.y - b.y) < 40;
    const [, told, raw] = await boxes();
    expect(isLeftOf(told, raw)).toBe(true);
    await page.setViewportSize({ width: 1920, height: 1080 });
    const [drawing, beside, last] = await boxes();
    expect([isLeftOf(drawing, beside), isLeftOf(beside, last)]).toEqual([true, true]);
    await page.screenshot({ path: join(SCREENSHOTS, 'report-wide.png') });
    await page.setViewportSize({ width: 390, height: 844 });
    const [top, middle, bottom] = await boxes();
    expect((top?.y ?? 0) < (middle?.y ?? 0) && (middle?.y ?? 0) < (bottom?.y ?? 0)).toBe(true);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    await page.screenshot({ path: join(SCREENSHOTS, 'report-narrow.png'), fullPage: true });
    await page.context().close();
  });

  it('shows the refused attempt where fencing is on, in the dark', async () => {
    const { page, console } = await open(reportHtml(modelOf('on')), { colorScheme: 'dark' });
    const picture = page.locator('svg.sequence').first();
    expect(await picture.locator('.mark.refused').count()).toBe(1);
    expect(await picture.locator('.mark.stale').count()).toBe(0);
    expect(await picture.getByText('REFUSED').isVisible()).toBe(true);
    const brightness = `getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)`;
    expect(await page.evaluate<number>(brightness)).toBeLessThan(200);
    await page.screenshot({ path: join(SCREENSHOTS, 'report-dark.png'), fullPage: true });
    expect(console).toEqual([]);
    await page.context().close();
  });

  it('says first what is in doubt', async () => {
    const { page } = await open(reportHtml(modelOf('off', PLAIN, ['2 of 83 faults have no receipt'])));
    expect(await page.getByText('2 of 83 faults have no receipt').isVisible()).toBe(true);
    await page.context().close();
  });

  it('can be read without colours, on paper, and by keyboard', async () => {
    const { page } = await open(reportHtml(modelOf('off')));
    await page.emulateMedia({ media: 'print' });
    const overflow = `[...document.querySelectorAll('svg.sequence')].filter((svg) => svg.getClientRects().length > 0 && svg.getBoundingClientRect().width > document.body.clientWidth).length`;
    expect(await page.evaluate<number>(overflow)).toBe(0);
    await page.pdf({ path: join(SCREENSHOTS, 'report.pdf') });
    await page.emulateMedia({ media: 'screen' });
    const raw = page.locator('#v1 details');
    const proof = raw.getByText('"f":"write"');
    expect(await proof.isVisible()).toBe(true);
    await raw.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await proof.isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    expect(await proof.isVisible()).toBe(true);
    await page.context().close();
  });

  it('shows what the system under test says literally, were it all markup', async () => {
    const evil = '</script></style></svg><img src=x onerror="document.title=1"><b>"\'&amp;\u2028\u202e';
    const strings: Strings = {
      key: `key${evil}`,
      node: `node${evil}`,
      value: (n) => `${evil}${n}`,
      reason: `reason${evil}`,
      loss: `loss${evil}`,
      state: `state${evil}`,
    };
    for (const fencing of ['off', 'on'] as const) {
      const model = modelOf(fencing, strings, [`doubt${evil}`]);
      model.verdict.name = `name${evil}`;
      model.verdict.versions[`version${evil}`] = evil;
      const { page, console, requests } = await open(reportHtml(model));
      expect(await page.locator('img, script, b:not(ol.steps b)').count()).toBe(0);
      expect(await page.title()).toContain('<img src=x');
      const literal = '</script></style></svg><img src=x onerror="document.title=1"><b>"\'&amp;\\u{2028}\\u{202e}';
      for (const says of [`(loss${literal})`, `doubt${literal}`, `version${literal}`]) {
        expect(await page.getByText(says).count()).toBeGreaterThan(0);
      }
      expect(await page.evaluate<string[]>(COLLISIONS)).toEqual([]);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1440);
      expect({ console, requests }).toEqual({ console: [], requests: [] });
      await page.screenshot({ path: join(SCREENSHOTS, `report-hostile-${fencing}.png`), fullPage: true });
      await page.context().close();
    }
  });

  it('draws faults on the lanes that they hit, whatever their names and options are, and names what did not recover', async () => {
    const evil = '</script></style></svg><img src=x onerror="document.title=1"><b>"\'&amp;\u2028\u202e';
    const literal = '</script></style></svg><img src=x onerror="document.title=1"><b>"\'&amp;\\u{2028}\\u{202e}';
    const hits = (
      kind: string,
      targets: string[],
      options: Record<string, string | number>,
      at: number,
    ): FaultSketch => ({
      ...{ kind, targets, nodes: targets, options, at, until: at + 3000, trigger: `when${evil}` },
      processes: targets[0]?.startsWith('client') ? [5] : 'all',
    });
    const writer = withFaults(lateWriter('off'), [
      hits('clock', ['client 5'], { drift: 0.25 }, 500),
      hits('partition', ['etcd1'], { shape: 'isolate-leader', way: 'requests-pass' }, 1020),
      hits('disk', ['storage'], { mode: 'slow', ms: 1000 }, 1030),
      hits(`gone${evil}`, ['client 5'], { [`why${evil}`]: evil }, 2000),
      hits('etcd', [`etcd1${evil}`], { operation: evil }, 3410),
    ]);
    const judgement = judgementOf(writer);
    const recovery = { entry: 1, withinMs: 40_000, lanesNotLocked: [3], cluster: [`member${evil}`] };
    judgement.results.push({
      ...{ checker: 'recovery', outcome: 'violated', counts: { 'not-recovered': 1 }, doubts: [], figures: {} },
      violations: [{ kind: 'not-recovered', lane: -1, recovery, decisions: [], from: 0, to: 1, numbers: {} }],
    });
    const model = pageModel({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    const { page, console, requests } = await open(reportHtml(model));
    const picture = page.locator('svg.sequence').first();
    for (const [lane, bars] of Object.entries({ first: 2, etcd: 2, storage: 1, second: 0 }))
      expect(await picture.locator(`rect.bar.fault.${lane}`).count()).toBe(bars);
    expect(await page.locator('img, script, b:not(ol.steps b)').count()).toBe(0);
    expect(await page.getByText(`member${literal}`).count()).toBeGreaterThan(0);
    expect(await page.locator('.faults tbody tr').count()).toBe(5);
    expect(await page.evaluate<string[]>(COLLISIONS)).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1440);
    expect({ console, requests }).toEqual({ console: [], requests: [] });
    await page.screenshot({ path: join(SCREENSHOTS, 'report-faults.png'), fullPage: true });
    await page.context().close();
  });

  it('draws and tells every kind of violation, whatever the names and values are', async () => {
    const evil = '</script></style></svg><img src=x onerror="document.title=1"><b>"\'&amp;\u2028\u202e';
    for (const [name, key] of [
      ['plain', 'counter-0'],
      ['hostile', evil],
    ] as const) {
      const made = everyKind(key === evil ? `node${evil}` : 'clients1', key);
      const judgement = judgementOfEveryKind(made);
      const model = pageModel({ record: tablesOf(made.record), judgement, meta: metaOf('off') });
      const { page, console, requests } = await open(reportHtml(model).replaceAll('<details>', '<details open>'));
      const kinds = new Set(made.violations.map(({ kind }) => kind));
      for (const kind of kinds) expect(await page.locator(`h2#${kind}`).isVisible()).toBe(true);
      expect(await page.locator('svg.sequence').count()).toBe(kinds.size - 2);
      expect(await page.locator('.proof table').count()).toBeGreaterThan(5);
      expect(await page.locator('img, script, b:not(ol.steps b)').count()).toBe(0);
      expect(await page.evaluate<string[]>(COLLISIONS)).toEqual([]);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1440);
      expect({ console, requests }).toEqual({ console: [], requests: [] });
      await page.screenshot({ path: join(SCREENSHOTS, `report-every-kind-${name}.png`), fullPage: true });
      await page.context().close();
    }
  });

  it('has pictures without labels that run into each other', async () => {
    const [choices] = fc.sample(fc.array(fc.nat(2 ** 30), { minLength: 900, maxLength: 900 }), { seed: 7, numRuns: 1 });
    for (const fencing of ['off', 'on'] as const) {
      const options = {
        lock: 'expiring',
        fencing,
        onLoss: 'ignore',
        lanes: 2,
        clients: 3,
        choices: choices ?? [],
      } as const;
      const record = simulate(options);
      // The model counts time in steps; here one is up to 80 ms, so that pauses last for seconds.
      for (const entry of [...record.history, ...record.ownership]) entry.time *= 40e6;
      const html = reportHtml(
        pageModel({ record: tablesOf(record), judgement: judge(tablesOf(record), CHECKERS), meta: metaOf(fencing) }),
      );
      const { page } = await open(html.replaceAll('<details>', '<details open>'));
      expect(await page.locator('svg.sequence').count()).toBeGreaterThan(5);
      expect(await page.evaluate<string[]>(COLLISIONS)).toEqual([]);
      await page.context().close();
    }
  });
});

describe('the report of a campaign', () => {
  it('sets the runs side by side, with what went wrong and what fencing prevented', async () => {
    const models = [modelOf('off'), modelOf('on')];
    const { name, date, command, versions, environment } = metaOf('off');
    const runs = models.map(({ verdict }) => runFigures({ verdict, path: `../${verdict.name}` }));
    const meta = { name, date, command, versions, environment, met: true, unmet: [], exitCode: 0 };
    const campaign = toCampaignJson(campaignOfRuns(meta, runs));
    const { page, console, requests } = await open(campaignHtml(campaign, models));
    expect(await page.locator('table tr').nth(7).locator('td').allInnerTexts()).toEqual(['37', '0']);
    expect(await page.locator('svg.sequence').count()).toBe(2);
    expect(await page.locator('.mark.stale').count()).toBeGreaterThan(0);
    expect(await page.locator('svg.sequence .mark.refused').count()).toBe(1);
    const link = page.locator('thead a').first();
    expect(await link.getAttribute('href')).toBe('./../mutex-http-fencing-off/report.html');
    await page.screenshot({ path: join(SCREENSHOTS, 'campaign.png'), fullPage: true });
    expect({ console, requests }).toEqual({ console: [], requests: [] });
    await page.context().close();
  });

  it('of many runs says what is wrong first, can be filtered without a program, and is sound to axe', async () => {
    const campaign = campaignOf(modelOf('off').verdict, { recipes: 10, runs: 4 });
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, console, requests } = await open(campaignHtml(campaign, []), { colorScheme });
      const section = page.locator('main section').first();
      expect(await section.locator('h2').innerText()).toBe('What is not as expected');
      await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
      const rows = page.locator('tr.row').filter({ visible: true });
      // 20 cells, and 4 runs of each.
      expect(await rows.count()).toBe(100);
      await page.getByRole('combobox', { name: /^recipe/ }).selectOption('recipe-3');
      expect(await rows.count()).toBe(10);
      await page.getByRole('combobox', { name: /^colour/ }).selectOption('red');
      expect(await rows.count()).toBe(5);
      await page.getByRole('combobox', { name: /^recipe/ }).selectOption('all');
      expect(await rows.count()).toBe(20);
      await page.getByRole('combobox', { name: /^colour/ }).selectOption('all');
      await page.screenshot({ path: join(SCREENSHOTS, `campaign-many-${colorScheme}.png`) });
      await page.evaluate(AXE);
      expect(
        await page.evaluate<string[]>(
          `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html.slice(0, 200)))`,
        ),
      ).toEqual([]);
      expect({ console, requests }).toEqual({ console: [], requests: [] });
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('fieldset').isVisible()).toBe(false);
      await page.context().close();
    }
  });
});
