/**
 * The shapes of operation.ts, decision.ts and ownership.ts as schemas, for what comes back from a file. Fields that this
 * version does not know are left out, so that a later version may add some.
 */
import { z } from 'zod';
import type { Decision } from './decision.js';
import {
  type FaultEntry,
  type HistoryEntry,
  OPERATIONS,
  type OperationEntry,
  type RecoveryEntry,
} from './operation.js';
import type { OwnershipEvent } from './ownership.js';
import { tokenSchema } from './token.js';

const count = z.number().int().min(0);
const text = z.string();
/** Processes and lanes have 32 bits, of which the smallest number stands for the nemesis. */
const number32 = z.int32();

const base = { index: count, time: count, lane: number32 };

const operationEntrySchema: z.ZodType<OperationEntry> = z.object({
  ...base,
  type: z.enum(['invoke', 'ok', 'fail', 'info']),
  process: number32.min(-(2 ** 31) + 1),
  f: z.enum([...OPERATIONS, 'lost', 'harness-error']),
  key: text.exactOptional(),
  value: z.unknown().exactOptional(),
  token: tokenSchema.exactOptional(),
  error: text.exactOptional(),
  message: text.exactOptional(),
  node: text.exactOptional(),
});

const nemesisBase = { ...base, type: z.literal('info'), process: z.literal('nemesis') };

const faultEntrySchema: z.ZodType<FaultEntry> = z.object({
  ...nemesisBase,
  f: z.enum(['inject', 'heal']),
  value: z.object({
    id: text,
    kind: text,
    trigger: text,
    targets: z.array(text),
    processes: z.union([z.array(z.number().int()), z.literal('all')]),
    nodes: z.array(text),
    options: z.record(z.string(), z.union([text, z.number(), z.boolean()])),
    durationMs: z.number(),
    begun: count.exactOptional(),
    receipt: z.discriminatedUnion('proven', [
      z.object({ proven: z.literal(true), evidence: z.record(z.string(), z.unknown()) }),
      z.object({ proven: z.literal(false), reason: text }),
    ]),
  }),
});

const recoveryEntrySchema: z.ZodType<RecoveryEntry> = z.object({
  ...nemesisBase,
  f: z.literal('recovery'),
  value: z.object({
    withinMs: z.number(),
    tookMs: z.number().exactOptional(),
    lanesNotLocked: z.array(z.number().int()),
    cluster: z.array(text),
  }),
});

/** The schema that a line of `history.jsonl` must satisfy; a plain union would only say that none fits. */
export function historyEntrySchema(line: unknown): z.ZodType<HistoryEntry> {
  if (typeof line !== 'object' || line === null || !('process' in line) || line.process !== 'nemesis')
    return operationEntrySchema;
  return 'f' in line && line.f === 'recovery' ? recoveryEntrySchema : faultEntrySchema;
}

export const decisionSchema: z.ZodType<Decision> = z.object({
  seq: z.number().int().min(1),
  op: number32.min(-1),
  process: number32.min(-1),
  f: z.enum(['read', 'write']),
  key: text,
  token: tokenSchema,
  value: z.unknown().exactOptional(),
  verdict: z.enum(['accepted', 'refused']),
  reason: text.exactOptional(),
  highest: tokenSchema,
});

export const ownershipEventSchema: z.ZodType<OwnershipEvent> = z.object({
  time: count,
  member: text,
  revision: tokenSchema,
  type: z.enum(['put', 'delete']),
  key: text,
  lane: number32,
  createRevision: tokenSchema,
  lease: z.string().regex(/^(0|[1-9a-f][0-9a-f]{0,15})$/, 'a lease id is in lower-case hex, without leading zeros'),
});
