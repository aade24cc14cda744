/**
 * Who a planned fault hits, at the moment of its injection: roles become processes and containers. Pure: it reads the
 * world and changes nothing; `undefined` means that nobody fills the role just now.
 */
import { CLIENT_ROLES, MEMBER_ROLES } from '../plan/fault-kinds.js';
import { MIN_UNHURT } from '../plan/make-plan.js';
import type { FaultKind, PlannedFault } from '../plan/plan.js';
import type { ClientTarget, FaultNode } from './fault.js';
import type { LockQueue } from './lock-queue.js';

export interface Struck {
  nodes: readonly FaultNode[];
  clients: readonly ClientTarget[];
}

export interface Field {
  nodes: readonly FaultNode[];
  clients: readonly ClientTarget[];
  leader: string | undefined;
  queue: Pick<LockQueue, 'nextAfterHolder' | 'isUnordered'>;
}

/** Kinds that strike a container as a whole: of a client, its host, with every client process on it. */
const ON_CONTAINERS: ReadonlySet<FaultKind> = new Set(['freeze', 'partition', 'loss', 'delay', 'bandwidth', 'cpu']);

export function strikesContainers(kind: FaultKind): boolean {
  return ON_CONTAINERS.has(kind);
}

/** `by`: the client that set the fault off; where one client is asked for, it is the one. */
export function resolveTarget(fault: PlannedFault, field: Field, by?: ClientTarget): Struck | undefined {
  const { target } = fault;
  if (fault.options['operation'] === 'rolling-restart') return { nodes: membersIn(field), clients: [] };
  if (isOneOf(CLIENT_ROLES, target)) return oneClient(fault, target, field, by);
  if (target === 'all-clients') {
    const clients = field.clients.filter(
      (client) => client.isRunning() && (fault.lane === undefined || client.lane === fault.lane),
    );
    return clients.length === 0 ? undefined : { nodes: hostsOf(clients, field), clients };
  }
  const nodes = isOneOf(MEMBER_ROLES, target)
    ? members(fault, target, field)
    : field.nodes.filter(({ name, role }) => name === target || (target === 'storage' && role === 'storage'));
  if (nodes.length === 0) return undefined;
  // What strikes processes strikes those of a client host; what strikes containers has them in it as well.
  const clients = field.clients.filter(
    (client) => client.isRunning() && nodes.some(({ name }) => name === client.node),
  );
  // A host on which no client runs just now has nothing to strike at but itself.
  if (nodes.every(({ role }) => role === 'clients') && clients.length === 0 && !strikesContainers(fault.kind))
    return undefined;
  return { nodes, clients };
}

function oneClient(
  fault: PlannedFault,
  role: (typeof CLIENT_ROLES)[number],
  field: Field,
  by: ClientTarget | undefined,
): Struck | undefined {
  const inLane = field.clients.filter(({ lane }) => lane === fault.lane || fault.lane === undefined);
  const running = inLane.filter((client) => client.isRunning());
  const hit = choose(fault, role, running, field, by);
  if (hit === undefined) return undefined;
  // Somebody must be left who takes the lock over, and somebody who queues behind: the latter if there are so many at all.
  const ofLane = inLane.filter(({ lane }) => lane === hit.lane);
  const unhurt = running.filter((client) => ofLane.includes(client)).length - 1;
  if (!strikesContainers(fault.kind) && unhurt < Math.min(MIN_UNHURT, ofLane.length - 1)) return undefined;
  return { nodes: hostsOf([hit], field), clients: [hit] };
}

function choose(
  fault: PlannedFault,
  role: (typeof CLIENT_ROLES)[number],
  running: readonly ClientTarget[],
  field: Field,
  by: ClientTarget | undefined,
): ClientTarget | undefined {
  const { queue } = field;
  if (by !== undefined && role === 'holder') return running.includes(by) ? by : undefined;
  switch (role) {
    case 'holder':
      return pick(
        running.filter((client) => client.isHolding),
        fault,
      );
    case 'waiter':
      return pick(
        running.filter((client) => client.isWaiting()),
        fault,
      );
    case 'next-in-queue': {
      const lane = by?.lane ?? fault.lane;
      // Whoever waits may be the next.
      if (lane !== undefined && queue.isUnordered(lane)) return choose(fault, 'waiter', running, field, by);
      const slot = lane === undefined ? undefined : queue.nextAfterHolder(lane);
      return running.find((client) => client.slot === slot);
    }
    case 'random-client':
      return pick(running, fault);
  }
}

function members(fault: PlannedFault, role: (typeof MEMBER_ROLES)[number], field: Field): FaultNode[] {
  const etcd = membersIn(field);
  const turned = etcd.map((_, n) => etcd[(n + fault.pick) % etcd.length] as FaultNode);
  switch (role) {
    case 'leader':
      return etcd.filter(({ name }) => name === field.leader);
    case 'follower':
      // During an election nobody is known to follow.
      return field.leader === undefined ? [] : turned.filter(({ name }) => name !== field.leader).slice(0, 1);
    case 'minority':
      return turned.slice(0, Math.floor((etcd.length - 1) / 2));
    case 'majority':
      return turned.slice(0, Math.floor(etcd.length / 2) + 1);
    case 'all':
      return etcd;
  }
}

function membersIn({ nodes }: Field): FaultNode[] {
  return nodes.filter(({ role }) => role === 'etcd');
}

function hostsOf(clients: readonly ClientTarget[], { nodes }: Field): FaultNode[] {
  return nodes.filter(({ name }) => clients.some((client) => client.node === name));
}

function pick<T>(candidates: readonly T[], fault: PlannedFault): T | undefined {
  return candidates[fault.pick % Math.max(1, candidates.length)];
}

function isOneOf<T extends string>(roles: readonly T[], name: string): name is T {
  return (roles as readonly string[]).includes(name);
}
