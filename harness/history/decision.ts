/**
 * One decision of the storage: a line of `storage.jsonl`. The order of `seq` is the order in which the storage took
 * them, and with it the ground truth for writes.
 */

/**
 * `off` takes everything. `equality`: the first token pins the key (etcd's contrib/lock example). `monotonic`: writes below the
 * highest token seen are refused. `on`: reads carry the token too, are refused like writes, and raise the highest.
 */
export const FENCING = ['off', 'equality', 'monotonic', 'on'] as const;
export type Fencing = (typeof FENCING)[number];

export interface Decision {
  /** From 1, without gaps. */
  seq: number;
  /** Index of the invocation in the history, or -1 for a request made by hand. */
  op: number;
  process: number;
  f: 'read' | 'write';
  key: string;
  token: string;
  /** Written value, or the value that the read returned. */
  value?: unknown;
  verdict: 'accepted' | 'refused';
  /** Why it was refused. */
  reason?: string;
  /** Highest token seen for the key after this decision; `"0"` before any. */
  highest: string;
}
