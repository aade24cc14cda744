import { describe, expect, it } from 'vitest';
import { certainStates, type PlannedRun } from './reachable-states.js';

const settings = { recipe: 'mutex', workload: 'counter', onLoss: 'ignore', lanes: 8, clients: 4, ttlMs: 2000 };
type Fault = PlannedRun['faults'][number];
const pause: Fault = { kind: 'pause', target: 'holder', trigger: 'before-write', durationMs: 4000, options: {} };
const run = (n: number, over: Partial<Fault> = {}, others: Partial<PlannedRun['settings']> = {}): PlannedRun => ({
  settings: { ...settings, ...others },
  faults: Array.from({ length: n }, () => ({ ...pause, ...over })),
});

const HOLDER = ['lease-expired-holder-alive', 'two-holders', 'late-write-after-first'];

describe('certainStates', () => {
  it('are those that stopped holders come to, all runs together', () => {
    expect(certainStates([run(5), run(5)])).toEqual(HOLDER);
    expect(certainStates([run(9)])).toEqual([]);
    expect(certainStates([])).toEqual([]);
  });

  it.each([
    ['pauses that are shorter than a lease', run(50, { durationMs: 2100 })],
    ['faults that stop nobody', run(50, { kind: 'delay' })],
    ['a recipe without leases', run(50, {}, { leaseless: true })],
    ['a lane of one client', run(50, {}, { clients: 1 })],
    ['pauses of followers', run(50, { target: 'follower' })],
  ])('are none of %s', (_what, only) => {
    expect(certainStates([only])).toEqual([]);
  });

  it.each([
    ['clients that stop at the loss', run(50, {}, { onLoss: 'stop' })],
    ['sections without a write', run(50, {}, { workload: 'critical-section' })],
    ['stops at any time of the section', run(50, { trigger: 'time' })],
  ])('hold no late writes of %s', (_what, only) => {
    expect(certainStates([only])).toEqual(HOLDER.slice(0, 2));
  });

  it('hold those of the queue where many are stopped in it, and the recipe tells its lease', () => {
    const waiter = { target: 'waiter', trigger: 'waiting' };
    expect(certainStates([run(60, waiter)])).toEqual(['waiter-lease-expired', 'ambiguous-acquire-took-effect']);
    expect(certainStates([run(59, waiter)])).toEqual([]);
    expect(certainStates([run(60, waiter, { recipe: 'trylock-spin' })])).toEqual([]);
  });

  it('hold a change of the leader where leaders are lost', () => {
    const lost = { kind: 'kill', target: 'leader', trigger: 'time', durationMs: 2000 };
    const cut = { ...lost, kind: 'partition', options: { shape: 'isolate-leader', way: 'both' } };
    expect(certainStates([run(1, lost), run(1, cut)])).toEqual(['leader-change-in-hold']);
    expect(certainStates([run(1, lost)])).toEqual([]);
    expect(certainStates([run(2, { ...lost, durationMs: 1999 })])).toEqual([]);
    expect(certainStates([run(2, { ...cut, options: { shape: 'halves', way: 'both' } })])).toEqual([]);
  });
});
