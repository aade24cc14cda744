/** Stamps what happens with the controller's monotonic clock, appends it to the history, and keeps the live figures. */
import { monotonicNs } from '../history/clock.js';
import { completionType } from '../history/errors.js';
import type { Journal } from '../history/journal.js';
import type { EventName, FaultName, FaultRecord, OperationName, RecoveryRecord } from '../history/operation.js';
import type { ClientAnswer } from '../../workloads/clients/protocol.js';

/** Who an entry is about. */
export interface Who {
  process: number;
  lane: number;
  node: string;
}

export interface LiveFigures {
  operations: number;
  /** Acquires answered `ok` to another process than the lane's last one. */
  handOvers: number;
  /** Acknowledged writes whose token is smaller than one acknowledged before: what the checkers will prove. */
  staleWrites: number;
  refusedWrites: number;
}

export interface Recorder {
  /** Call just before the command is sent. Returns the operation's index. */
  invoke(who: Who, f: OperationName, fields: { key?: string; value?: unknown; token?: string }): number;
  /** Call when the answer has been read; the error table decides between `fail` and `info`. Returns the entry's type. */
  complete(who: Who, f: OperationName, answer: Completion): 'ok' | 'fail' | 'info';
  event(who: Who, f: EventName, fields: { value?: unknown; token?: string; error?: string; message?: string }): void;
  fault(f: FaultName, lane: number, value: FaultRecord): void;
  recovery(value: RecoveryRecord): void;
  /** Nanoseconds since the run began. */
  now(): number;
  readonly figures: LiveFigures;
  /** Both halves of all faults so far. */
  readonly faults: readonly { f: FaultName; value: FaultRecord }[];
  /** The last recovery. */
  readonly recovered: RecoveryRecord | undefined;
}

export type Completion = Pick<ClientAnswer, 'type' | 'value' | 'token' | 'error' | 'message'> & { key?: string };

export function createRecorder(journal: Journal, startNs: bigint): Recorder {
  const figures: LiveFigures = { operations: 0, handOvers: 0, staleWrites: 0, refusedWrites: 0 };
  const lastHolder = new Map<number, number>();
  const highest = new Map<number, bigint>();
  const faults: { f: FaultName; value: FaultRecord }[] = [];
  let recovered: RecoveryRecord | undefined;
  const now = (): number => Number(monotonicNs() - startNs);

  function watch(who: Who, f: OperationName, type: 'ok' | 'fail' | 'info', answer: Completion): void {
    figures.operations++;
    if (f === 'acquire' && type === 'ok') {
      if (lastHolder.has(who.lane) && lastHolder.get(who.lane) !== who.process) figures.handOvers++;
      lastHolder.set(who.lane, who.process);
    }
    if (f === 'write' && type === 'ok' && answer.token !== undefined) {
      const token = BigInt(answer.token);
      const seen = highest.get(who.lane) ?? 0n;
      if (token < seen) figures.staleWrites++;
      else highest.set(who.lane, token);
    }
    if (answer.error === 'fenced') figures.refusedWrites++;
  }

  return {
    figures,
    faults,
    get recovered() {
      return recovered;
    },
    now,
    invoke(who, f, fields) {
      return journal.append({ time: now(), ...who, type: 'invoke', f, ...fields }).index;
    },
    complete(who, f, { type, key, value, token, error, message }) {
      const decided = type === 'ok' ? 'ok' : completionType(error ?? '');
      journal.append({
        time: now(),
        ...who,
        type: decided,
        f,
        ...(key === undefined ? {} : { key }),
        ...(value === undefined ? {} : { value }),
        ...(token === undefined ? {} : { token }),
        ...(error === undefined ? {} : { error }),
        ...(message === undefined ? {} : { message }),
      });
      watch(who, f, decided, { type, value, token, error, message });
      return decided;
    },
    event(who, f, fields) {
      journal.append({ time: now(), ...who, type: 'info', f, ...fields });
    },
    fault(f, lane, value) {
      faults.push({ f, value });
      journal.append({ time: now(), process: 'nemesis', lane, type: 'info', f, value });
      void journal.flush();
    },
    recovery(value) {
      recovered = value;
      journal.append({ time: now(), process: 'nemesis', lane: -1, type: 'info', f: 'recovery', value });
    },
  };
}
