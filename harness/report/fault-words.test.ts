import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultRecord } from '../history/operation.js';
import { faultBegins, faultEnds, faultHad, faultLabel, targetsText } from './fault-words.js';

function fault(kind: string, options: FaultRecord['options'] = {}, targets = ['etcd1']): FaultRecord {
  const receipt = { proven: true, evidence: {} } as const;
  return { id: 'a', kind, trigger: 'time', targets, processes: 'all', nodes: targets, options, durationMs: 1, receipt };
}

const CASES: [kind: string, options: FaultRecord['options'], begins: string, label: string][] = [
  ['pause', {}, "etcd1's process is stopped, as by a long garbage collection or a suspended machine", 'paused'],
  ['freeze', {}, "etcd1's container is frozen as a whole, as a suspended machine is", 'frozen'],
  ['stall', { how: 'busy' }, "etcd1's main thread is blocked by a busy loop", 'stalled'],
  [
    'stall',
    { how: 'gc' },
    "etcd1's main thread is blocked by a real garbage collection",
    'stalled by a garbage collection',
  ],
  ['kill', {}, 'etcd1 is killed (SIGKILL)', 'killed'],
  [
    'partition',
    { shape: 'isolate-leader', way: 'both', by: 'drop', flap: 0 },
    'the leader, etcd1, is cut off from everybody (isolate-leader, both ways, packets are dropped)',
    'partition: isolate-leader',
  ],
  [
    'partition',
    { shape: 'single-link', way: 'answers-pass', by: 'reject', flap: 500 },
    'the link of etcd1 is cut (single-link, answers pass, requests do not, connections are reset, there and gone every 500 ms)',
    'partition: single-link',
  ],
  ['loss', { percent: 30, link: '' }, "30 % of etcd1's packets are lost", '30 % of packets lost'],
  [
    'delay',
    { ms: 1200, jitter: 50, link: 'etcd1-etcd2' },
    "etcd1's packets are held back for 1.2 s \u00b1 50 ms on the link etcd1-etcd2",
    'packets 1.2 s late',
  ],
  ['bandwidth', { kbit: 64, link: '' }, 'etcd1 can send no more than 64 kbit/s', '64 kbit/s'],
  ['clock', { drift: 0.25, impossible: false }, "etcd1's clocks are bent: rate 0.25", 'clock: rate 0.25'],
  [
    'clock',
    { step: -300, jump: 2000, strobe: 5 },
    "etcd1's clocks are bent: wall clock \u2212300 ms, all clocks +2 s, wall clock \u00b15 ms every 100 ms",
    'clock: wall clock \u2212300 ms, all clocks +2 s, wall clock \u00b15 ms every 100 ms',
  ],
  [
    'disk',
    { mode: 'slow', ms: 1000 },
    "etcd1's disk is slow: every fdatasync takes 1 s longer",
    'fdatasync 1 s longer',
  ],
  ['disk', { mode: 'full', ms: 1000 }, "etcd1's disk is full", 'disk full'],
  ['disk', { mode: 'lost', ms: 1000 }, 'etcd1 loses its data directory over a restart', 'disk lost'],
  ['cpu', { percent: 5 }, 'etcd1 gets no more than 5 % of a processor', '5 % of a CPU'],
  ['etcd', { operation: 'compact' }, "etcd's history is compacted to now", 'compact'],
  [
    'etcd',
    { operation: 'replace-member' },
    'etcd1 is removed from the cluster and added again, with an empty disk',
    'replace-member',
  ],
  ['gravity', { g: 2 }, 'etcd1 is hit by the fault "gravity" (g 2)', 'gravity'],
  ['constructor', {}, 'etcd1 is hit by the fault "constructor"', 'constructor'],
];

describe('the words of faults', () => {
  it.each(CASES)('%s %j', (kind, options, begins, label) => {
    const record = fault(kind, options);
    expect(faultBegins(record, 'etcd1')).toBe(begins);
    expect(faultLabel(record)).toBe(label);
    expect(faultHad(record, 'client 1')).toMatch(/^(client 1|etcd) ?\S* .*had been/);
    expect(faultEnds(record, 'client 1')).toMatch(/client 1|is healed|is over/);
  });

  it.each([
    'isolate-one',
    'isolate-leader',
    'isolate-holder',
    'isolate-holder-from-etcd',
    'isolate-holder-from-storage',
    'halves',
    'majority-with-leader',
    'majority-without-leader',
    'majorities-ring',
    'bridge',
    'single-link',
    'clients-from-members',
  ])('shape %s has a sentence of its own', (shape) => {
    const known = faultBegins(fault('partition', { shape }), 'client 1');
    expect(known).toContain(`(${shape}, both ways, packets are dropped)`);
    expect(known).not.toMatch(/^client 1 is cut off \(/);
    expect(known).not.toBe(faultBegins(fault('partition', { shape: 'other' }), 'client 1').replace('other', shape));
  });

  it('names a few targets and counts the rest', () => {
    expect(targetsText(fault('pause', {}, ['etcd1', 'storage']))).toBe('etcd1 and the storage');
    expect(targetsText(fault('pause', {}, ['a', 'b', 'c', 'd', 'e', 'f']))).toBe('a, b, c, d and 2 more');
    expect(targetsText(fault('pause', {}, []))).toBe('the target of the fault pause');
  });

  it('has something to say of whatever a record holds, and never much', () => {
    const option = fc.oneof(fc.string({ maxLength: 500 }), fc.double(), fc.boolean());
    const names = ['shape', 'way', 'by', 'flap', 'mode', 'ms', 'operation', 'drift', 'percent', 'link', 'how', 'other'];
    const options = fc.dictionary(fc.constantFrom(...names, '__proto__'), option, { noNullPrototype: true });
    const kinds = fc.oneof(fc.constantFrom(...CASES.map(([kind]) => kind), '__proto__'), fc.string({ maxLength: 500 }));
    fc.assert(
      fc.property(kinds, options, fc.array(fc.string({ maxLength: 300 })), (kind, given, targets) => {
        const record = fault(kind, given, targets);
        const who = targetsText(record);
        for (const text of [
          faultBegins(record, who),
          faultHad(record, who),
          faultEnds(record, who),
          faultLabel(record),
        ]) {
          expect(typeof text).toBe('string');
          expect(text.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThan(700);
          expect(text).not.toMatch(/undefined|\[object|function/);
        }
      }),
    );
  });
});
