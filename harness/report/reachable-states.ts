/**
 * Which states a campaign reaches for certain, by its plans: those without which it is unknown, unless its definition says so itself.
 *
 * Certain is what faults of the kind reached in every measured campaign, with room for a machine on which half of them miss. A state that
 * faults may reach by luck (a late write before the new holder's first one, above all) is left out: a campaign is not to be unknown
 * because a die fell so. Pure.
 */
import { STATES, type State } from './reached-states.js';

/** Of a plan. */
export interface PlannedRun {
  settings: {
    recipe: string;
    workload: string;
    onLoss: string;
    lanes: number;
    clients: number;
    ttlMs: number;
    leaseless?: boolean;
  };
  faults: readonly {
    kind: string;
    target: string;
    trigger: string;
    durationMs: number;
    options: Record<string, string | number | boolean>;
  }[];
}

/**
 * Faults that must be planned for a state to be certain. Of 100 stops of holders 80 to 90 led to an expired lease, two holders and a
 * late write; of 19 that were stopped in the queue or anywhere 1 to 9 had their lease expire there, and 8 to 23 came to own a
 * lock that they were never told of. Each of 3 leaders that were lost fell into the holds of 6 to 8 of 8 lanes; counted are lanes.
 */
const ENOUGH = { holder: 10, waiter: 60, leader: 12 };

/** A leader that is gone for so long is replaced: twice what members wait at most before an election (etcd's default is 1 s and up to as much again). */
const REPLACED_MS = 2000;

/** Stops of a client that last so long, in TTLs, outlive its lease, whose last renewal is up to a third of a TTL old. */
const OUTLIVES = 1.25;

const HOLDER_TRIGGERS: ReadonlySet<string> = new Set(['acquired', 'before-write']);
const WAITER_TARGETS: ReadonlySet<string> = new Set(['waiter', 'next-in-queue', 'random-client']);
/** Workloads whose sections only hold the lock. */
const WITHOUT_WRITES: ReadonlySet<string> = new Set(['critical-section', 'hand-over']);
/** Recipes that queue, and tell the lease that their keys in the queue are on. */
const QUEUES: ReadonlySet<string> = new Set(['mutex']);

/** In the order of `STATES`. */
export function certainStates(runs: readonly PlannedRun[]): State[] {
  const stops = { expired: 0, late: 0, waiter: 0, leader: 0 };
  for (const { settings, faults } of runs) {
    if (settings.leaseless === true || settings.clients < 2) continue;
    const { recipe, workload, onLoss, ttlMs, lanes } = settings;
    for (const fault of faults) {
      if (losesLeader(fault)) stops.leader += lanes;
      const { kind, target, trigger, durationMs } = fault;
      if ((kind !== 'pause' && kind !== 'stall') || durationMs < OUTLIVES * ttlMs) continue;
      if (target === 'holder' && (trigger === 'time' || HOLDER_TRIGGERS.has(trigger))) {
        stops.expired++;
        // A client that stops at the loss may hear of it before it writes.
        if (onLoss === 'ignore' && trigger !== 'time' && !WITHOUT_WRITES.has(workload)) stops.late++;
      } else if (WAITER_TARGETS.has(target) && QUEUES.has(recipe)) stops.waiter++;
    }
  }
  const certain: Partial<Record<State, boolean>> = {
    'lease-expired-holder-alive': stops.expired >= ENOUGH.holder,
    'two-holders': stops.expired >= ENOUGH.holder,
    'late-write-after-first': stops.late >= ENOUGH.holder,
    'leader-change-in-hold': stops.leader >= ENOUGH.leader,
    'waiter-lease-expired': stops.waiter >= ENOUGH.waiter,
    'ambiguous-acquire-took-effect': stops.waiter >= ENOUGH.waiter,
  };
  return STATES.filter((state) => certain[state] === true);
}

function losesLeader({ kind, target, durationMs, options }: PlannedRun['faults'][number]): boolean {
  if (durationMs < REPLACED_MS || target !== 'leader') return false;
  if (kind === 'partition') return options['shape'] === 'isolate-leader' && options['way'] === 'both';
  return kind === 'kill' || kind === 'pause' || kind === 'freeze';
}
