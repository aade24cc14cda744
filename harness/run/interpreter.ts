/**
 * Turns a workload's sections into operations on one slot, over and over until told to stop: open, acquire, section,
 * release. Tells the nemesis of the moments that triggers wait for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fencing } from '../history/decision.js';
import type { Section, Step, StepOutcome } from '../history/section.js';
import type { Nemesis } from '../nemesis/nemesis.js';
import type { Plan } from '../plan/plan.js';
import type { Pacer } from './pacer.js';
import type { Recovery } from './recovery.js';
import type { Outcome, Slot } from './slot.js';

export interface InterpreterOptions {
  slot: Slot;
  draws: Plan['processes'][number];
  section: Section;
  /** The resource that the lane's lock guards. */
  key: string;
  fencing: Fencing;
  /** See `SectionInput`. */
  unique: () => number;
  /** Told of every acquire that answered ok, and of what faults wait for, at the moment itself. */
  nemesis: Pick<Nemesis, 'trigger'>;
  recovery: Pick<Recovery, 'acquired'>;
  pacer: Pacer;
  stopping: () => boolean;
}

/** Wait before an open that failed is tried again, in ms. */
const RETRY_MS = 250;

/** Resolves when the slot has finished what it was at after `stopping` turned true. Never rejects for what a client does. */
export async function interpret(options: InterpreterOptions): Promise<void> {
  const { slot, draws, pacer, stopping } = options;
  let isOpen = false;
  for (let n = 0; !stopping(); n++) {
    if (!isOpen) {
      const opened = await slot.open();
      isOpen = opened.type === 'ok';
      if (isOpen) options.nemesis.trigger('lease-granted', slot);
      else {
        if (needsReplacing(opened) && (stopping() || !(await slot.replace()))) return;
        await sleep(RETRY_MS);
        continue;
      }
    }
    const draw = draws.sections[n % draws.sections.length] ?? { idleMs: 0, thinkMs: 0 };
    await sleep(draw.idleMs);
    if (!(await pacer.turn(stopping))) break;
    const ended = await hold(options, draw.thinkMs);
    if (needsReplacing(ended)) {
      isOpen = false;
      if (stopping() || !(await slot.replace())) return;
    } else if (ended.type !== 'ok' || slot.sessionLost) {
      const closed = await slot.close();
      isOpen = false;
      if (needsReplacing(closed) && (stopping() || !(await slot.replace()))) return;
    }
  }
  if (isOpen) await slot.close();
}

/** One hold from acquire to release; the answer is the first outcome that was not `ok`, if any. */
async function hold(options: InterpreterOptions, thinkMs: number): Promise<Outcome> {
  const { slot, section, key, unique, nemesis, recovery } = options;
  const acquired = await slot.acquire();
  if (acquired.type !== 'ok') return acquired;
  recovery.acquired(slot.lane);
  nemesis.trigger('acquired', slot);
  const steps = section({ lane: slot.lane, key, thinkMs, unique });
  let isFirst = true;
  let failed: Outcome | undefined;
  let next = steps.next();
  while (next.done !== true) {
    const step = next.value;
    let outcome: StepOutcome = { type: 'ok' };
    if (step.do === 'think') {
      await sleep(step.ms);
    } else {
      const answer = await access(options, step, isFirst);
      isFirst = false;
      if (answer.type === 'ok') {
        outcome = { type: 'ok', value: answer.value };
      } else {
        // Nobody knows what the number's last operation did: its session is closed under the next number, not released.
        if (answer.type === 'info') return answer;
        outcome = { type: answer.type, error: answer.error };
        failed = answer;
      }
    }
    next = steps.next(outcome);
  }
  const released = await slot.release();
  if (released.type === 'ok') nemesis.trigger('released', slot);
  return needsReplacing(released) ? released : (failed ?? released);
}

/** One read or write, with what the fencing scheme asks of the client: to register by its first read, to ask etcd before each write. */
async function access(
  { slot, fencing, nemesis }: InterpreterOptions,
  step: Exclude<Step, { do: 'think' }>,
  isFirst: boolean,
): Promise<Outcome> {
  if (step.do === 'read') return slot.read(step.key, isFirst && fencing === 'monotonic+register');
  if (fencing === 'ask-etcd') {
    const checked = await slot.check();
    if (checked.type !== 'ok') return checked;
  }
  nemesis.trigger('before-write', slot);
  return slot.write(step.key, step.value);
}

/** After these the program is gone, or still at work on something that nobody waits for any more. */
function needsReplacing(outcome: Outcome): boolean {
  return outcome.error === 'client-exited' || outcome.error === 'malformed-line' || outcome.error === 'no-answer';
}
