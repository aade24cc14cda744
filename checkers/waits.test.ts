import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import { evidenceOf } from './evidence.js';
import { done, type Draft, event, fail, history, info, invoke, ok, record, TICK } from './testing/builders.js';
import { findWaits } from './waits.js';

type Drafts = readonly (Draft | readonly Draft[])[];

const at = (ms: number, draft: Draft): Draft => ({ ...draft, time: ms * TICK });

/** Of each lane its acquires, by the indexes of their invocations, until when they waited (ms), and by how many they were overtaken. */
function waitsOf(...drafts: Drafts) {
  const evidence = evidenceOf(tablesOf(record(history(...drafts))));
  return findWaits(evidence).map(({ lane, acquire, to, overtaken, lastGrant }) => ({
    lane,
    acquires: [...acquire].map((operation) => evidence.operations.invocation[operation]),
    to: [...to].map((time) => time / TICK),
    overtaken: [...overtaken],
    lastGrant: evidence.operations.invocation[lastGrant],
  }));
}

describe('waits', () => {
  it('are told lane by lane, in the order of the answers, those without one last', () => {
    const inLane1 = [invoke(2, 'acquire'), ok(2, 'acquire')].map((draft) => ({ ...draft, lane: 1 }));
    expect(
      waitsOf(invoke(0, 'acquire'), invoke(1, 'acquire'), inLane1, invoke(3, 'acquire'), ok(1, 'acquire', {})),
    ).toEqual([
      { lane: 0, acquires: [1, 0, 4], to: [6, 6, 6], overtaken: [0, 1, 0], lastGrant: 1 },
      { lane: 1, acquires: [2], to: [4], overtaken: [0], lastGrant: 2 },
    ]);
    expect(waitsOf(invoke(0, 'acquire'), invoke(1, 'acquire'), ok(1, 'acquire'), ok(0, 'acquire'))).toMatchObject([
      { acquires: [1, 0], overtaken: [0, 1], lastGrant: 0 },
    ]);
    expect(waitsOf(done(0, 'open'))).toEqual([]);
  });

  it.each([
    ['acquire', 40],
    ['read', 40],
    ['write', 40],
    ['release', 40],
    ['open', 1],
    ['close', 1],
    ['keep-alive', 1],
  ] as const)('last to the end of the traffic where nobody answers: what counts of %s', (f, to) => {
    const last = [at(30, invoke(1, f)), at(40, fail(1, f, 'unavailable'))];
    expect(waitsOf(invoke(0, 'acquire'), last)).toMatchObject([{ acquires: [0], to: [to] }]);
  });

  it.each([
    ['that was granted', [at(9, ok(0, 'acquire'))], [9]],
    ['that timed out', [at(9, info(0, 'acquire', 'timeout'))], [9]],
    ['whose program was ended', [at(9, info(0, 'acquire', 'client-exited'))], [9]],
    ['whose session ended', [at(9, info(0, 'acquire', 'session-expired'))], []],
    ['that was refused in time', [at(9, fail(0, 'acquire', 'timeout'))], []],
    ['whose client lost an earlier lock', [event(0, 'lost')], [1]],
    ['of whose program the harness had to say something', [event(0, 'harness-error', 'client-exited')], []],
    [
      'that was answered when the program had ended',
      [info(0, 'acquire', 'client-exited'), event(0, 'harness-error', 'client-exited')],
      [],
    ],
  ] as const)('are those of an acquire %s, or not', (_what, entries, to) => {
    expect(waitsOf(invoke(0, 'acquire'), entries)).toMatchObject([{ to }]);
  });
});
