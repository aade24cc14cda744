/**
 * The HTTP storage's wire format. `POST /read` and `POST /write` on the test network; health and the decision log only
 * on a unix socket inside its container, so that no client under test can see or touch them.
 */
import { z } from 'zod';

export const STORAGE_PORT = 8080;
export const STORAGE_ADMIN_SOCKET = '/run/leasebreaker-storage.sock';
/** Largest request body, in bytes. */
export const MAX_BODY = 64 * 1024;

const MAX_TOKEN = 2n ** 63n - 1n;

/** A fencing token: a decimal string, 0 to 2^63-1, as etcd's revisions and lease ids are int64. */
export const tokenSchema = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,18})$/, 'a token is a decimal string from "0" to "9223372036854775807"')
  .refine((token) => BigInt(token) <= MAX_TOKEN, 'a token is at most 9223372036854775807');

export const readRequestSchema = z.strictObject({
  /** Index of the invocation in the history; -1 by hand. */
  op: z.number().int().min(-1),
  process: z.number().int().min(-1),
  key: z.string().min(1).max(512),
  token: tokenSchema,
});

export const writeRequestSchema = readRequestSchema.extend({ value: z.json() });

export type ReadRequest = z.infer<typeof readRequestSchema>;
export type WriteRequest = z.infer<typeof writeRequestSchema>;

/** 200: accepted. `value` is null for a key never written; `token` is the token of the last accepted write. */
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
