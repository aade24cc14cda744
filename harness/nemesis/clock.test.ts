/**
 * The fault on a real process that tells its clocks, with the agent's own hands; on clients and members of a real cluster in
 * test/clock.test.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeClocks } from '../agent/clock/clock.js';
import { type ClockChild, startTeller } from '../agent/clock/testing/child.js';
import type { ClockChange, ClockResult } from '../agent/protocol.js';
import type { Receipt } from '../history/operation.js';
import type { PlannedFault } from '../plan/plan.js';
import { clock } from './clock.js';
import type { Injected } from './fault.js';
import { node, planned, RememberedClient, worldOf } from './testing/world.js';

let child: ClockChild;
let client: RememberedClient;
/** What became of the process between the fault and its heal. */
let agent: (change: ClockChange) => ClockResult;

beforeEach(async () => {
  child = await startTeller();
  client = new RememberedClient(7);
  client.readClock = (async () => {
    const { wall, monotonic } = await child.read();
    return { wallMs: Number(wall / 1_000_000n), monotonicNs: String(monotonic) };
  }) as never;
  agent = (change) => changeClocks([child.pid], change);
});
afterEach(() => child.kill());

function inject(options: PlannedFault['options']): Promise<Injected> {
  const host = node(client.node);
  host.agent = { clock: async (_of: unknown, change: ClockChange) => agent(change) } as never;
  const world = { ...worldOf([client], 2000, () => undefined), nodes: [host] };
  return clock.inject({ fault: planned({ kind: 'clock', options }), nodes: [host], clients: [client], world });
}

type Figures = Partial<Record<'elapsedMs' | 'wallAheadMs' | 'monotonicAheadMs' | 'eitherWayMs' | 'steps', number>>;
type Evidence = Figures & Partial<Record<'readBack' | 'duringFault' | 'sinceBefore', Figures>>;

function evidence(receipt: Receipt): Evidence {
  if (!receipt.proven) throw new Error(receipt.reason);
  return receipt.evidence;
}

function state() {
  const read = changeClocks([child.pid], { do: 'read' });
  if (read.kind !== 'shifted') throw new Error(read.reason);
  return read.after[0];
}

describe('clock', () => {
  it.each([0.25, 4])('proves a rate of %d by how far the target went in the time of the fault', async (drift) => {
    const injected = await inject({ drift, impossible: false });
    expect(injected.processes).toEqual([7]);
    expect(evidence(injected.receipt).readBack).toMatchObject({ pid: child.pid, rate: drift });
    await sleep(400);
    const healed = evidence(await injected.heal());
    const { elapsedMs = 0, wallAheadMs = 0, monotonicAheadMs = 0, eitherWayMs = 0 } = healed.duringFault ?? {};
    expect(elapsedMs).toBeGreaterThan(390);
    for (const ahead of [wallAheadMs, monotonicAheadMs]) {
      expect(Math.abs(ahead - (drift - 1) * elapsedMs)).toBeLessThanOrEqual(eitherWayMs + 1);
    }
    expect(state()).toMatchObject({ rate: 1, wallAheadNs: '0' });
    expect(await injected.heal()).toMatchObject({ proven: true });
  });

  it('steps the wall clock, and puts it right', async () => {
    const injected = await inject({ step: -3_600_000, impossible: false });
    const { wallAheadMs = 0, monotonicAheadMs = 0, eitherWayMs = 0 } = evidence(injected.receipt);
    expect(Math.abs(wallAheadMs + 3_600_000)).toBeLessThanOrEqual(eitherWayMs);
    expect(Math.abs(monotonicAheadMs)).toBeLessThanOrEqual(eitherWayMs);
    const healed = evidence(await injected.heal());
    expect(Math.abs(healed.sinceBefore?.wallAheadMs ?? Infinity)).toBeLessThan(3_600_000 / 10);
  });

  it('jumps all clocks; the monotonic one stays ahead', async () => {
    const injected = await inject({ jump: 60_000, impossible: false });
    const { wallAheadMs = 0, monotonicAheadMs = 0, eitherWayMs = 0 } = evidence(injected.receipt);
    expect(Math.abs(wallAheadMs - 60_000)).toBeLessThanOrEqual(eitherWayMs);
    expect(Math.abs(monotonicAheadMs - 60_000)).toBeLessThanOrEqual(eitherWayMs);
    const { readBack } = evidence(await injected.heal());
    expect(readBack).toMatchObject({ rate: 1, wallAheadMs: 0, monotonicAheadMs: 60_000 });
  });

  it('strobes until it is healed', async () => {
    const injected = await inject({ strobe: 5000, impossible: false });
    const seen = new Set<boolean>();
    for (let look = 0; look < 200 && seen.size < 2; look++) {
      seen.add(BigInt(state()?.wallAheadNs ?? 0) > 1_000_000_000n);
      await sleep(10);
    }
    expect(seen).toEqual(new Set([true, false]));
    expect(evidence(await injected.heal()).steps).toBeGreaterThan(1);
    const after = state();
    expect(after).toMatchObject({ rate: 1, wallAheadNs: '0' });
    await sleep(250);
    expect(state()).toEqual(after);
  });

  it('proves nothing where the clock did not follow', async () => {
    const really = client.readClock as () => Promise<{ wallMs: number; monotonicNs: string }>;
    let readings = 0;
    // A program that reads its time in another way sees nothing of the step.
    client.readClock = (async () => {
      const { wallMs, monotonicNs } = await really();
      return { wallMs: wallMs - (readings++ === 0 ? 0 : 50_000), monotonicNs };
    }) as never;
    const injected = await inject({ step: 50_000, impossible: false });
    expect(injected.receipt).toMatchObject({ proven: false, reason: expect.stringContaining('wall clock') });
    await injected.heal();
    expect(state()).toMatchObject({ rate: 1, wallAheadNs: '0' });
  });

  it('says why it cannot be, and has nothing to heal then', async () => {
    agent = () => ({ kind: 'unavailable', reason: 'the vDSO has 8 free bytes' });
    const injected = await inject({ drift: 4, impossible: false });
    expect(injected.receipt).toEqual({ proven: false, reason: expect.stringContaining('8 free bytes') });
    expect(await injected.heal()).toMatchObject({ proven: true });
  });

  it('ends with the program', async () => {
    const injected = await inject({ drift: 4, impossible: false });
    expect(injected.receipt).toMatchObject({ proven: true });
    client.readClock = (() => Promise.reject(new Error('no program runs in this slot'))) as never;
    await child.kill();
    expect(evidence(await injected.heal())).toHaveProperty('ended');
    child = await startTeller();
  });
});
