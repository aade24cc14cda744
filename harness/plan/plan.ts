/** The plan: everything that a run will do, drawn from one seed before it starts, stored as `plan.json`. */
import { z } from 'zod';
import { FENCING } from '../history/decision.js';
import { ETCD_VERSIONS } from '../history/etcd-version.js';
import { KEEP_ALIVE, ON_LOSS, TOKENS } from '../history/run-record.js';
import { FAULT_KINDS } from './fault-kinds.js';

export { FAULT_KINDS, type FaultKind } from './fault-kinds.js';

export const PLAN_VERSION = 2;

/**
 * What sets a fault off, from the time from which it is armed:
 * `time` – at once;
 * `acquired` – a client was told that it has the lock: the late client then reads fresh and writes with an old token;
 * `before-write` – a client is between its read and its write: its write then undoes the other's, a lost update;
 * `waiting` – a client queues: its lease expires in the queue;
 * `released` – a client has released its lock; `lease-granted` – a client has opened its session;
 * `leader-changed` – etcd has elected another leader; `after` – another fault was injected.
 */
export const TRIGGERS = [
  'time',
  'acquired',
  'before-write',
  'waiting',
  'released',
  'lease-granted',
  'leader-changed',
  'after',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Triggers that a client sets off in its lane, and that name it as the one to hit where the target is one client. */
export const CLIENT_TRIGGERS = [
  'acquired',
  'before-write',
  'released',
  'lease-granted',
] as const satisfies readonly Trigger[];
export type ClientTrigger = (typeof CLIENT_TRIGGERS)[number];

const outcomeSchema = z.enum(['clean', 'violated']);
const positive = z.number().int().positive();

const plannedFaultSchema = z.strictObject({
  id: z.string().min(1),
  kind: z.enum(FAULT_KINDS),
  /** The lane whose clients set it off or are hit; missing for faults that belong to no lane. */
  lane: z.number().int().nonnegative().optional(),
  /** A role (fault-kinds.ts, TARGET_ROLES) or a node's own name. */
  target: z.string().min(1),
  trigger: z.enum(TRIGGERS),
  /** Trigger `after`: id of the fault whose injection sets this one off. */
  after: z.string().optional(),
  /** Ms after the start of traffic from which the trigger is armed. */
  atMs: z.number().int().nonnegative(),
  /** Ms from the trigger to the injection. */
  delayMs: z.number().int().nonnegative(),
  durationMs: positive,
  /** Waits until no other fault on nodes is in force: drawn faults do not add up to a lost quorum by accident. */
  alone: z.boolean(),
  /** Where the target leaves a choice: an index taken modulo the number of candidates. */
  pick: z.number().int().nonnegative(),
  /** The kind's own, with all defaults filled in (fault-kinds.ts). */
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type PlannedFault = z.infer<typeof plannedFaultSchema>;

/** What a run can be called: the name is part of a folder's. */
export const NAME = {
  pattern: /^[a-z0-9][a-z0-9._-]{0,63}$/,
  takes: 'a name is made of a-z, 0-9, ".", "_", "-", 64 characters at most, the first a letter or a digit',
};

export const planSchema = z.strictObject({
  version: z.literal(PLAN_VERSION),
  seed: z.number().int().nonnegative(),
  name: z.string().regex(NAME.pattern, NAME.takes),
  settings: z.strictObject({
    recipe: z.string(),
    storage: z.string(),
    workload: z.string(),
    fencing: z.enum(FENCING),
    onLoss: z.enum(ON_LOSS),
    keepAlive: z.enum(KEEP_ALIVE).exactOptional(),
    lanes: positive,
    clients: positive,
    ttlMs: positive,
    leaseless: z.boolean().exactOptional(),
    plannedFaults: z.number().int().nonnegative(),
    faultKinds: z.array(z.string()).exactOptional(),
    timeMs: positive,
  }),
  token: z.enum(TOKENS),
  /** Somebody else's client program instead of leasebreaker's. */
  client: z
    .strictObject({
      /** As a shell in the client hosts takes it. */
      command: z.string().min(1),
      /** Image of the client hosts, made from leasebreaker's own. */
      image: z.string().exactOptional(),
      /** Folder with the Dockerfile of that image, as it was given. */
      build: z.string().exactOptional(),
    })
    .exactOptional(),
  etcd: z.strictObject({
    nodes: z.union([z.literal(1), z.literal(3), z.literal(5)]),
    /** Missing: the usual one, or `image`. */
    version: z.enum(ETCD_VERSIONS).exactOptional(),
    image: z.string().optional(),
    data: z.enum(['tmpfs', 'disk']),
  }),
  /** Operations per second that the run aims at over all lanes; 0: as fast as the clients go. */
  rate: z.number().nonnegative(),
  /** Deadline of one call to etcd or the storage, and of one acquire without progress, in ms of unpaused time. */
  deadlines: z.strictObject({ callMs: positive, acquireMs: positive }),
  /** What the run is to find; `kinds` are violations of which each must occur at least once. */
  expect: z.strictObject({
    data: outcomeSchema.optional(),
    exclusion: outcomeSchema.optional(),
    /** Missing where etcd cannot be held to its word (service.ts), and in plans that were made before it was asked. */
    service: outcomeSchema.optional(),
    kinds: z.array(z.string()).optional(),
  }),
  /** One per client process: its lane, its host, and the draws for its sections, used in turn and then again. */
  processes: z
    .array(
      z.strictObject({
        slot: z.number().int().nonnegative(),
        lane: z.number().int().nonnegative(),
        host: z.number().int().nonnegative(),
        sections: z
          .array(z.strictObject({ idleMs: z.number().int().nonnegative(), thinkMs: z.number().int().nonnegative() }))
          .min(1),
      }),
    )
    .min(1),
  /** The faults asked for, in the words of the command line; with --swarm those that were drawn, with their weights. */
  asked: z.array(z.string()),
  faults: z.array(plannedFaultSchema),
});

export type Plan = z.infer<typeof planSchema>;

/** Reads a plan from parsed JSON; the message names the field that is wrong. */
export function parsePlan(json: unknown): { kind: 'plan'; plan: Plan } | { kind: 'invalid'; message: string } {
  const parsed = planSchema.safeParse(json);
  return parsed.success
    ? { kind: 'plan', plan: parsed.data }
    : { kind: 'invalid', message: z.prettifyError(parsed.error) };
}
