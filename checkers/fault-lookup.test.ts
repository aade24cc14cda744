import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachOf } from '../harness/history/fault-reach.js';
import type { FaultRecord } from '../harness/history/operation.js';
import { beginOf, type Fault, pair } from '../harness/history/pairing.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { faultOn, type FaultQuery, lookUpFaults } from './fault-lookup.js';
import { fault, history, record } from './testing/builders.js';

const SLOTS = 4;

interface Drawn {
  processes: FaultRecord['processes'];
  /** When its injection was written down; it had begun `took` before. */
  at: number;
  took?: number;
  lasts: number | undefined;
}

/** Faults over one another in every way, some of them never healed, and some begun before others that were written down earlier. */
const faults = fc
  .array(
    fc.record({
      processes: fc.oneof(fc.array(fc.nat(3 * SLOTS), { maxLength: 3 }), fc.constant('all' as const)),
      at: fc.nat(60),
      took: fc.nat(30),
      lasts: fc.oneof(fc.nat(40), fc.constant(undefined)),
    }),
    { maxLength: 25 },
  )
  .map(faultsOf);

function faultsOf(drawn: readonly Drawn[]): Fault[] {
  const halves = drawn.flatMap(({ processes, at, took = 0, lasts }, n) => {
    const over = { id: `f${n}`, processes, begun: at - took };
    const inject = { ...fault('inject', 0, true, over), time: at };
    return lasts === undefined ? [inject] : [inject, { ...fault('heal', 0, true, over), time: at + lasts }];
  });
  const inOrder = halves.map((half, n) => ({ half, n })).sort((a, b) => a.half.time - b.half.time || a.n - b.n);
  return pair(tablesOf(record(history(inOrder.map(({ half }) => half))))).faults;
}

/** The plainest search. */
function latest(
  all: readonly Fault[],
  reach: 'named' | 'all',
  { process, slots = SLOTS, injectedBy, since }: FaultQuery & { process: number; slots?: number },
) {
  return all
    .toSorted((a, b) => beginOf(a) - beginOf(b))
    .findLast(
      (fault) =>
        reachOf(fault.inject.value, process, slots) === reach &&
        beginOf(fault) <= injectedBy &&
        (fault.heal?.time ?? Number.POSITIVE_INFINITY) >= since,
    );
}

describe('lookUpFaults', () => {
  it('finds what the plainest search finds', () => {
    let found = 0;
    fc.assert(
      fc.property(faults, fc.nat(3 * SLOTS), fc.nat(110), fc.nat(110), (all, process, injectedBy, since) => {
        const lookup = lookUpFaults(all, SLOTS);
        const query = { injectedBy, since };
        const [named, general] = [
          latest(all, 'named', { process, ...query }),
          latest(all, 'all', { process, ...query }),
        ];
        expect(lookup.named(process, query)).toBe(named);
        expect(lookup.general(query)).toBe(general);
        expect(faultOn(lookup, process, query)).toBe(named ?? general);
        if (named !== undefined) found++;
      }),
      { numRuns: 1000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it('takes every process for itself where the run had no clients that could go on under other numbers', () => {
    fc.assert(
      fc.property(faults, fc.nat(3 * SLOTS), fc.nat(110), fc.nat(110), (all, process, injectedBy, since) => {
        const query = { injectedBy, since };
        expect(lookUpFaults(all, 0).named(process, query)).toBe(latest(all, 'named', { process, slots: 0, ...query }));
      }),
      { numRuns: 300 },
    );
  });

  it('takes no longer where thousands of faults went by', () => {
    const count = 20_000;
    const drawn = Array.from({ length: count }, (_, n) => ({ processes: [n % SLOTS], at: 10 * n, lasts: 15 }));
    const lookup = lookUpFaults(faultsOf(drawn), SLOTS);
    let found = 0;
    // With a search through all of them this would be 4e9 steps, and no test's patience.
    for (let n = 0; n < 200_000; n++) {
      const time = (n * 7919) % (10 * count);
      if (lookup.named(n % SLOTS, { injectedBy: time, since: time }) !== undefined) found++;
    }
    expect(found).toBeGreaterThan(10_000);
  });
});
