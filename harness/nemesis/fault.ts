/**
 * What every fault is: something that can be injected into a target, proven by a receipt, and healed. One file per kind
 * implements it; nemesis.ts decides when, and guarantees that everything injected is healed.
 */
import type { Receipt } from '../history/operation.js';
import type { SignalResult } from '../agent/protocol.js';

/** A client process as a fault sees it. */
export interface ClientTarget {
  lane: number;
  /** The logical process number that it has now. */
  readonly process: number;
  /** The client host that it runs on. */
  node: string;
  /** Whether an acquire has been under way for a while without an answer. */
  isWaiting(): boolean;
  /** Whether it could be hit: running, not already under a fault. */
  isRunning(): boolean;
  /** From now on no operation is sent to it; what falls due waits. */
  hold(): void;
  /** Sends what fell due meanwhile, and lets operations flow again. */
  letGo(): void;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<SignalResult>;
}

export interface Fault {
  kind: string;
  /** One line for `leasebreaker list`. */
  description: string;
  /** What its receipt proves, one line. */
  receipt: string;
  /** Never throws: what goes wrong is a receipt that proves nothing. */
  inject(target: ClientTarget): Promise<Receipt>;
  /** Undoes the injection; safe to call twice. */
  heal(target: ClientTarget): Promise<Receipt>;
}
