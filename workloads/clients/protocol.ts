/**
 * The client protocol, version 1: what the controller asks of a client process and what it answers, one JSON object a
 * line on the client's stdin and stdout. docs/client-protocol.md tells it to people who bring their own client.
 */
import { z } from 'zod';
import type { Fencing } from '../../harness/history/decision.js';
import type { KeepAlive, TokenSource } from '../../harness/history/run-record.js';
import { tokenSchema } from '../../harness/history/token.js';

export const CLIENT_PROTOCOL = 1;

/**
 * A request. `id` is answered once, in any order; at most one of open/acquire/read/write/check/release is under way at a time, the
 * others may come beside it.
 */
export type ClientRequest =
  | { id: number; f: 'hello'; version: number }
  | ({ id: number; f: 'open' } & OpenOptions)
  | { id: number; f: 'acquire'; lock: string }
  /** `register`: the storage is to raise the key's highest token to the holder's before it reads (fencing `monotonic+register`). */
  | { id: number; f: 'read'; key: string; op: number; process: number; register?: boolean }
  | { id: number; f: 'write'; key: string; value: unknown; op: number; process: number }
  /** Asks etcd whether the lock is still this client's. */
  | { id: number; f: 'check' }
  | { id: number; f: 'release' }
  | { id: number; f: 'close' }
  /** Renews the lease of the session once, whoever keeps it alive. */
  | { id: number; f: 'keep-alive' }
  | { id: number; f: 'stall'; how: 'gc' | 'busy'; ms: number }
  | { id: number; f: 'clock' };

export interface OpenOptions {
  recipe: string;
  /** Client URLs of the etcd members, such as `http://10.213.0.11:2379`, the preferred one first. */
  etcd: string[];
  /** Base URL of the storage: `http:`, `postgres:`, `redis:`, or `etcd:`, which is the members above. */
  storage: string;
  /** The scheme for storages in which the client's own statement decides (all but `http:`). Missing: `off`. */
  fencing?: Fencing;
  /** Lease TTL to ask for, in seconds; the granted one is answered. */
  ttl: number;
  onLoss: 'ignore' | 'stop';
  /** `controller`: the lease is renewed on `keep-alive` alone. Missing: `client`. */
  keepAlive?: KeepAlive;
  /** What to send as fencing token. */
  token: TokenSource;
  /** Deadline of one call to etcd or to the storage, in ms. */
  deadlineMs: number;
}

/** Answers and the unasked event. Unknown fields are let through, so that later versions can add some. */
export const clientMessageSchema = z.union([
  z.looseObject({
    id: z.number().int(),
    type: z.enum(['ok', 'fail', 'info']),
    /** Read value; `open`, `keep-alive`: `{ttlMs, lease}`; `acquire`, where it has any of these: `{lease, failedTries}`; `hello`: `{version, name}`; `stall`: `{delayMs, gcMs}`; `clock`: `{wallMs, monotonicNs}`; `release`: `{deleted}`. */
    value: z.unknown().optional(),
    /** `acquire`, `read`, `write`: the fencing token, a decimal string. */
    token: tokenSchema.optional(),
    /** Code from the error table; required unless `type` is `ok`. */
    error: z.string().optional(),
    message: z.string().optional(),
  }),
  z.looseObject({
    event: z.literal('lost'),
    /** Id of the acquire request whose hold ended. */
    hold: z.number().int(),
    /** Why, such as `local-deadline` or `lease-not-found`. */
    reason: z.string(),
  }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type ClientAnswer = Extract<ClientMessage, { type: string }>;
export type LostEvent = Extract<ClientMessage, { event: string }>;
