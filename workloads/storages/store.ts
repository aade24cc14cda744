/**
 * The storage itself: keys in memory, one fencing scheme, and the log of what was decided. Each request is decided, applied
 * and logged in one step without a pause in between, so `seq` is the true order of effects.
 * Nothing is kept over a restart unless there is a file to keep it in (decision-file.ts).
 */
import type { Decision, Fencing } from '../../harness/history/decision.js';
import type { DecisionFile } from './decision-file.js';
import { createDecisionLog, type DecisionLog } from './decision-log.js';
import { type Access, type KeyState, NEVER_WRITTEN, rule } from './fencing.js';
import type { Accepted, Refused } from './protocol.js';

/** Who asks: the fields of a request that only the log needs. */
export interface Origin {
  op: number;
  process: number;
  key: string;
}

export interface Summary {
  fencing: Fencing;
  decisions: number;
  accepted: number;
  refused: number;
  /** Keys that a request was accepted for. */
  keys: number;
  logBytes: number;
}

export interface Store {
  apply(origin: Origin, access: Access): { accepted: Accepted } | { refused: Refused };
  /**
   * Calls back when all that was decided until now outlives the program, and may be told: at once where nothing is kept. Refusals
   * and reads wait too, because their numbers and the tokens that they raised must not be given out twice.
   */
  whenKept(callback: () => void): void;
  summary(): Summary;
  /** Forgets values, tokens and decisions, as if it had just begun; for when no client is there any more. Resolves when that is kept. */
  reset(): Promise<void>;
  readonly log: DecisionLog;
}

/** In memory; with a file, what that holds already has been decided. */
export function createStore(fencing: Fencing, file?: Omit<DecisionFile, 'failed' | 'close'>): Store {
  const log = createDecisionLog();
  const states = new Map<string, KeyState>();
  let seq = 0;
  let refusals = 0;
  const note = (decision: Decision): void => {
    const line = log.append(decision);
    file?.append(line);
  };
  for (const decision of file?.recovered ?? []) {
    log.append(decision);
    seq = decision.seq;
    if (decision.verdict === 'refused') refusals += 1;
    else states.set(decision.key, after(states.get(decision.key) ?? NEVER_WRITTEN, decision));
  }
  return {
    log,
    whenKept: (callback) => (file === undefined ? callback() : file.whenKept(callback)),
    apply({ op, process, key }, access) {
      const before = states.get(key) ?? NEVER_WRITTEN;
      const ruling = rule(fencing, before, access);
      seq += 1;
      const { f, token } = access;
      const decision: Decision = { seq, op, process, f, key, token, verdict: ruling.verdict, highest: before.highest };
      if (ruling.verdict === 'refused') {
        refusals += 1;
        note({ ...decision, ...(access.f === 'write' && { value: access.value }), reason: ruling.reason });
        return { refused: { error: 'fenced', reason: ruling.reason } };
      }
      const { value, writtenWith, highest } = ruling.state;
      states.set(key, ruling.state);
      note({ ...decision, value, highest });
      return { accepted: { seq, value, token: writtenWith ?? '0' } };
    },
    async reset() {
      log.clear();
      states.clear();
      seq = 0;
      refusals = 0;
      await file?.clear();
    },
    summary: () => ({
      fencing,
      decisions: seq,
      accepted: seq - refusals,
      refused: refusals,
      keys: states.size,
      logBytes: log.bytes,
    }),
  };
}

/** A key's state after a decision that accepted: a read leaves the value as it was and may have raised the highest token. */
function after(before: KeyState, { f, value, token, highest }: Decision): KeyState {
  return f === 'read' ? { ...before, highest } : { value, writtenWith: token, highest };
}
