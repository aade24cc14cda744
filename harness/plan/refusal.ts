/** What was asked for and cannot work, said while planning: pure. A fault alone is read in fault-spec.ts. */
import { durationMs } from './duration.js';
import { isClientRole, knowsLanes, strikesLanes, targetOf } from './draw-fault.js';
import { renderFault } from './fault-grammar.js';
import { type FaultKind, MEMBER_ROLES, type PARTITION_SHAPES } from './fault-kinds.js';
import type { FaultSpec } from './fault-spec.js';

/** What the faults must go with. */
export interface Circumstances {
  lanes: number;
  clients: number;
  ttlMs: number;
  storage: string;
  etcdNodes: 1 | 3 | 5;
  etcdData: 'tmpfs' | 'disk';
  impossibleClocks: boolean;
}

/**
 * Clients of a lane that are never under a fault at once: one to take the lock over, one to queue behind it. The first alone
 * where a lane has no more than two clients, which only faults with a lane of their own (`lane=`) may strike.
 */
export const MIN_UNHURT = 2;

/** Client hosts in docker-compose.yml; the clients of a lane are spread over them. */
export const CLIENT_HOSTS = 3;

/** Starts closer together than this are one fault. */
const MIN_EVERY_MS = 100;

type Shape = (typeof PARTITION_SHAPES)[number];

/** Shapes that cut members off from members. */
const DIVIDES_MEMBERS: readonly Shape[] = [
  'isolate-one',
  'isolate-leader',
  'halves',
  'majority-with-leader',
  'majority-without-leader',
  'majorities-ring',
  'bridge',
  'single-link',
];

/** The targets that a shape has a use for (nemesis/partition-shapes.ts); `N` stands for a number. */
const TARGETS_OF_SHAPE: Record<Shape, readonly string[]> = {
  'isolate-one': ['leader', 'follower', 'holder', 'storage', 'etcdN', 'clientsN'],
  'isolate-leader': ['leader'],
  'isolate-holder': ['holder', 'clientsN'],
  'isolate-holder-from-etcd': ['holder', 'clientsN'],
  'isolate-holder-from-storage': ['holder', 'clientsN'],
  halves: ['all'],
  'majority-with-leader': ['leader'],
  'majority-without-leader': ['leader'],
  'majorities-ring': ['all'],
  bridge: ['all'],
  'single-link': ['leader', 'follower', 'etcdN'],
  'clients-from-members': ['holder', 'clientsN'],
};

/** Kinds of which several can be in force on one node: what they do to its network adds up. */
const ADDS_UP: readonly FaultKind[] = ['partition', 'loss', 'delay', 'bandwidth'];

/** The first reason why these faults cannot be planned, if there is one. */
export function refuseFaults(faults: readonly FaultSpec[], circumstances: Circumstances): string | undefined {
  for (const fault of faults) {
    const reason = refuseFault(fault, circumstances) ?? refuseOrder(fault, faults);
    if (reason !== undefined) return `${renderFault(fault)}: ${reason}`;
  }
  return undefined;
}

/** Why one fault cannot work under these circumstances, without its name. */
export function refuseFault(fault: FaultSpec, circumstances: Circumstances): string | undefined {
  const target = targetOf(fault);
  return (
    refuseTimes(fault, circumstances) ??
    refuseLane(fault, circumstances) ??
    refuseClients(fault, target, circumstances) ??
    refuseMembers(fault, target, circumstances) ??
    refuseStorage(fault, target, circumstances) ??
    refuseLink(fault, target, circumstances) ??
    (fault.kind === 'partition' ? refuseShape(fault, circumstances) : undefined) ??
    (fault.kind === 'clock' ? refuseClock(fault, circumstances) : undefined)
  );
}

function refuseTimes(fault: FaultSpec, { ttlMs }: Circumstances): string | undefined {
  const { every, jitter, at, on, after, weight } = fault;
  const forMs = fault.for === undefined ? undefined : durationMs(fault.for, ttlMs);
  if (forMs === 0) return 'for= takes 1ms or more';
  if (after !== undefined && (on ?? at ?? every) !== undefined)
    return 'after= names what sets it off; it goes without on=, at= and every=';
  if (jitter !== undefined && every === undefined) return 'jitter= varies every=, which is not given';
  if (weight !== undefined && (at ?? every ?? after) !== undefined)
    return 'weight= shares out the turns of a drawn schedule, and with at=, every= or after= there are none';
  if (every === undefined) return undefined;
  const everyMs = durationMs(every, ttlMs);
  if (everyMs < MIN_EVERY_MS) return `every= takes ${MIN_EVERY_MS}ms or more`;
  if (jitter !== undefined && durationMs(jitter, ttlMs) >= everyMs) return 'jitter= must be shorter than every=';
  // One client of a lane is another one each time: the drawn schedules overlap as well.
  if (forMs !== undefined && everyMs < forMs && !ADDS_UP.includes(fault.kind) && !strikesLanes(fault))
    return 'every= is shorter than for=: it would be injected again before it is healed';
  return undefined;
}

function refuseLane(fault: FaultSpec, { lanes }: Circumstances): string | undefined {
  const { lane } = fault;
  if (lane === undefined) return undefined;
  if (lane >= lanes) return `lane=${lane}: there are the lanes 0 to ${lanes - 1} with --lanes ${lanes}`;
  return knowsLanes(fault)
    ? undefined
    : 'lane= is for what a client of one lane suffers or sets off; this strikes them all';
}

function refuseClients(fault: FaultSpec, target: string, { clients }: Circumstances): string | undefined {
  // With its lane named it is one blow that somebody has put there, and somebody who takes the lock over is enough.
  const needed = fault.lane === undefined ? MIN_UNHURT : MIN_UNHURT - 1;
  if (isClientRole(target) && clients <= needed)
    return `${strikesLanes(fault) ? 'a fault on a client leaves' : "a fault on a client's host should leave"} ${MIN_UNHURT} clients of its lane unhurt, so that somebody can take over and somebody can queue: give --clients ${MIN_UNHURT + 1} or more, or --faults none`;
  const host = /^clients(\d)$/.exec(target);
  if (host !== null && Number(host[1]) > CLIENT_HOSTS)
    return `there is no ${target}: client hosts are clients1 to clients${CLIENT_HOSTS}`;
  return undefined;
}

function refuseMembers(fault: FaultSpec, target: string, { etcdNodes, etcdData }: Circumstances): string | undefined {
  const member = /^etcd(\d)$/.exec(target);
  const strikesMembers = member !== null || (MEMBER_ROLES as readonly string[]).includes(target);
  if (member !== null && Number(member[1]) > etcdNodes) return `there is no ${target} with --etcd-nodes ${etcdNodes}`;
  if (!strikesMembers) return undefined;
  const three = 'give --etcd-nodes 3 or 5';
  if (etcdNodes === 1 && (target === 'follower' || target === 'minority'))
    return `one member alone is the leader and has no ${target}: ${three}, or the target @leader`;
  if (fault.kind === 'etcd' && etcdNodes === 1) {
    const operation = fault.options['operation'] ?? 'move-leader';
    if (operation === 'move-leader') return `one member alone has nobody to hand the leadership to: ${three}`;
    if (operation === 'replace-member') return `one member alone cannot be replaced: ${three}`;
  }
  const strikesQuorum = target === 'majority' || target === 'all';
  if (fault.kind === 'etcd' && fault.options['operation'] === 'replace-member' && strikesQuorum)
    return 'a cluster cannot lose a majority of its members at once: give @leader, @follower or @minority';
  if (fault.kind !== 'disk') return undefined;
  const mode = fault.options['mode'];
  if (mode === 'full' && etcdData === 'disk')
    return 'only a data directory of limited size can be filled up: give --etcd-data tmpfs';
  if (mode === 'lost' && etcdNodes === 1)
    return `one member that loses its data takes the whole cluster's with it, and nothing is left to test: ${three}`;
  if (mode === 'lost' && strikesQuorum)
    return "a majority that loses its data takes the whole cluster's with it, and nothing is left to test: give @leader, @follower or @minority";
  return undefined;
}

/** The storage `http` keeps all in memory: killed, it would come back empty, and the record would prove nothing. */
function refuseStorage({ kind, options }: FaultSpec, target: string, { storage }: Circumstances): string | undefined {
  const cutsStorageOff = kind === 'partition' && options['shape'] === 'isolate-holder-from-storage';
  if (storage === 'etcd' && (target === 'storage' || cutsStorageOff || options['link'] === 'storage'))
    return 'the storage etcd has no container of its own: strike its members (@leader, @follower and so on), or give another --storage';
  if (target !== 'storage' || storage !== 'http') return undefined;
  const durable = 'give --storage http-durable, postgres or redis';
  if (kind === 'kill') return `the storage http forgets everything when it is killed: ${durable}`;
  if (kind === 'disk') return `the storage http writes to no disk: ${durable}`;
  return undefined;
}

/** The other end of the link that is slowed down: a node, or all of a role. */
function refuseLink(
  { options: { link } }: FaultSpec,
  target: string,
  { etcdNodes }: Circumstances,
): string | undefined {
  if (link === undefined) return undefined;
  const numbered = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${name}${n + 1}`);
  const ends = ['etcd', 'storage', 'clients', ...numbered('etcd', etcdNodes), ...numbered('clients', CLIENT_HOSTS)];
  if (!ends.includes(String(link))) return `link= names the other end: ${ends.join(', ')}, not "${link}"`;
  return link === target ? `link= names the other end, and ${target} is the target itself` : undefined;
}

function refuseShape({ options, target }: FaultSpec, { etcdNodes }: Circumstances): string | undefined {
  const shape = (options['shape'] ?? 'isolate-leader') as Shape;
  const possible = TARGETS_OF_SHAPE[shape];
  if (target !== undefined && !possible.includes(target.replace(/\d$/, 'N')))
    return `the shape ${shape} has no use for the target ${target}; possible: ${possible.join(', ')}, or no target`;
  const ofMembers = shape !== 'isolate-one' || !/^(storage|clients\d|holder)$/.test(target ?? '');
  if (etcdNodes === 1 && DIVIDES_MEMBERS.includes(shape) && ofMembers)
    return `the shape ${shape} cuts members off from members, and there is one: give --etcd-nodes 3 or 5`;
  return undefined;
}

function refuseClock({ options }: FaultSpec, { impossibleClocks }: Circumstances): string | undefined {
  const { drift, step, jump, strobe } = options;
  const given = [drift, step, jump, strobe].some((each) => each !== undefined);
  if (given && (drift ?? 1) === 1 && (step ?? 0) === 0 && (jump ?? 0) === 0 && strobe === undefined)
    return 'changes nothing: give drift other than 1, step or jump other than 0, or strobe';
  if (typeof jump === 'number' && jump < 0 && !impossibleClocks)
    return 'a jump of all clocks backwards is what no real kernel does: give --impossible-clocks to do it all the same';
  return undefined;
}

function refuseOrder({ kind, after }: FaultSpec, faults: readonly FaultSpec[]): string | undefined {
  if (after === undefined) return undefined;
  if (!faults.some((other) => other.kind === after))
    return `after=${after} waits for a fault that is not asked for; asked for: ${[...new Set(faults.map((other) => other.kind))].join(', ')}`;
  const path = new Set([kind]);
  const open = [after];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === kind) return `after=${after} waits for itself`;
    if (path.has(next)) continue;
    path.add(next);
    for (const other of faults) if (other.kind === next && other.after !== undefined) open.push(other.after);
  }
  return undefined;
}
