/**
 * The shape of `verdict.json`, for people who read it with programs of their own. Everything that a violation rests on is
 * in it: a script that follows the proof needs no other file. docs/verdict.schema.json is this schema as JSON Schema.
 *
 * A change that an old reader would trip over raises `SCHEMA_VERSION`.
 */
import { z } from 'zod';
import type { ViolationKind } from '../../checkers/verdict.js';
import { FENCING } from '../history/decision.js';
import { OPERATIONS } from '../history/operation.js';
import { KEEP_ALIVE, ON_LOSS, TOKENS } from '../history/run-record.js';
import { STATES } from './reached-states.js';

export const SCHEMA_VERSION = 3;

const count = z.number().int().min(0);
const nanoseconds = z.number().int().describe("Nanoseconds since the run began, on the controller's monotonic clock.");
const token = z.string().describe("Fencing token: a decimal string, because etcd's revisions are 64-bit.");
const outcome = z.enum(['clean', 'violated', 'unknown']);

/** The most telling first: what befell the data, then mutual exclusion, etcd's word, liveness, recovery. */
export const VIOLATION_KINDS = [
  'stale-write',
  'lost-update',
  'replayed-write',
  'interleaved-sections',
  'wrong-count',
  'wrong-value',
  'not-linearizable',
  'late-write',
  'stale-read',
  'overlapping-sections',
  'premature-expiry',
  'never-owned',
  'shared-revision',
  'token-reused',
  'token-order',
  'watch-anomaly',
  'refused-owner',
  'never-free',
  'starved-waiter',
  'not-recovered',
] as const satisfies readonly ViolationKind[];
const kind = z.enum(VIOLATION_KINDS);
const counts = z.object(
  Object.fromEntries(VIOLATION_KINDS.map((name) => [name, count])) as Record<ViolationKind, typeof count>,
);

const settings = z.object({
  recipe: z.string(),
  storage: z.string(),
  workload: z.string(),
  fencing: z.enum(FENCING),
  onLoss: z.enum(ON_LOSS),
  keepAlive: z.enum(KEEP_ALIVE).exactOptional().describe('Who keeps leases alive; missing: the client.'),
  token: z.enum(TOKENS).exactOptional().describe('What fencing tokens are; missing: create revisions.'),
  lanes: count,
  clients: count.describe('Client processes a lane.'),
  ttlMs: z.number(),
  leaseless: z.boolean().exactOptional().describe('The recipe rests on no lease; missing: it rests on one.'),
  plannedFaults: count,
  faultKinds: z.array(z.string()).exactOptional().describe('Kinds of the planned faults, each once.'),
  timeMs: z.number(),
});

const end = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('interrupted') }),
  z.object({ kind: z.literal('environment'), message: z.string(), mend: z.array(z.string()) }),
  z.object({ kind: z.literal('defect'), message: z.string() }),
]);

export const expectationSchema = z.object({
  data: z.enum(['clean', 'violated']).optional().describe('Missing: nothing was expected.'),
  exclusion: z.enum(['clean', 'violated']).optional(),
  service: z.enum(['clean', 'violated']).optional(),
  kinds: z.array(z.string()).optional().describe('Kinds of violations that must occur.'),
  met: z.boolean(),
  unmet: z.array(z.string()).describe('What was expected and is not so, one sentence fragment each.'),
});

const operation = z.object({
  index: count.describe('Index of its invocation in history.jsonl.'),
  process: z.number().int(),
  f: z.enum(OPERATIONS),
  key: z.string().optional(),
  value: z.unknown().optional().describe('Written or read value.'),
  token: token.optional(),
  node: z.string().optional(),
  invoked: nanoseconds,
  completed: nanoseconds.nullable().describe('null: the run ended first.'),
  outcome: z
    .enum(['ok', 'fail', 'info'])
    .describe('ok: took effect; fail: certainly did not; info: its client cannot know.'),
  error: z.string().optional(),
});

const section = z.object({
  process: z.number().int(),
  token,
  acquire: operation,
  operations: z.array(operation).describe('The operations of the section that the proof rests on.'),
});

const decision = z.object({
  seq: z.number().int().min(1).describe('Position in the order in which the storage decided.'),
  op: z.number().int(),
  process: z.number().int(),
  f: z.enum(['read', 'write']),
  key: z.string(),
  token,
  value: z.unknown().optional(),
  verdict: z.enum(['accepted', 'refused']),
  reason: z.string().optional(),
  highest: token,
});

const ownership = z.object({
  time: nanoseconds,
  member: z.string(),
  revision: z.string(),
  type: z.enum(['put', 'delete']),
  key: z.string(),
  lane: z.number().int(),
  createRevision: z.string(),
  lease: z.string(),
});

const fault = z.object({
  id: z.string(),
  kind: z.string(),
  trigger: z.string(),
  targets: z.array(z.string()).describe('What was hit, in words, such as `client 19` or `etcd2`.'),
  processes: z
    .union([z.array(z.number().int()), z.literal('all')])
    .describe('Client processes whose work it could hinder, as they were numbered at its injection.'),
  nodes: z.array(z.string()).describe('Containers touched.'),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  injected: nanoseconds,
  healed: nanoseconds.nullable(),
  receipt: z
    .discriminatedUnion('proven', [
      z.object({ proven: z.literal(true), evidence: z.record(z.string(), z.unknown()) }),
      z.object({ proven: z.literal(false), reason: z.string() }),
    ])
    .describe('What was read back after the injection.'),
});

const recovered = z.object({
  withinMs: z.number().describe('How long recovery was waited for.'),
  tookMs: z.number().exactOptional().describe('From the final heal until all was well; missing: it never was.'),
  lanesNotLocked: z.array(z.number().int()).describe('Lanes whose lock nobody got any more.'),
  cluster: z.array(z.string()).describe('What was wrong with the cluster, a line each.'),
});

const faultTally = z.object({
  injected: count,
  proven: count.describe('Their receipt proves that they took effect.'),
  healed: count.describe('A receipt proves that they were undone.'),
});

const violation = z.object({
  id: z.string().describe('Its address in report.html, such as v1.'),
  kind,
  lane: z.number().int().describe('-1 for what belongs to no lane.'),
  key: z.string().optional(),
  sentence: z.string(),
  first: section
    .optional()
    .describe(
      'The section of the older hold: the late one, the one that was overwritten, or the only one it is about.',
    ),
  second: section.optional(),
  decisions: z.array(decision).describe('What the storage decided, in its own order: the proof for writes.'),
  ownership: z
    .array(ownership)
    .describe('What etcd told of the lock keys of the two holds, as each event was first seen.'),
  operations: z
    .array(operation)
    .exactOptional()
    .describe('Operations that prove it without a section, in the order of the proof.'),
  events: z.array(ownership).exactOptional().describe('Watch events that prove it, as their members told them.'),
  detail: z.string().exactOptional().describe('What exactly is wrong, where the kind does not say it all.'),
  fault: fault.optional().describe('The fault that explains it; missing: none was in force.'),
  recovery: recovered.optional().describe('Of not-recovered: what was wrong.'),
  from: z.number(),
  to: z.number(),
  numbers: z.record(z.string(), z.number()),
});

const stop = z.object({
  kind: z.string().describe('Of the fault.'),
  lengthMs: z.number().describe('From the stop of its client to the end of the fault.'),
  ttlMs: z.number().describe('Asked for.'),
  stale: z
    .boolean()
    .describe(
      "Whether a write of that hold reached the storage after the next hold had been granted: it was no longer the holder's to make, accepted or not.",
    ),
});

const statistics = z.object({
  handOvers: count.describe('Holds that followed on one of another client.'),
  handOversUnderFault: count.describe(
    "Of them, those whose holder was told while a fault lay on the former one's client.",
  ),
  firstViolationMs: z
    .partialRecord(kind, z.number())
    .describe('By kind: from the first operation to the end of what the first listed violation rests on.'),
  stops: z.array(stop).describe('Faults that stopped a client which held the lock.'),
  coverage: z.partialRecord(z.enum(STATES), count).describe('How often each of the interesting states was reached.'),
});

export const verdictSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  name: z.string(),
  date: z.iso.datetime(),
  seed: z.number().int(),
  command: z.string().describe('The command line that carries the same plan out again.'),
  versions: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
  settings,
  end,
  summary: z.string().describe('The verdict in one sentence.'),
  verdict: outcome.describe('Did the storage keep what the lock was to guard?'),
  exclusion: outcome.describe('Did two sections under one lock overlap? Fencing does not restore this.'),
  assumptions: outcome.describe('Was there enough to judge, and can it be relied on?'),
  service: outcome.describe('Did etcd and the lock on it keep their word: leases, owners, tokens, watches?'),
  liveness: outcome.describe('Was a free lock handed on, and the rightful owner served?'),
  recovery: outcome.describe('Was the system itself again after the final heal?'),
  recovered: recovered.nullable().describe('What the run recorded of that; null: nobody looked.'),
  expectation: expectationSchema,
  exitCode: z
    .number()
    .int()
    .describe('0 as expected, 1 not as expected, 2 unknown, 3 environment, 70 defect, 130 interrupted.'),
  doubts: z.array(z.object({ checker: z.string(), doubt: z.string() })),
  counts: counts.describe('True numbers, also of violations that are not listed.'),
  refused: z.object({ reads: count, writes: count }).describe('Operations that the storage refused for their token.'),
  operations: z.object({ ok: count, fail: count, info: count }),
  faults: faultTally
    .extend({ kinds: z.array(faultTally.extend({ kind: z.string() })).describe('The same by kind.') })
    .describe('Injected faults, and how many of them have their receipts.'),
  statistics: statistics.exactOptional().describe('What campaigns count; missing: written by an older version.'),
  unexplained: count.describe(
    'Of the listed stale writes, lost updates, late writes, stale reads, interleaved and overlapping sections: those with no fault in force.',
  ),
  checkers: z.array(
    z.object({
      checker: z.string(),
      outcome,
      counts: counts.partial(),
      figures: z.record(z.string(), z.number()),
      series: z
        .array(
          z.object({
            name: z.string(),
            unit: z.string(),
            points: z.array(z.tuple([nanoseconds, z.number()])).describe('Time and value.'),
          }),
        )
        .exactOptional()
        .describe('What the checker measured over time.'),
    }),
  ),
  violations: z.array(violation).describe('Capped per kind and lane; `counts` has the true numbers.'),
});

export type VerdictJson = z.infer<typeof verdictSchema>;
export type VerdictViolation = z.infer<typeof violation>;
export type RunStatistics = z.infer<typeof statistics>;
export type Stop = z.infer<typeof stop>;
export type VerdictSection = z.infer<typeof section>;
export type RecoveredJson = z.infer<typeof recovered>;
export type VerdictOperation = z.infer<typeof operation>;
export type ExpectationJson = z.infer<typeof expectationSchema>;

/** The schema as JSON Schema, draft 2020-12, as docs/verdict.schema.json holds it. */
export function verdictJsonSchema(): Record<string, unknown> {
  return { title: 'leasebreaker verdict.json', ...z.toJSONSchema(verdictSchema, { io: 'input' }) };
}
