import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { compareHtml } from './compare-html.js';
import { indexHtml } from './index-html.js';
import { type Folder, type FolderTexts, type RunEntry, runEntry } from './run-entry.js';
import { matching, newestFirst, NO_FILTER } from './run-filter.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';
import type { VerdictJson } from './verdict-schema.js';

const plan = { seed: 7, settings: { recipe: 'mutex', fencing: 'off', faultKinds: ['pause'] } };
const run = {
  startedAt: '2026-02-01T00:00:00.000Z',
  end: { kind: 'completed' },
  replay: 'npx leasebreaker run --seed 7',
};

function makeVerdict(fencing: 'off' | 'on'): VerdictJson {
  const writer = lateWriter(fencing);
  return toVerdictJson({ record: tablesOf(writer.record), judgement: judgementOf(writer), meta: metaOf(fencing) });
}

const VERDICTS = { off: makeVerdict('off'), on: makeVerdict('on') };
const verdictOf = (fencing: 'off' | 'on'): VerdictJson => VERDICTS[fencing];

const folder = (name: string, texts: Record<string, unknown>): Folder => ({
  name,
  modified: '2025-01-01T00:00:00.000Z',
  hasReport: true,
  texts: Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  ),
});
const judged = (name: string, fencing: 'off' | 'on', over: object = {}): RunEntry =>
  runEntry(folder(name, { plan, run, verdict: { ...verdictOf(fencing), ...over } }));

describe('a folder of results', () => {
  it('is a run with its verdict', () => {
    expect(judged('a', 'off')).toMatchObject({
      state: 'judged',
      date: '2026-01-31T12:00:00.000Z',
      settings: { recipe: 'mutex', fencing: 'off' },
      faults: ['pause'],
      seed: 1,
      verdict: { verdict: 'violated', counts: { 'stale-write': 37 } },
    });
  });

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['nothing', {}, 'strange', /no plan.json/],
    ['half a plan', { plan: '{"seed": 7, "set' }, 'damaged', /plan.json: not JSON, perhaps half-written/],
    ['a plan alone', { plan }, 'unfinished', /not begun/],
    ['no end', { plan, run: { ...run, end: undefined } }, 'unfinished', /going on/],
    ['an end without a verdict', { plan, run }, 'unjudged', /npx leasebreaker report/],
    ['an empty verdict', { plan, run, verdict: '' }, 'damaged', /verdict.json: empty/],
    ['a verdict that is none', { plan, run, verdict: [] }, 'damaged', /verdict.json: /],
    ['a run file of another make', { plan, run: { startedAt: 1 } }, 'damaged', /run.json: startedAt/],
    ['a campaign', { campaign: { date: '2026-01-01T00:00:00Z', name: 'x' } }, 'campaign', /x/],
    ['a matrix', { matrix: { date: '2026-01-01T00:00:00Z' } }, 'matrix', /pair/],
    ['half a campaign', { campaign: '{' }, 'damaged', /campaign.json/],
  ])('with %s is listed as what it is', (_what, texts, state, summary) => {
    const entry = runEntry(folder('a', texts));
    expect(entry.state).toBe(state);
    expect(entry.summary).toMatch(summary);
  });

  it('of an older version is read as far as it goes', () => {
    const { service: _, checkers: __, ...old } = verdictOf('off');
    const entry = runEntry(folder('a', { plan, verdict: { ...old, schemaVersion: 1 } }));
    expect(entry).toMatchObject({
      state: 'judged',
      verdict: { verdict: 'violated', checkers: [] },
    });
  });

  it('is listed whatever its files hold', () => {
    const value = fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify(verdictOf('off'))));
    const texts = fc.record({ plan: value, run: value, verdict: value, campaign: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.string(), texts, (name, given) => {
        const entry = runEntry({
          name,
          modified: '2025-01-01T00:00:00.000Z',
          hasReport: true,
          texts: given as FolderTexts,
        });
        const page = indexHtml({ folder: name, entries: [entry], filter: { ...NO_FILTER, text: name }, page: 0 });
        expect(page).not.toMatch(/<(script|img)/);
        expect(compareHtml([entry, entry])).toContain('Two runs side by side');
      }),
    );
  });
});

describe('the list of runs', () => {
  const entries = [
    judged('old', 'on', { date: '2026-01-01T00:00:00Z' }),
    judged('new', 'off', { date: '2026-03-01T00:00:00Z' }),
    runEntry(folder('broken', { plan: '{' })),
    runEntry(
      folder('going', {
        plan: { ...plan, settings: { recipe: 'naive', faultKinds: ['clock'] } },
        run: { ...run, end: undefined },
      }),
    ),
  ];
  const names = (filter: Partial<typeof NO_FILTER>): string[] =>
    newestFirst(matching(entries, { ...NO_FILTER, ...filter })).map(({ name }) => name);

  it('has the newest first', () => {
    expect(names({})).toEqual(['new', 'going', 'old', 'broken']);
  });

  it.each([
    [{ verdict: 'violated' }, ['new']],
    [{ verdict: 'none' }, ['going', 'broken']],
    [{ recipe: 'mutex' }, ['new', 'old']],
    [{ fault: 'clock' }, ['going']],
    [{ fault: 'pause', verdict: 'clean' }, ['old']],
    [{ text: 'FENCING off' }, ['new']],
    [{ text: 'naive seed' }, ['going']],
    [{ text: 'nowhere' }, []],
  ])('%j', (filter, expected) => {
    expect(names(filter)).toEqual(expected);
  });

  it('shows hostile names as they are, in text, addresses and values', () => {
    const evil = `"><script>alert(1)</script>/../ #?&%\u202e`;
    const text = indexHtml({
      folder: evil,
      entries: [judged(evil, 'off', { summary: evil, settings: { recipe: evil } })],
      filter: { verdict: evil, recipe: evil, fault: evil, text: evil },
      page: -3,
    });
    expect(text).not.toContain('<script');
    expect(text).toContain('0 of 1 folder');
    const all = indexHtml({ folder: 'x', entries: [judged(evil, 'off')], filter: NO_FILTER, page: 9 });
    expect(all).toContain(`href="/runs/${encodeURIComponent(evil).replaceAll("'", '&#39;')}/report.html"`);
  });

  it('comes in pages', () => {
    const one = judged('run', 'on');
    const many = Array.from({ length: 450 }, (_, n) => ({ ...one, name: `run-${String(n).padStart(3, '0')}` }));
    const page = (at: number): string =>
      indexHtml({ folder: 'x', entries: many, filter: { ...NO_FILTER, fault: 'pause' }, page: at });
    expect(page(2).split('name="run"')).toHaveLength(51);
    expect(page(2)).toContain('page 3 of 3');
    expect(page(0)).toContain('fault=pause&amp;text=&amp;page=1');
  });
});

describe('two runs side by side', () => {
  it('show what differs, and what was found', () => {
    const text = compareHtml([judged('a', 'off'), judged('b', 'on', { seed: 2 })]);
    const [, found = '', differ = '', same = ''] =
      /found">(.*)id="differ">(.*)<details>(.*)<\/details>/s.exec(text) ?? [];
    expect(found).toMatch(/≠<\/td><th scope="row">Stale writes<\/th><td>37<\/td><td>0<\/td>/);
    expect(differ).toMatch(/fencing<\/th><td>off<\/td><td>on<\/td>/);
    expect(differ).toMatch(/seed<\/th><td>1<\/td><td>2<\/td>/);
    expect(same).toContain('mutex');
  });
});
