/** What a run can say about itself while it goes on; the command line draws it. */
import { monotonicMs } from '../history/clock.js';
import type { Nemesis } from '../nemesis/nemesis.js';
import type { Plan } from '../plan/plan.js';
import type { LiveFigures, Recorder } from './recorder.js';

export type Phase = 'warm-up' | 'traffic' | 'healing' | 'recovery';

export interface RunStatus extends LiveFigures {
  phase: Phase;
  /** Ms of traffic left; 0 outside of it. */
  leftMs: number;
  /** Over the time since the last status. */
  operationsPerSecond: number;
  faultsInForce: number;
  /** Clients that believe that they hold a lock. */
  holders: number;
}

export interface StatusBoard {
  phase(phase: Phase): void;
  stop(): void;
}

/** How often the status is told, in ms. */
const EVERY_MS = 250;

export interface StatusOptions {
  plan: Plan;
  recorder: Recorder;
  nemesis: Nemesis;
  slots: readonly { isHolding: boolean }[];
  onStatus: (status: RunStatus) => void;
}

export function createStatus({ plan, recorder, nemesis, slots, onStatus }: StatusOptions): StatusBoard {
  let phase: Phase = 'warm-up';
  let phaseSinceMs = monotonicMs();
  let last = { ms: monotonicMs(), operations: 0 };
  const tell = (): void => {
    const now = monotonicMs();
    const { operations } = recorder.figures;
    const operationsPerSecond = (1000 * (operations - last.operations)) / Math.max(1, now - last.ms);
    last = { ms: now, operations };
    const leftMs = phase === 'traffic' ? Math.max(0, plan.settings.timeMs - (now - phaseSinceMs)) : 0;
    onStatus({
      ...recorder.figures,
      phase,
      leftMs,
      operationsPerSecond,
      faultsInForce: nemesis.inForce,
      holders: slots.filter((slot) => slot.isHolding).length,
    });
  };
  const timer = setInterval(tell, EVERY_MS);
  return {
    phase(next) {
      phase = next;
      phaseSinceMs = monotonicMs();
    },
    stop: () => clearInterval(timer),
  };
}
