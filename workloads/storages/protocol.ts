/**
 * The HTTP storage's wire format. `POST /read` and `POST /write` on the test network; health and the decision log only
 * on a unix socket inside its container, so that no client under test can see or touch them.
 */
import { z } from 'zod';
import { tokenSchema } from '../../harness/history/token.js';

export const STORAGE_PORT = 8080;
/** What the storage's pod has mounted in both of its containers: its admin socket, and what a durable storage keeps. */
export const STORAGE_DATA = '/storage-data';
export const STORAGE_ADMIN_SOCKET = `${STORAGE_DATA}/admin.sock`;
/** `http`: in memory; `http-durable`: every decision is on the disk before it is answered. */
export const STORAGE_KINDS = ['http', 'http-durable'] as const;
/** Largest request body, in bytes. */
export const MAX_BODY = 64 * 1024;
/** Deepest nesting of a value: `[[1]]` has 2. V8's JSON.stringify overflows its stack some thousands deep. */
export const MAX_DEPTH = 64;

const requestSchema = z.strictObject({
  /** Index of the invocation in the history; -1 by hand. */
  op: z.number().int().min(-1),
  process: z.number().int().min(-1),
  key: z.string().min(1).max(512),
  token: tokenSchema,
});

export const readRequestSchema = requestSchema.extend({
  /** Raises the highest token before it reads, and is refused if that is higher already (fencing `monotonic+register`). */
  register: z.boolean().exactOptional(),
});

/**
 * The value is what JSON.parse made of the body and is kept as it is. (`z.json()` will not do: it drops a field named
 * `__proto__` and overflows the stack on deep nesting.)
 */
export const writeRequestSchema = requestSchema.extend({
  value: z
    .unknown()
    .refine(
      (value) => keepsItsMeaning(value, MAX_DEPTH),
      `a value is nested at most ${MAX_DEPTH} deep and its numbers are finite`,
    ),
});

export type ReadRequest = z.infer<typeof readRequestSchema>;
export type WriteRequest = z.infer<typeof writeRequestSchema>;

/** 200: accepted. `value` is null for a key never written; `token` is the token of the last accepted write, "0" before any. */
export interface Accepted {
  seq: number;
  value: unknown;
  token: string;
}

/** 409 refused by fencing, 400/404/405/413/415 for a bad request. */
export interface Refused {
  error: 'fenced' | 'bad-request';
  reason: string;
}

/** Whether a parsed value can be written as JSON again and still be the same: `1e999` parses to Infinity and would become null. */
function keepsItsMeaning(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => keepsItsMeaning(inner, depth - 1));
}
