/**
 * Carries out the planned faults: waits for each one's time and trigger, injects, records the receipt, heals after its
 * duration. `finalHeal` undoes whatever is still in force, and nothing is injected after it.
 */
import { monotonicMs } from '../history/clock.js';
import type { FaultRecord, NemesisName } from '../history/operation.js';
import { MIN_UNHURT } from '../plan/make-plan.js';
import type { PlannedFault, Trigger } from '../plan/plan.js';
import type { ClientTarget, Fault } from './fault.js';
import { pause } from './pause.js';

export const FAULTS: Record<PlannedFault['kind'], Fault> = { pause };

export interface NemesisOptions {
  faults: readonly PlannedFault[];
  targets: readonly ClientTarget[];
  ttlMs: number;
  /** Writes the entry to the history and flushes it. */
  record: (f: NemesisName, lane: number, value: FaultRecord) => void;
}

export interface Nemesis {
  /** Starts the clock of the plan. */
  start(): void;
  /** Told by the interpreter at the moment itself, before the client's next operation is sent. */
  trigger(kind: Extract<Trigger, 'acquired' | 'before-write'>, target: ClientTarget): void;
  /** Heals all and injects nothing any more; resolves when every receipt is in. Idempotent. */
  finalHeal(): Promise<void>;
  readonly inForce: number;
}

/** How often time-driven triggers are looked at, in ms. */
const TICK_MS = 20;

/** How long a due fault waits for somebody to queue, in TTLs, before it is given up. */
const PATIENCE_TTLS = 3;

interface Active {
  fault: PlannedFault;
  target: ClientTarget;
  injected: Promise<void>;
  timer: NodeJS.Timeout;
}

export function createNemesis({ faults, targets, ttlMs, record }: NemesisOptions): Nemesis {
  const waiting = new Map<number, PlannedFault[]>();
  for (const fault of faults) waiting.set(fault.lane, [...(waiting.get(fault.lane) ?? []), fault]);
  const active = new Map<string, Active>();
  const healing = new Set<Promise<void>>();
  const lastInjectMs = new Map<number, number>();
  let startMs = Number.POSITIVE_INFINITY;
  let ticker: NodeJS.Timeout | undefined;
  let finished = false;

  const laneTargets = (lane: number): ClientTarget[] => targets.filter((target) => target.lane === lane);

  /** The lane's next fault, if its time has come and the lane has had a moment of undisturbed work since the last one. */
  function due(lane: number): PlannedFault | undefined {
    const fault = waiting.get(lane)?.[0];
    if (fault === undefined || finished) return undefined;
    const now = monotonicMs();
    const last = lastInjectMs.get(lane) ?? Number.NEGATIVE_INFINITY;
    if (now - startMs < fault.atMs || now - last < ttlMs) return undefined;
    return laneTargets(lane).filter((target) => target.isRunning()).length > MIN_UNHURT ? fault : undefined;
  }

  function inject(fault: PlannedFault, target: ClientTarget): void {
    waiting.get(fault.lane)?.shift();
    lastInjectMs.set(fault.lane, monotonicMs());
    const process = target.process;
    const injected = FAULTS[fault.kind]
      .inject(target)
      .then((receipt) => record('inject', fault.lane, describe(fault, target, process, receipt)));
    const timer = setTimeout(() => void heal(fault.id), fault.durationMs);
    active.set(fault.id, { fault, target, injected, timer });
  }

  function heal(id: string): Promise<void> {
    const entry = active.get(id);
    if (entry === undefined) return Promise.resolve();
    active.delete(id);
    clearTimeout(entry.timer);
    const done = (async () => {
      await entry.injected;
      const process = entry.target.process;
      const receipt = await FAULTS[entry.fault.kind].heal(entry.target);
      record('heal', entry.fault.lane, describe(entry.fault, entry.target, process, receipt));
    })();
    healing.add(done);
    void done.finally(() => healing.delete(done));
    return done;
  }

  function tick(): void {
    for (const lane of waiting.keys()) {
      const fault = due(lane);
      if (fault === undefined || fault.trigger === 'acquired' || fault.trigger === 'before-write') continue;
      const candidates = laneTargets(lane).filter(
        (target) => target.isRunning() && (fault.trigger === 'time' || target.isWaiting()),
      );
      const target = candidates[fault.pick % candidates.length];
      if (target !== undefined) inject(fault, target);
      // Nobody queues here: the faults behind it shall have their turn.
      else if (monotonicMs() - startMs - fault.atMs > PATIENCE_TTLS * ttlMs) waiting.get(lane)?.shift();
    }
  }

  return {
    start() {
      startMs = monotonicMs();
      ticker = setInterval(tick, TICK_MS);
    },
    trigger(kind, target) {
      const fault = due(target.lane);
      if (fault?.trigger === kind && target.isRunning()) inject(fault, target);
    },
    async finalHeal() {
      finished = true;
      clearInterval(ticker);
      for (const id of [...active.keys()]) void heal(id);
      await Promise.all(healing);
    },
    get inForce() {
      return active.size;
    },
  };
}

function describe(
  fault: PlannedFault,
  target: ClientTarget,
  process: number,
  receipt: FaultRecord['receipt'],
): FaultRecord {
  return {
    id: fault.id,
    kind: fault.kind,
    trigger: fault.trigger,
    target: process,
    node: target.node,
    durationMs: fault.durationMs,
    receipt,
  };
}
