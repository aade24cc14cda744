/**
 * The storage itself: keys in memory, one fencing scheme, and the log of what was decided. Each request is decided, applied
 * and logged in one step without a pause in between, so `seq` is the true order of effects.
 * Nothing is kept over a restart.
 */
import type { Decision, Fencing } from '../../harness/history/decision.js';
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
  summary(): Summary;
  readonly log: DecisionLog;
}

export function createStore(fencing: Fencing): Store {
  const log = createDecisionLog();
  const states = new Map<string, KeyState>();
  let seq = 0;
  let refusals = 0;
  return {
    log,
    apply({ op, process, key }, access) {
      const before = states.get(key) ?? NEVER_WRITTEN;
      const ruling = rule(fencing, before, access);
      seq += 1;
      const { f, token } = access;
      const decision: Decision = { seq, op, process, f, key, token, verdict: ruling.verdict, highest: before.highest };
      if (ruling.verdict === 'refused') {
        refusals += 1;
        log.append({ ...decision, ...(access.f === 'write' && { value: access.value }), reason: ruling.reason });
        return { refused: { error: 'fenced', reason: ruling.reason } };
      }
      const { value, writtenWith, highest } = ruling.state;
      states.set(key, ruling.state);
      log.append({ ...decision, value, highest });
      return { accepted: { seq, value, token: writtenWith ?? '0' } };
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
