/**
 * Every kind of fault as data: what it is called, where it can strike, which options it takes. The command line, the plan's
 * schema, `list`, `doctor` and the nemesis all read this one table; what a fault does is in harness/nemesis/KIND.ts.
 */
import { z } from 'zod';

export const FAULT_KINDS = [
  'pause',
  'freeze',
  'stall',
  'kill',
  'partition',
  'loss',
  'delay',
  'bandwidth',
  'clock',
  'disk',
  'cpu',
  'etcd',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * Who is hit, by role, resolved at the moment of injection. `holder`, `waiter`, `next-in-queue` and `random-client` are about
 * one lane each; `minority` and `majority` are sets of members with the leader drawn like any other. Besides these a node's own
 * name (`etcd2`, `clients1`, `storage`) can be given. The observer never is.
 */
export const TARGET_ROLES = [
  'holder',
  'waiter',
  'next-in-queue',
  'random-client',
  'all-clients',
  'leader',
  'follower',
  'minority',
  'majority',
  'all',
  'storage',
] as const;
export type TargetRole = (typeof TARGET_ROLES)[number];

/** Roles that name one client of a lane. */
export const CLIENT_ROLES = [
  'holder',
  'waiter',
  'next-in-queue',
  'random-client',
] as const satisfies readonly TargetRole[];
/** Roles that name etcd members; `all` is all of them. */
export const MEMBER_ROLES = [
  'leader',
  'follower',
  'minority',
  'majority',
  'all',
] as const satisfies readonly TargetRole[];

/** Who is cut off from whom; nemesis/partition-shapes.ts makes a list of cuts of each. */
export const PARTITION_SHAPES = [
  'isolate-one',
  'isolate-leader',
  'isolate-holder',
  'isolate-holder-from-etcd',
  'isolate-holder-from-storage',
  'halves',
  'majority-with-leader',
  'majority-without-leader',
  'majorities-ring',
  'bridge',
  'single-link',
  'clients-from-members',
] as const;

export const ETCD_OPERATIONS = ['move-leader', 'compact', 'defragment', 'replace-member', 'rolling-restart'] as const;
export const DISK_MODES = ['slow', 'full', 'lost'] as const;

const percent = z.number().min(0.1).max(100);
const ms = z.number().int().min(1).max(600_000);

export interface FaultKindInfo {
  /** One line for `list` and the documentation. */
  description: string;
  /** Options of its own; all have defaults. The first enumeration's values may be given without their name. */
  options: z.ZodObject;
  /** Roles and kinds of nodes that it can strike; `node`: any container by name. */
  targets: readonly TargetRole[];
  defaultTarget: TargetRole;
  /** What `for` is unless given, in TTLs: from, to. */
  defaultFor: readonly [number, number];
}

const EVERYBODY = TARGET_ROLES;
const CLIENTS = [...CLIENT_ROLES, 'all-clients'] as const;
const SERVERS = [...MEMBER_ROLES, 'storage'] as const;

export const FAULT_INFO: Record<FaultKind, FaultKindInfo> = {
  pause: {
    description: 'SIGSTOP every thread of a client, a member or the storage, SIGCONT later',
    options: z.strictObject({}),
    targets: EVERYBODY,
    defaultTarget: 'holder',
    defaultFor: [2, 3],
  },
  freeze: {
    description: 'freeze a whole container (docker pause)',
    options: z.strictObject({}),
    targets: EVERYBODY,
    defaultTarget: 'holder',
    defaultFor: [2, 3],
  },
  stall: {
    description: "block a client's main thread from within: a busy loop, or a real garbage collection",
    options: z.strictObject({ how: z.enum(['busy', 'gc']).default('busy') }),
    targets: CLIENTS,
    defaultTarget: 'holder',
    defaultFor: [2, 3],
  },
  kill: {
    description: 'SIGKILL, and start again later',
    options: z.strictObject({}),
    targets: EVERYBODY,
    defaultTarget: 'follower',
    defaultFor: [1, 2],
  },
  partition: {
    description: 'cut nodes off from each other with firewall rules in their own network namespaces',
    options: z.strictObject({
      shape: z.enum(PARTITION_SHAPES).default('isolate-leader'),
      /** `both`: nothing passes; `requests-pass`: what the cut-off side sends arrives, answers do not; `answers-pass`: the other way round. */
      way: z.enum(['both', 'requests-pass', 'answers-pass']).default('both'),
      /** Packets vanish, or are answered with a reset. */
      by: z.enum(['drop', 'reject']).default('drop'),
      /** Ms between taking the cut away and making it again; 0: it stays. */
      flap: z.number().int().min(0).max(60_000).default(0),
    }),
    // The shape says who is hit; which of these it has a use for is in refusal.ts.
    targets: ['holder', 'leader', 'follower', 'all', 'storage'],
    defaultTarget: 'leader',
    defaultFor: [2, 3],
  },
  loss: {
    description: 'drop a share of the packets of a node or a link',
    options: z.strictObject({ percent: percent.default(30), link: z.string().default('') }),
    targets: EVERYBODY,
    defaultTarget: 'leader',
    defaultFor: [2, 3],
  },
  delay: {
    description: 'delay what a node or a link carries (netem, or a TCP proxy where the kernel has none)',
    options: z.strictObject({
      ms: ms.default(200),
      jitter: z.number().int().min(0).default(50),
      link: z.string().default(''),
    }),
    targets: EVERYBODY,
    defaultTarget: 'leader',
    defaultFor: [2, 3],
  },
  bandwidth: {
    description: 'limit what a node or a link sends',
    options: z.strictObject({ kbit: z.number().min(1).max(10_000_000).default(64), link: z.string().default('') }),
    targets: EVERYBODY,
    defaultTarget: 'leader',
    defaultFor: [2, 3],
  },
  clock: {
    description: "bend a process's clocks: another rate, a step of the wall clock, a jump of all clocks, or strobing",
    options: z.strictObject({
      /** Rate of all clocks: 1 is true, 0.25 a quarter of it, 4 four times. */
      drift: z.number().min(0.01).max(100).optional(),
      /** Step of the wall clock alone, in ms, either direction. */
      step: z.number().int().optional(),
      /** Jump of all clocks, in ms; backwards only with `impossible`. */
      jump: z.number().int().optional(),
      /** Steps the wall clock forth and back by so many ms every 100 ms. */
      strobe: z.number().int().min(1).optional(),
      /** Allows what no real kernel does: a monotonic clock that steps back. Set by --impossible-clocks. */
      impossible: z.boolean().default(false),
    }),
    targets: EVERYBODY,
    defaultTarget: 'holder',
    defaultFor: [2, 3],
  },
  disk: {
    description: 'a slow fdatasync, a full disk, or a data directory that is lost over a restart',
    options: z.strictObject({ mode: z.enum(DISK_MODES).default('slow'), ms: ms.default(1000) }),
    targets: SERVERS,
    defaultTarget: 'leader',
    defaultFor: [2, 3],
  },
  cpu: {
    description: 'starve a container of CPU time by a quota',
    options: z.strictObject({ percent: percent.default(5) }),
    targets: EVERYBODY,
    defaultTarget: 'leader',
    defaultFor: [2, 3],
  },
  etcd: {
    description:
      'operations on the cluster: move the leader, compact, defragment, replace a member, restart one after the other',
    options: z.strictObject({ operation: z.enum(ETCD_OPERATIONS).default('move-leader') }),
    targets: MEMBER_ROLES,
    defaultTarget: 'leader',
    defaultFor: [1, 1],
  },
};
