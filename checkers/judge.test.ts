import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../harness/history/run-record.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { judge } from './judge.js';
import { CHECKERS } from './registry.js';
import { increment, history, logOf, record } from './testing/builders.js';
import { simulate } from './testing/model.js';
import { PROPERTY_RUNS } from './testing/runs.js';
import type { Checker, Outcome } from './verdict.js';

const checker = (decides: Checker['decides'], outcome: Outcome | Error): Checker => ({
  name: `${decides} ${String(outcome)}`,
  description: '',
  decides,
  check() {
    if (outcome instanceof Error) throw outcome;
    return { checker: 'c', outcome, violations: [], counts: {}, doubts: [], figures: {} };
  },
});

describe('judge', () => {
  it.each<[assumptions: Outcome, data: Outcome, exclusion: Outcome, verdicts: [Outcome, Outcome]]>([
    ['clean', 'clean', 'clean', ['clean', 'clean']],
    ['clean', 'clean', 'violated', ['clean', 'violated']],
    ['clean', 'violated', 'clean', ['violated', 'clean']],
    ['clean', 'unknown', 'clean', ['unknown', 'clean']],
    ['unknown', 'clean', 'clean', ['unknown', 'unknown']],
    ['unknown', 'violated', 'clean', ['violated', 'unknown']],
  ])('assumptions %s, data %s, exclusion %s', (assumptions, data, exclusion, [wholeData, wholeExclusion]) => {
    const all = [
      checker('assumptions', assumptions),
      checker('data', data),
      checker('data', 'clean'),
      checker('exclusion', exclusion),
    ];
    expect(judge(tablesOf(record([])), all)).toMatchObject({ assumptions, data: wholeData, exclusion: wholeExclusion });
  });

  it('keeps the recovery apart from all else: no doubt about the traffic touches it', () => {
    const all = [checker('assumptions', 'unknown'), checker('recovery', 'clean'), checker('data', 'clean')];
    expect(judge(tablesOf(record([])), all)).toMatchObject({ recovery: 'clean', data: 'unknown' });
    const scarred = [checker('assumptions', 'clean'), checker('recovery', 'violated'), checker('data', 'clean')];
    expect(judge(tablesOf(record([])), scarred)).toMatchObject({ recovery: 'violated', data: 'clean' });
  });

  it('says of the service and of liveness what their own checkers say, whatever the assumptions are', () => {
    const of = (service: Outcome, liveness: Outcome) => {
      const all = [checker('assumptions', 'unknown'), checker('service', service), checker('liveness', liveness)];
      const judgement = judge(tablesOf(record([])), all);
      return [judgement.service, judgement.liveness];
    };
    expect([of('clean', 'violated'), of('violated', 'clean'), of('unknown', 'clean')]).toEqual([
      ['clean', 'violated'],
      ['violated', 'clean'],
      ['unknown', 'clean'],
    ]);
  });

  it('says what a checker threw, be it an error or not', () => {
    const thrown = (what: unknown) => {
      const check = () => {
        throw what;
      };
      return judge(tablesOf(record([])), [{ ...checker('data', 'clean'), check }]).results;
    };
    expect(thrown('enough')).toEqual([
      {
        checker: 'data clean',
        outcome: 'unknown',
        violations: [],
        counts: {},
        doubts: ['the checker failed: enough'],
        figures: {},
      },
    ]);
    expect(thrown(undefined)[0]?.doubts).toEqual(['the checker failed: undefined']);
  });

  it('says unknown for a checker that throws and for a part that nobody judges', () => {
    const all = [checker('assumptions', 'clean'), checker('data', new Error('boom'))];
    const { data, exclusion, results } = judge(tablesOf(record([])), all);
    expect([data, exclusion]).toEqual(['unknown', 'unknown']);
    expect(results[1]).toMatchObject({
      checker: 'data Error: boom',
      outcome: 'unknown',
      doubts: ['the checker failed: boom'],
    });
  });

  it('lets no checker that reads the history call anything clean where it is damaged', () => {
    const backwards = history(increment(0, '5', null)).map((entry) => ({ ...entry, time: -entry.time }));
    // The watch is judged by what the members of the cluster told alone.
    for (const { name, check } of CHECKERS.filter(({ name }) => name !== 'watch')) {
      const { outcome, doubts } = check(tablesOf(record(backwards)));
      expect({ name, outcome, doubts }).toMatchObject({
        outcome: 'unknown',
        doubts: expect.arrayContaining(['time runs backwards at entry 1 of the history']),
      });
    }
  });

  it('never lets a checker throw, whatever the record holds', () => {
    const anything = fc.array(fc.oneof(fc.anything(), oddEntry, oddDecision), { maxLength: 30 });
    const odd = fc
      .record({ history: anything, decisions: anything, ownership: anything })
      .map((logs) => ({ ...record([]), ...logs }) as unknown as RunRecord);
    // Next to pure noise: true records in which a few entries were replaced, so that the checkers get far before they stumble.
    const spoilt = fc
      .tuple(
        fc.array(fc.nat(2 ** 30), { minLength: 50, maxLength: 120 }),
        fc.array(fc.tuple(fc.nat(), oddEntry, oddDecision), { maxLength: 4 }),
      )
      .map(([choices, changes]) => {
        const run = simulate({ lock: 'none', fencing: 'off', onLoss: 'ignore', lanes: 1, clients: 3, choices });
        for (const [at, entry, decision] of changes) {
          const index = at % (run.history.length + 1);
          run.history[index] = { ...run.history[index], ...(entry as object), index } as never;
          run.decisions[at % (run.decisions.length + 1)] = decision as never;
        }
        return run;
      });
    let records = 0;
    fc.assert(
      fc.property(fc.oneof(odd, spoilt), (run) => {
        records++;
        for (const result of judge(tablesOf(run), CHECKERS).results) {
          expect(result.doubts.filter((doubt) => doubt.startsWith('the checker failed'))).toEqual([]);
          // An accusation comes with its witness.
          if (result.outcome === 'violated') expect(result.violations.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: PROPERTY_RUNS },
    );
    console.log(`arbitrary records: ${records}`);
  });

  it('does not change the record', () => {
    const entries = history(increment(1, '5', null), increment(2, '6', 1));
    const run = record(entries, { decisions: logOf(entries) });
    const before = JSON.stringify(run);
    judge(tablesOf(run), CHECKERS);
    expect(JSON.stringify(run)).toBe(before);
  });
});

const small = fc.integer({ min: -1, max: 6 });
const oddEntry = fc.record(
  {
    index: small,
    time: fc.oneof(small, fc.constant(Number.NaN)),
    process: fc.oneof(small, fc.constant('nemesis')),
    lane: fc.constantFrom(0, 1),
    type: fc.constantFrom('invoke', 'ok', 'fail', 'info', 'odd'),
    f: fc.constantFrom(
      'acquire',
      'read',
      'write',
      'release',
      'open',
      'close',
      'stall',
      'lost',
      'inject',
      'heal',
      'recovery',
      'odd',
      '__proto__',
    ),
    key: fc.constantFrom('counter-0', '', null),
    value: fc.oneof(
      fc.jsonValue(),
      fc.record({
        id: fc.constantFrom('a', 'b'),
        kind: fc.constant('pause'),
        processes: fc.oneof(fc.array(small, { maxLength: 2 }), fc.constantFrom('all', 'some')),
        receipt: fc.constantFrom({ proven: true }, { proven: true }, null),
      }),
      fc.record({
        withinMs: small,
        tookMs: fc.oneof(small, fc.constantFrom(undefined, 'long')),
        lanesNotLocked: fc.array(small, { maxLength: 2 }),
        cluster: fc.array(fc.constantFrom('etcd2 is down', 7), { maxLength: 2 }),
      }),
    ),
    token: fc.constantFrom('5', '6', '-1', '007', '', 5),
    error: fc.constantFrom('fenced', 'lock-lost', 'odd', 7),
  },
  { requiredKeys: ['process', 'f'] },
);
const oddDecision = fc.record(
  {
    seq: small,
    op: fc.integer({ min: -1, max: 30 }),
    process: small,
    f: fc.constantFrom('read', 'write', 'odd'),
    key: fc.constantFrom('counter-0', '__proto__', 3),
    token: fc.constantFrom('5', '6', 'x'),
    value: fc.jsonValue(),
    verdict: fc.constantFrom('accepted', 'refused', 'odd'),
    highest: fc.constant('0'),
  },
  { requiredKeys: ['seq'] },
);
