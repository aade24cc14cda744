import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultName, FaultRecord } from '../history/operation.js';
import { FAULT_KINDS, type FaultKind } from '../plan/plan.js';
import { isReusable, type RunTraces } from './reusable.js';

const roles: RunTraces['roles'] = new Map([
  ['etcd1', 'etcd'],
  ['etcd2', 'etcd'],
  ['storage', 'storage'],
  ['clients1', 'clients'],
  ['clients2', 'clients'],
]);
const RECOVERED = { withinMs: 40_000, tookMs: 300, lanesNotLocked: [], cluster: [] };

function half(f: FaultName, id: string, kind: string, nodes: string[], proven = true): RunTraces['faults'][number] {
  const value: FaultRecord = {
    ...{ id, kind, trigger: 'time', targets: nodes, processes: [], nodes, options: {}, durationMs: 1000 },
    receipt: proven ? { proven, evidence: {} } : { proven, reason: 'not so' },
  };
  return { f, value };
}

const healed = (id: string, kind: string, nodes: string[]): RunTraces['faults'] => [
  half('inject', id, kind, nodes),
  half('heal', id, kind, nodes),
];

function after(faults: RunTraces['faults'], rest: Partial<RunTraces> = {}): boolean {
  return isReusable({ end: 'completed', faults, recovery: RECOVERED, isDeserted: true, roles, ...rest });
}

describe('a cluster that has served a run may serve another', () => {
  it('after a run without faults', () => {
    expect(after([], { recovery: undefined })).toBe(true);
    expect(after([])).toBe(true);
  });

  it.each<[FaultKind, string[]]>([
    ['pause', ['etcd1', 'storage', 'clients1']],
    ['freeze', ['storage']],
    ['stall', ['clients1']],
    ['kill', ['clients1', 'clients2']],
    ['partition', ['etcd1', 'etcd2']],
    ['loss', ['etcd1']],
    ['delay', ['etcd1']],
    ['bandwidth', ['storage']],
    ['clock', ['clients1']],
    ['cpu', ['etcd2']],
  ])('after %s of %j', (kind, nodes) => {
    expect(after(healed('f0', kind, nodes))).toBe(true);
  });

  it('not where one thing is wrong, whatever was done besides', () => {
    const harmless = fc.array(fc.constantFrom(...FAULT_KINDS.filter((kind) => !['disk', 'etcd'].includes(kind))));
    const flaws: [string, (faults: RunTraces['faults']) => Partial<RunTraces>][] = [
      ['interrupted', () => ({ end: 'interrupted' })],
      ['environment', () => ({ end: 'environment' })],
      ['defect', () => ({ end: 'defect' })],
      ['somebody left', () => ({ isDeserted: false })],
      ['not recovered in time', () => ({ recovery: { withinMs: 1, lanesNotLocked: [], cluster: [] } })],
      ['a lane not locked', () => ({ recovery: { ...RECOVERED, lanesNotLocked: [1] } })],
      ['a cluster that is not well', () => ({ recovery: { ...RECOVERED, cluster: ['etcd1: no answer'] } })],
      ['never healed', (faults) => ({ faults: [...faults, half('inject', 'x', 'pause', ['etcd1'])] })],
      [
        'healed without proof',
        (faults) => ({
          faults: [...faults, half('inject', 'x', 'loss', ['etcd1']), half('heal', 'x', 'loss', ['etcd1'], false)],
        }),
      ],
      ['a member killed', (faults) => ({ faults: [...healed('x', 'kill', ['etcd2']), ...faults] })],
      [
        'one client and the storage',
        (faults) => ({ faults: [...healed('x', 'kill', ['clients1', 'storage']), ...faults] }),
      ],
      ["a member's clock", (faults) => ({ faults: [...faults, ...healed('x', 'clock', ['etcd1'])] })],
      ['a disk', (faults) => ({ faults: [...faults, ...healed('x', 'disk', ['storage'])] })],
      ['administration', (faults) => ({ faults: [...faults, ...healed('x', 'etcd', ['etcd1'])] })],
      ['a kind that nobody knows', (faults) => ({ faults: [...faults, ...healed('x', 'flood', ['clients1'])] })],
      ['a node that nobody knows', (faults) => ({ faults: [...faults, ...healed('x', 'kill', ['clients9'])] })],
    ];
    fc.assert(
      fc.property(harmless, fc.constantFrom(...flaws), (kinds, [, flaw]) => {
        const faults = kinds.flatMap((kind, n) => healed(`f${n}`, kind, ['clients1']));
        expect(after(faults)).toBe(true);
        expect(after(faults, flaw(faults))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('not when faults were injected and nobody waited for the recovery', () => {
    expect(after(healed('f0', 'pause', ['clients1']), { recovery: undefined })).toBe(false);
  });
});
