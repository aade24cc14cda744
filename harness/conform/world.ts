/** What a client is tried in: a lock service, a storage and programs that run the client. The checks know nothing else. */
import type { SendAs } from '../agent/protocol.js';
import type { Decision } from '../history/decision.js';

/** Shows what becomes of a token in a write, and of `register` in a read; fenced reads would show no difference. */
export const FENCING_ON_TRIAL = 'monotonic+register';

/** A client program that has been started. */
export interface Program {
  send(text: string, as?: SendAs): void;
  pause(): Promise<unknown>;
  resume(): Promise<unknown>;
  kill(): Promise<unknown>;
}

export interface ProgramEvents {
  onLine(line: string): void;
  onStderr(line: string): void;
  onExit(how: string): void;
}

export interface LockKey {
  key: string;
  createRevision: string;
}

export interface World {
  /** Client URLs of the members. */
  readonly etcd: readonly string[];
  /** Of the storage, whose fencing is {@link FENCING_ON_TRIAL}. */
  readonly storage: string;
  /** Where nobody listens, and where somebody does and never says a word. */
  readonly refusing: string;
  readonly silent: string;
  readonly recipe: string;
  /** For an answer that has nothing to wait for, in ms: far more than it takes. */
  readonly patienceMs: number;
  start(name: string, events: ProgramEvents): Promise<Program>;
  /** Keys that are the lock itself or lie below it. */
  keysOf(lock: string): Promise<LockKey[]>;
  deleteKey(key: string): Promise<void>;
  /** TTL that was granted, in ms; undefined: there is no such lease. */
  grantedTtlMs(leaseHex: string): Promise<number | undefined>;
  /** The storage's decisions so far. */
  decisions(): Promise<Decision[]>;
}
