// That an injection which broke off anywhere is undone all the same, for the faults whose steps can be had in miniature.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpu } from './cpu.js';
import { etcd } from './etcd-operations.js';
import type { Fault, World } from './fault.js';
import { freeze } from './freeze.js';
import { kill } from './kill.js';
import { pause } from './pause.js';
import { Pod } from './testing/pod.js';
import { planned, RememberedClient, worldOf } from './testing/world.js';

const FAULTS: [string, Fault, Record<string, string | number>][] = [
  ['pause', pause, {}],
  ['freeze', freeze, {}],
  ['kill', kill, {}],
  ['cpu', cpu, { percent: 5 }],
  ['rolling restart', etcd, { operation: 'rolling-restart' }],
];

function worldOfPods(pods: readonly Pod[]): World {
  const world = worldOf([], 2000, () => 'etcd1');
  return {
    ...world,
    nodes: pods.map(({ node }) => node),
    port: () => 2379,
    etcd: { ...world.etcd, awaitHealthy: async () => pods.every(({ running }) => running), status: async () => [] },
  };
}

describe('inject, then heal', () => {
  it.each(FAULTS)('%s restores what was there, wherever the injection broke off', async (_, fault, options) => {
    const call = fc.option(fc.nat({ max: 12 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 3, maxLength: 3 }), async (breaks) => {
        const pods = breaks.map((_, index) => new Pod(`etcd${index + 1}`));
        const before = pods.map(({ state }) => state);
        for (const [index, at] of breaks.entries()) if (at !== undefined) pods[index]?.breakAt(at);
        const world = worldOfPods(pods);
        const injection = { fault: planned({ kind: fault.kind, options }), nodes: world.nodes, clients: [], world };
        const { receipt, heal } = await fault.inject(injection);
        for (const pod of pods) pod.mend();
        if (breaks.every((at) => at === undefined)) expect(receipt).toMatchObject({ proven: true });
        expect(await heal()).toMatchObject({ proven: true });
        expect(heal()).toBe(heal());
        expect(pods.map(({ state }) => state)).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it.each(FAULTS.slice(0, 4))('%s has changed something in between', async (_, fault, options) => {
    const pod = new Pod('etcd1');
    const before = pod.state;
    const world = worldOfPods([pod]);
    const fault_ = planned({ kind: fault.kind, options });
    const { receipt } = await fault.inject({ fault: fault_, nodes: world.nodes, clients: [], world });
    expect(receipt).toMatchObject({ proven: true });
    expect(pod.state).not.toEqual(before);
  });
});

describe('a client that is paused', () => {
  it('gets what fell due before it runs again', async () => {
    const steps: string[] = [];
    class Watched extends RememberedClient {
      override hold(): void {
        steps.push('hold');
      }
      override letGo(): void {
        steps.push('letGo');
      }
      override signal = ((signal: string) => {
        steps.push(signal);
        return Promise.resolve({ pid: 1, states: [], reached: true, tookMs: 0 });
      }) as never;
    }
    const clients = [new Watched(0)];
    const world = worldOf(clients, 2000, () => undefined);
    const { heal } = await pause.inject({ fault: planned(), nodes: [], clients, world });
    await heal();
    expect(steps).toEqual(['hold', 'SIGSTOP', 'letGo', 'SIGCONT']);
  });
});
