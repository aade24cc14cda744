/**
 * `clock`: another rate of all clocks, a step of the wall clock, a jump of all clocks, or a wall clock that steps forth and
 * back, for one running program: a client, an etcd member, the storage. What it does to a program and what it cannot do is
 * told in harness/agent/clock/clock.ts; the rate and the steps here are what was planned. A program that is started again has
 * true clocks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockChange, ClockState } from '../agent/protocol.js';
import type { PlannedFault } from '../plan/plan.js';
import { gain, type OwnReading, readClient, readMember, readStorage } from './clock-reading.js';
import type { ClientTarget, Fault, FaultNode, Injection, World } from './fault.js';
import { type Harm, injectAll } from './harm.js';
import { hindered } from './hindered.js';
import { probeLease } from './probe-lease.js';
import { attempt, proven, unproven } from './receipts.js';

const STROBE_EVERY_MS = 100;

/** What is done to the clocks, in ms; a rate of 1 and zeros are nothing. */
interface Bending {
  rate: number;
  stepMs: number;
  jumpMs: number;
  strobeMs: number;
  impossible: boolean;
}

interface Target {
  name: string;
  change(change: ClockChange): Promise<Changed>;
  read(): Promise<OwnReading>;
  /** Of the leader of a cluster: a lease on it, and what its remaining time says. */
  lease?: ReturnType<typeof probeLease>;
}

/** `ended`: the program, and with it what was done to its clocks, is gone. */
type Changed =
  | { kind: 'shifted'; before: ClockState; after: ClockState; tookMs: number }
  | { kind: 'ended' }
  | { kind: 'unavailable'; reason: string };

function clientTarget(client: ClientTarget, world: World): Target {
  const child = client.childName;
  const host = world.nodes.find(({ name }) => name === client.node);
  return {
    name: `client ${client.process}`,
    async change(change) {
      if (host === undefined) throw new Error(`there is no agent on ${client.node}`);
      return client.childName === child ? changed(host, { child }, change) : { kind: 'ended' };
    },
    read: () => readClient(client),
  };
}

function serverTarget(node: FaultNode, world: World): Target {
  return {
    name: node.name,
    change: (change) => changed(node, 'program', change),
    read: () => (node.role === 'storage' ? readStorage(node, world) : readMember(node, world.port(node) ?? 0)),
    ...(node.name === world.etcd.leader() ? { lease: probeLease(world.etcd, node.name) } : {}),
  };
}

async function changed({ agent }: FaultNode, of: { child: string } | 'program', change: ClockChange): Promise<Changed> {
  const result = await agent.clock(of, change).catch((error: unknown) => ({
    kind: 'unavailable' as const,
    reason: error instanceof Error ? error.message : String(error),
  }));
  if (result.kind === 'unavailable') return /no .*process.* runs/.test(result.reason) ? { kind: 'ended' } : result;
  const [before] = result.before;
  const [after] = result.after;
  if (before === undefined || after === undefined) return { kind: 'ended' };
  return { kind: 'shifted', before, after, tookMs: result.tookMs };
}

function bendingOf({ options }: PlannedFault): Bending {
  const number = (name: string, otherwise: number) => (typeof options[name] === 'number' ? options[name] : otherwise);
  return {
    rate: number('drift', 1),
    stepMs: number('step', 0),
    jumpMs: number('jump', 0),
    strobeMs: number('strobe', 0),
    impossible: options['impossible'] === true,
  };
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`.replace(/^-?0+$/, '0');
}

function createHarm(target: Target, bending: Bending): Harm {
  const { rate, stepMs, jumpMs, strobeMs, impossible } = bending;
  let injected: OwnReading | undefined;
  let baseline: OwnReading | undefined;
  /** The steps so far and, while it goes on, the loop. */
  let strobe: { steps: number; stop: AbortController; over: Promise<void> } | undefined;

  async function flicker(signal: AbortSignal): Promise<void> {
    for (let sign = -1; !signal.aborted; sign = -sign) {
      await sleep(STROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const stepped = await target.change({ do: 'shift', stepWallNs: nanoseconds(sign * strobeMs) });
      if (stepped.kind !== 'shifted') return;
      if (strobe !== undefined) strobe.steps++;
    }
  }

  return {
    name: target.name,
    async inject() {
      if (jumpMs !== 0) await target.lease?.grant();
      baseline = await target.read();
      const done = await target.change({
        do: 'shift',
        rate,
        stepWallNs: nanoseconds(stepMs + strobeMs),
        jumpNs: nanoseconds(jumpMs),
        impossible,
      });
      if (done.kind === 'ended') return unproven('the program did not run');
      if (done.kind === 'unavailable') return unproven(done.reason);
      injected = await target.read();
      if (strobeMs > 0) {
        const stop = new AbortController();
        strobe = { steps: 1, stop, over: Promise.resolve() };
        strobe.over = flicker(stop.signal);
      }
      // Rates take time to show: what the leader makes of a lease is told by the heal.
      if (jumpMs === 0) void target.lease?.grant();
      const evidence = {
        readBack: readBack(done.after),
        tookMs: rounded(done.tookMs),
        ...compare(baseline, injected, rate),
      };
      if (done.after.rate !== rate) return unproven(`the rate read back is ${done.after.rate}, not ${rate}`);
      const wrong =
        judge('wallMs', baseline, injected, rate, stepMs + strobeMs + jumpMs, 'some') ??
        judge('monotonicMs', baseline, injected, rate, jumpMs, 'some');
      return wrong === undefined ? proven(evidence) : unproven(wrong);
    },
    async heal() {
      strobe?.stop.abort();
      await strobe?.over;
      const last = injected === undefined ? undefined : await attemptReading(target);
      const done = await target.change({ do: 'heal' });
      const lease = await target.lease?.take();
      if (done.kind === 'ended') return proven({ ended: 'the program ended, and what was done to its clocks with it' });
      if (done.kind === 'unavailable') {
        // Nothing was done where nothing could be.
        return injected === undefined ? proven({}) : unproven(done.reason);
      }
      const { before, after } = done;
      if (after.rate !== 1 || after.wallAheadNs !== '0')
        return unproven(`its clocks read back with rate ${after.rate}, ${after.wallAheadNs} ns ahead`);
      if (injected === undefined || baseline === undefined) return proven({ readBack: readBack(after) });
      if (!before.installed) return proven({ ended: 'the program was started again, with true clocks' });
      if (last === undefined) return unproven('its clocks are true again, but it did not tell how far they had gone');
      const healed = await target.read();
      const wrong =
        (strobe === undefined ? judge('wallMs', injected, last, rate, 0, 'all') : undefined) ??
        judge('monotonicMs', injected, last, rate, 0, 'all') ??
        judge('wallMs', baseline, healed, 1, 0, 'all') ??
        judge('monotonicMs', last, healed, rate, 0, 'some');
      if (wrong !== undefined) return unproven(wrong);
      return proven({
        readBack: readBack(after),
        tookMs: rounded(done.tookMs),
        duringFault: compare(injected, last, rate),
        sinceBefore: compare(baseline, healed, rate),
        ...(strobe === undefined ? {} : { steps: strobe.steps }),
        ...(lease === undefined ? {} : { lease }),
      });
    },
  };
}

async function attemptReading(target: Target): Promise<OwnReading | undefined> {
  let reading: OwnReading | undefined;
  await attempt(async () => {
    reading = await target.read();
    return proven({});
  });
  return reading;
}

/**
 * What is wrong with how far a clock went ahead from one reading to the other, if anything. `all`: it went at the rate all the
 * time; `some`: for a part of the time, at the true rate for the rest.
 */
function judge(
  family: 'wallMs' | 'monotonicMs',
  from: OwnReading,
  to: OwnReading,
  rate: number,
  stepMs: number,
  atRate: 'all' | 'some',
): string | undefined {
  const measured = gain(family, from, to, rate);
  if (measured === undefined) return undefined;
  const { gainedMs, eitherWayMs, elapsedMs } = measured;
  const drifted = (rate - 1) * elapsedMs;
  const bounds = [atRate === 'all' ? drifted : 0, drifted].sort((a, b) => a - b);
  const low = stepMs + (bounds[0] ?? 0) - eitherWayMs;
  const high = stepMs + (bounds[1] ?? 0) + eitherWayMs;
  if (gainedMs >= low && gainedMs <= high) return undefined;
  const clock = family === 'wallMs' ? 'wall' : 'monotonic';
  return `its ${clock} clock went ahead by ${rounded(gainedMs)} ms in ${rounded(elapsedMs)} ms; ${rounded(low)} to ${rounded(high)} were to be`;
}

/** How far the target's own clocks went ahead, by the target's own account. */
function compare(from: OwnReading, to: OwnReading, rate: number): Record<string, number> {
  const wall = gain('wallMs', from, to, rate);
  const monotonic = gain('monotonicMs', from, to, rate);
  return {
    ...(wall === undefined
      ? {}
      : {
          elapsedMs: rounded(wall.elapsedMs),
          wallAheadMs: rounded(wall.gainedMs),
          eitherWayMs: rounded(wall.eitherWayMs),
        }),
    ...(monotonic === undefined ? {} : { monotonicAheadMs: rounded(monotonic.gainedMs) }),
  };
}

/** The parameters in the process's memory. */
function readBack({ pid, rate, wallAheadNs, monotonicAheadNs }: ClockState): Record<string, number> {
  const ms = (ns: string) => rounded(Number(ns) / 1e6);
  return { pid, rate, wallAheadMs: ms(wallAheadNs), monotonicAheadMs: ms(monotonicAheadNs) };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function targetsOf({ clients, nodes, world }: Injection): Target[] {
  return [
    ...clients.map((client) => clientTarget(client, world)),
    ...nodes.filter(({ role }) => role !== 'clients').map((node) => serverTarget(node, world)),
  ];
}

export const clock: Fault = {
  kind: 'clock',
  receipt: "the target's own clocks, read before and after and compared with true ones, and the rate in its memory",
  inject(injection) {
    const bending = bendingOf(injection.fault);
    return injectAll(
      targetsOf(injection).map((target) => createHarm(target, bending)),
      hindered(injection),
    );
  },
};
