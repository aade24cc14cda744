import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULTS, makePlan } from '../plan/make-plan.js';
import { type Finding, type Ledger, type LedgerRun, LEDGER_VERSION, parseLedger, updateLedger } from './ledger.js';
import { readLedger, rewriteLedger } from './ledger-file.js';

const THEN = { date: '2026-01-02T03:04:05.000Z', version: '0.1.0' };
const NOW = { date: '2026-02-03T04:05:06.000Z', version: '0.2.0' };

const known: Finding = {
  id: 'late-write',
  what: 'a late write after a pause',
  plan: 'late-write.plan.json',
  kinds: ['stale-write', 'late-write'],
  runs: 3,
  found: { ...THEN, command: 'npx leasebreaker run --seed 1' },
  lastTried: null,
  lastReproduced: THEN,
};
const ledger: Ledger = { schemaVersion: LEDGER_VERSION, findings: [known] };

const settings = {
  recipe: 'mutex',
  storage: 'http',
  fencing: 'monotonic+register',
  faultKinds: ['pause'],
} as unknown as LedgerRun['settings'];

function ran(changes: Partial<LedgerRun> & { found?: Record<string, number> } = {}): LedgerRun {
  const { found = {}, ...more } = changes;
  return {
    cell: 'fencing=on',
    n: 0,
    attempt: 1,
    seed: 7,
    command: 'npx leasebreaker run --seed 7',
    colour: 'green',
    verdict: 'clean',
    settings,
    expectation: { data: 'clean', met: true, unmet: [] },
    ...more,
    counts: found as LedgerRun['counts'],
  };
}

const own = (found: Record<string, number>): LedgerRun => ran({ cell: 'regression=late-write', found });

describe('updateLedger', () => {
  it('counts the tries of a finding, and says when it last reproduced', () => {
    const runs = [own({ 'stale-write': 2 }), own({ 'lost-update': 3 }), own({ 'stale-write': 0, 'late-write': 1 })];
    const [finding] = updateLedger(ledger, runs, NOW).ledger.findings;
    expect(finding).toEqual({ ...known, lastTried: { ...NOW, runs: 3, hits: 2 }, lastReproduced: NOW });
  });

  it('counts no try that could not be judged', () => {
    const unknown = { ...own({}), colour: 'yellow' as const, verdict: 'unknown' as const };
    const failed = { ...unknown, colour: 'environment' as const };
    const shown = { ...unknown, counts: own({ 'late-write': 1 }).counts };
    const [finding] = updateLedger(ledger, [own({}), unknown, failed, shown], NOW).ledger.findings;
    expect(finding?.lastTried).toEqual({ ...NOW, runs: 2, hits: 1 });
    expect(updateLedger(ledger, [unknown, failed], NOW).ledger).toEqual(ledger);
  });

  it('tells findings apart whose names are too long', () => {
    const long = { ...settings, recipe: 'lock-service', storage: 'http-durable' } as LedgerRun['settings'];
    const runs = ['partition', 'pause'].map((kind, n) =>
      ran({ n, colour: 'red', found: { 'overlapping-sections': 1 }, settings: { ...long, faultKinds: [kind] } }),
    );
    const { added, ledger: next } = updateLedger(ledger, runs, NOW);
    expect(added.map(({ run }) => run)).toEqual(runs);
    expect(parseLedger(next)).toEqual({ kind: 'ledger', ledger: next });
    expect(updateLedger(next, runs, NOW).added).toEqual([]);
  });

  it('takes of a run only the kinds that were not expected of it', () => {
    const expectation = { data: 'violated' as const, service: 'clean' as const, met: false, unmet: [] };
    const found = { 'stale-write': 3, 'premature-expiry': 1 };
    const run = ran({ colour: 'red', verdict: 'violated', expectation, found });
    const [added] = updateLedger(ledger, [run], NOW).added;
    expect(added?.finding).toMatchObject({
      id: 'premature-expiry.mutex.http.monotonic-register.pause',
      kinds: ['premature-expiry'],
    });
  });

  it('keeps the last time where it did not reproduce', () => {
    const [finding] = updateLedger(ledger, [own({ 'lost-update': 3 })], NOW).ledger.findings;
    expect(finding).toEqual({ ...known, lastTried: { ...NOW, runs: 1, hits: 0 } });
  });

  it('leaves alone what was not tried', () => {
    expect(updateLedger(ledger, [ran({ found: { 'stale-write': 1 } })], NOW)).toEqual({ ledger, added: [] });
  });

  it('adds what was found against the expectation, once for the same harm in the same setting', () => {
    const run = ran({ colour: 'red', verdict: 'violated', found: { 'stale-write': 1, 'lost-update': 0 } });
    const { added, ledger: next } = updateLedger(ledger, [run, { ...run, n: 1, seed: 8 }], NOW);
    expect(added).toEqual([
      {
        run,
        finding: {
          id: 'stale-write.mutex.http.monotonic-register.pause',
          what: 'stale-write with mutex on http, fencing monotonic+register, where none was expected; seed 7',
          plan: 'stale-write.mutex.http.monotonic-register.pause.plan.json',
          kinds: ['stale-write'],
          runs: 3,
          found: { ...NOW, command: 'npx leasebreaker run --seed 7' },
          lastTried: null,
          lastReproduced: NOW,
        },
      },
    ]);
    expect(next.findings).toEqual([known, added[0]?.finding]);
    expect(parseLedger(next)).toEqual({ kind: 'ledger', ledger: next });
    const later = { date: '2026-03-01T00:00:00.000Z', version: '0.3.0' };
    const again = updateLedger(next, [{ ...run, seed: 9 }], later);
    expect(again.added).toEqual([]);
    expect(again.ledger.findings[1]?.lastReproduced).toEqual(later);
  });

  it('takes what is expected, what is not known, and the findings themselves for nothing new', () => {
    const violated = { verdict: 'violated', found: { 'stale-write': 1 } } as const;
    const runs = [
      ran({ ...violated, colour: 'green' }),
      ran({ ...violated, colour: 'yellow' }),
      ran({ ...violated, colour: 'red', cell: 'regression=late-write' }),
      ran({ colour: 'red', found: { 'stale-write': 0 } }),
    ];
    expect(updateLedger(ledger, runs, NOW).added).toEqual([]);
  });

  it('adds ten at most', () => {
    const runs = Array.from({ length: 12 }, (_, n) =>
      ran({ colour: 'red', found: { 'stale-write': 1 }, settings: { ...settings, recipe: `recipe-${n}` } }),
    );
    expect(updateLedger(ledger, runs, NOW).added).toHaveLength(10);
  });
});

describe('the ledger on disk', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leasebreaker-ledger-'));
    path = join(folder, 'ledger.json');
    await writeFile(path, JSON.stringify(ledger));
    await writeFile(join(folder, known.plan), JSON.stringify(planOfSeed(1)));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read with its plans', async () => {
    expect(await readLedger(path)).toEqual({
      kind: 'ledger',
      ledger,
      findings: [{ finding: known, plan: planOfSeed(1) }],
    });
  });

  it('gets what was found, with its plan', async () => {
    const planFile = join(folder, 'plan-of-the-run.json');
    await writeFile(planFile, JSON.stringify(planOfSeed(7)));
    const run = ran({ colour: 'red', verdict: 'violated', found: { 'stale-write': 1 } });
    const written = await rewriteLedger({ path, runs: [run], now: NOW, planOf: () => planFile });
    expect(written).toMatchObject({ kind: 'written', added: [{ lastReproduced: NOW }] });
    const read = await readLedger(path);
    expect(read).toMatchObject({ kind: 'ledger', findings: [{ finding: known }, { plan: planOfSeed(7) }] });
  });

  it.each([
    ['no JSON', '{', /ledger\.json: .*JSON/],
    ['another shape', '{"schemaVersion":1}', /findings/],
    ['an id given twice', JSON.stringify({ ...ledger, findings: [known, known] }), /an id is given twice/],
    [
      'a plan that is missing',
      JSON.stringify({ ...ledger, findings: [{ ...known, plan: 'no.json' }] }),
      /no\.json of the ledger: ENOENT/,
    ],
  ])('is refused for %s, and left as it is', async (_, text, message) => {
    await writeFile(path, text);
    const read = await readLedger(path);
    expect(read).toMatchObject({ kind: 'invalid', message: expect.stringMatching(message) as string });
    const written = await rewriteLedger({ path, runs: [], now: NOW, planOf: () => '' });
    expect(written.kind).toBe('invalid');
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});

function planOfSeed(seed: number) {
  const made = makePlan({ ...DEFAULTS, seed, lanes: 1, clients: 2, faults: [], expect: {} });
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}
