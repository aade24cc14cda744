/** When which lane is hit by which fault: pure, from one stream a lane. */
import type { PlannedFault, Trigger } from './plan.js';
import { stream } from './random.js';

export interface ScheduleInput {
  seed: number;
  lanes: number;
  ttlMs: number;
  timeMs: number;
}

/**
 * A pause is worth having where it hits a holder inside its section; a waiter or anybody is hit now and then, because a
 * lease that expires in the queue once broke etcd's own lock service (etcd issue 11456).
 */
const TRIGGER_DRAW: readonly [Trigger, ...Trigger[]] = [
  'acquired',
  'acquired',
  'acquired',
  'before-write',
  'before-write',
  'before-write',
  'before-write',
  'before-write',
  'waiting',
  'time',
];

/**
 * Pauses of 2 to 3 x TTL: long enough that the lease is gone (etcd lets it live up to TTL + 0.5 s, the period of its
 * expiry scan) and that others have been served. They start 1.1 to 1.6 x TTL apart, so that the next holder works for a
 * moment undisturbed before it is hit itself: a late write needs somebody's write to collide with.
 */
export function schedulePauses({ seed, lanes, ttlMs, timeMs }: ScheduleInput): PlannedFault[] {
  const faults: PlannedFault[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const draw = stream(seed, `faults/lane-${lane}`);
    let atMs = draw.int(0, ttlMs);
    for (let n = 0; ; n++) {
      const durationMs = draw.int(2 * ttlMs, 3 * ttlMs);
      if (atMs + durationMs > timeMs) break;
      faults.push({
        id: `lane-${lane}/pause-${n}`,
        kind: 'pause',
        lane,
        trigger: draw.pick(TRIGGER_DRAW),
        atMs,
        durationMs,
        pick: draw.int(0, 2 ** 16),
      });
      atMs += draw.int(Math.round(1.1 * ttlMs), Math.round(1.6 * ttlMs));
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs || a.lane - b.lane);
}
