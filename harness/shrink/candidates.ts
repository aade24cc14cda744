/** Smaller plans made of a plan, each a whole plan again: with fewer faults, lanes, clients, with less time, at a lower rate. Pure. */
import { renderFault } from '../plan/fault-grammar.js';
import { acquireDeadlineMs, CLIENT_HOSTS, thinkMsOf } from '../plan/make-plan.js';
import type { Plan, PlannedFault } from '../plan/plan.js';
import { specOf } from '../plan/spec-of.js';

/** When a fault is over at the earliest, in ms since the start of the traffic: one that waits for an event may come later. */
export function endMs({ atMs, delayMs, durationMs }: PlannedFault): number {
  return atMs + delayMs + durationMs;
}

/** With these faults; what stands behind one that is not among them is left out as well. */
export function withFaults(plan: Plan, chosen: readonly PlannedFault[]): Plan {
  const faults = withLeaders(chosen);
  return {
    ...plan,
    settings: {
      ...plan.settings,
      plannedFaults: faults.length,
      faultKinds: [...new Set(faults.map(({ kind }) => kind))],
    },
    asked: [...new Set(faults.map((fault) => renderFault(specOf(fault, faults))))],
    faults,
  };
}

function withLeaders(faults: readonly PlannedFault[]): PlannedFault[] {
  const kept = faults.filter(({ after }) => after === undefined || faults.some(({ id }) => id === after));
  return kept.length === faults.length ? kept : withLeaders(kept);
}

/** In whole seconds, as the command line counts. */
export function withTime(plan: Plan, timeMs: number): Plan {
  const whole = Math.max(1000, Math.ceil(timeMs / 1000) * 1000);
  return { ...plan, settings: { ...plan.settings, timeMs: Math.min(whole, plan.settings.timeMs) } };
}

/**
 * The traffic that its faults need, in ms: up to the end of the last, and then for a TTL and two seconds in which the lock passes on
 * and the late client finds out; without faults all that there is.
 */
export function neededMs({ faults, settings: { ttlMs, timeMs } }: Plan): number {
  if (faults.length === 0) return timeMs;
  return Math.min(timeMs, Math.max(...faults.map(endMs)) + ttlMs + 2000);
}

/** No longer than its faults need. */
export function cutToFaults(plan: Plan): Plan {
  return withTime(plan, neededMs(plan));
}

/** Only what begins in the first `ms` of the traffic. */
export function upTo(plan: Plan, ms: number): Plan {
  return withFaults(
    plan,
    plan.faults.filter(({ atMs }) => atMs <= ms),
  );
}

/** Time in which nothing happens is taken out: before the first fault, and between the end of one and the next. */
export function pulledForward(plan: Plan): Plan {
  const idleMs = plan.settings.ttlMs / 2;
  let shiftMs = 0;
  let busyUntilMs = 0;
  const faults = [...plan.faults]
    .sort((a, b) => a.atMs - b.atMs)
    .map((fault) => {
      const idle = fault.atMs - shiftMs - busyUntilMs;
      if (idle > idleMs) shiftMs += idle - idleMs;
      const moved = { ...fault, atMs: Math.round(fault.atMs - shiftMs) };
      busyUntilMs = Math.max(busyUntilMs, endMs(moved));
      return moved;
    });
  return cutToFaults(withFaults(plan, faults));
}

export function withDuration(plan: Plan, id: string, durationMs: number): Plan {
  return withFaults(
    plan,
    plan.faults.map((fault) => (fault.id === id ? { ...fault, durationMs } : fault)),
  );
}

export function withTarget(plan: Plan, id: string, target: string): Plan {
  return withFaults(
    plan,
    plan.faults.map((fault) => (fault.id === id ? { ...fault, target } : fault)),
  );
}

/** What a fault would strike if it struck less, the least first; nothing for what strikes one client or one container already. */
export function narrowerTargets({ target, kind }: PlannedFault): string[] {
  // Of a partition the shape says who is cut off, and a target that its shape has no use for would be refused.
  if (kind === 'partition') return [];
  switch (target) {
    case 'all':
    case 'majority':
      return ['follower', 'leader', 'minority'];
    case 'minority':
      return ['follower', 'leader'];
    case 'all-clients':
      return ['holder', 'random-client'];
    default:
      return [];
  }
}

/** These lanes alone, numbered anew in their order; faults of other lanes are left out. `lanes` must not be empty. */
export function withLanes(plan: Plan, lanes: readonly number[]): Plan {
  const renumbered = new Map([...lanes].sort((a, b) => a - b).map((lane, at) => [lane, at]));
  const faults = plan.faults.flatMap((fault) => {
    if (fault.lane === undefined) return [fault];
    const lane = renumbered.get(fault.lane);
    return lane === undefined ? [] : [{ ...fault, lane }];
  });
  const processes = plan.processes.flatMap((process) => {
    const lane = renumbered.get(process.lane);
    return lane === undefined ? [] : [{ ...process, lane }];
  });
  return withFaults(inSlots({ ...plan, settings: { ...plan.settings, lanes: lanes.length }, processes }), faults);
}

/** The first so many clients of each lane. */
export function withClients(plan: Plan, clients: number): Plan {
  const { lanes, ttlMs } = plan.settings;
  const processes = plan.processes.filter(({ slot }) => Math.floor(slot / lanes) < clients);
  return inSlots({
    ...plan,
    settings: { ...plan.settings, clients },
    deadlines: { ...plan.deadlines, acquireMs: acquireDeadlineMs(ttlMs, { clients, thinkMs: thinkMsOf(plan) }) },
    processes,
  });
}

/** Slots are dealt out to the lanes in turn: slot n is in lane n modulo the number of lanes (make-plan.ts). */
function inSlots(plan: Plan): Plan {
  const { lanes } = plan.settings;
  const seen = new Map<number, number>();
  const processes = plan.processes.map((process) => {
    const client = seen.get(process.lane) ?? 0;
    seen.set(process.lane, client + 1);
    return { ...process, slot: client * lanes + process.lane, host: client % CLIENT_HOSTS };
  });
  return { ...plan, processes: processes.sort((a, b) => a.slot - b.slot) };
}
