/**
 * `etcd`: what an operator does to a running cluster, as a fault: nothing breaks, and yet leaders change, members stand still or
 * restart, watches meet a compacted past. Each looks at the cluster before and after. Only `replace-member` leaves something to
 * undo; the heal of the others waits until the cluster is healthy.
 */
import type { Receipt } from '../history/operation.js';
import { type Fault, type FaultNode, type Injected, type Injection, notInjected, type World } from './fault.js';
import { type Harm, injectAll } from './harm.js';
import { hindered } from './hindered.js';
import { attempt, once, proven, unproven } from './receipts.js';
import { awaitExit, isMember, isServing, startProgram } from './server.js';

const HEALTHY_WITHIN_MS = 30_000;

export const etcd: Fault = {
  kind: 'etcd',
  receipt:
    "the cluster's own account before and after: leader and term, refused old reads, database file, member list, pids",
  async inject(injection) {
    const members = injection.nodes.filter(({ role }) => role === 'etcd');
    switch (injection.fault.options['operation']) {
      case 'compact':
        return toTheCluster(injection, { inject: () => compact(injection) });
      case 'defragment':
        return injectAll(
          members.map((member) => defragment(member, injection.world)),
          hindered(injection),
        );
      case 'replace-member':
        return replaceMembers(injection, members);
      case 'rolling-restart':
        return toTheCluster(injection, restartAll(injection.world));
      default:
        return toTheCluster(injection, { inject: () => moveLeader(injection) });
    }
  },
};

const membersOf = ({ nodes }: World): FaultNode[] => nodes.filter(({ role }) => role === 'etcd');

/** What concerns all members: everybody can feel it. */
async function toTheCluster(
  { world }: Injection,
  { inject, heal = () => healthy(world) }: { inject(): Promise<Receipt>; heal?: () => Promise<Receipt> },
): Promise<Injected> {
  return {
    processes: 'all',
    nodes: membersOf(world).map(({ name }) => name),
    heal: once(() => attempt(heal)),
    receipt: await attempt(inject),
  };
}

async function healthy(world: World): Promise<Receipt> {
  if (!(await world.etcd.awaitHealthy(HEALTHY_WITHIN_MS))) return unproven('the cluster is not healthy');
  const status = await world.etcd.status();
  return proven({ healthy: status.length, leader: status.find(({ leader }) => leader)?.name });
}

/** To the member hit, or away from it where it leads. */
async function moveLeader({ fault, nodes, world }: Injection): Promise<Receipt> {
  const before = await world.etcd.status();
  const from = before.find(({ leader }) => leader);
  const followers = before.filter(({ leader }) => !leader).map(({ name }) => name);
  const to =
    followers.find((name) => nodes.some((node) => node.name === name)) ?? followers[fault.pick % followers.length];
  if (from === undefined || to === undefined)
    return unproven('there is no leader, or nobody whom it could hand over to');
  await world.etcd.moveLeader(to);
  const leader = (await world.etcd.status()).find((member) => member.leader);
  if (leader?.name !== to || leader.raftTerm <= from.raftTerm) {
    return unproven(
      `${leader?.name ?? 'nobody'} leads in term ${leader?.raftTerm}, not ${to} in a term after ${from.raftTerm}`,
    );
  }
  return proven({ from: from.name, to, termBefore: from.raftTerm, termAfter: leader.raftTerm });
}

async function compact({ nodes, world }: Injection): Promise<Receipt> {
  const revision = await world.etcd.compact();
  const asked = nodes.find(({ role }) => role === 'etcd') ?? membersOf(world)[0];
  // A read of the past before it; revision 0 would mean the present.
  const old = Math.max(1, revision - 1);
  const read = await asked?.agent.exec([
    ...['env', '-u', 'ETCDCTL_ENDPOINTS', 'etcdctl', '--endpoints=127.0.0.1:2379'],
    ...['get', 'leasebreaker', `--rev=${old}`],
  ]);
  const said = read?.stderr ?? '';
  if (!/revision has been compacted/.test(said))
    return unproven(`a read at revision ${old} was not refused: ${said.trim()}`);
  return proven({ revision, refused: `a read at revision ${old}: the required revision has been compacted` });
}

/** etcd writes a new database file and puts it in the place of the old one (mvcc/backend, defrag): another inode. */
function defragment(member: FaultNode, world: World): Harm {
  const file = async (): Promise<string> =>
    (await member.agent.exec(['find', '/etcd-data', '-path', '*/snap/db', '-printf', '%i %s'])).stdout.trim();
  const dbSize = async (): Promise<number | undefined> =>
    (await world.etcd.status()).find(({ name }) => name === member.name)?.dbSize;
  return {
    name: member.name,
    async inject() {
      const [before, sizeBefore] = [await file(), await dbSize()];
      await world.etcd.defragment(member.name);
      const [after, sizeAfter] = [await file(), await dbSize()];
      const [inodeBefore, inodeAfter] = [before.split(' ')[0], after.split(' ')[0]];
      if (!inodeAfter || inodeAfter === inodeBefore)
        return unproven(`its database is still the same file, inode ${inodeAfter}`);
      return proven({ inodeBefore, inodeAfter, sizeBefore, sizeAfter });
    },
    async heal() {
      return (await isServing(member, world)) ? proven({ healthy: true }) : unproven('it is not healthy');
    },
  };
}

async function replaceMembers(injection: Injection, members: readonly FaultNode[]): Promise<Injected> {
  const { world } = injection;
  if (members.length > Math.floor((membersOf(world).length - 1) / 2)) {
    return notInjected('a cluster cannot lose a majority of its members: hit a minority');
  }
  return injectAll(
    members.map((member) => removeAndAdd(member, world)),
    hindered(injection),
  );
}

function removeAndAdd(member: FaultNode, world: World): Harm {
  const { name } = member;
  const { etcd: cluster } = world;
  const forget = member.container.expectExit();
  return {
    name,
    async inject() {
      const before = await cluster.members();
      await cluster.removeMember(name);
      const after = await cluster.members();
      return after.includes(name) ? unproven(`${name} is still a member`) : proven({ before, after });
    },
    async heal() {
      try {
        const isBack = (): Promise<boolean> => isMember(name, world);
        if (!(await isBack()) || !(await member.container.state()).running) await cluster.addMember(name);
        if (!(await isBack())) return unproven(`${name} is no member again`);
        const started = await startProgram(member, world);
        return started.proven ? proven({ ...started.evidence, members: await cluster.members() }) : started;
      } finally {
        forget();
      }
    },
  };
}

/** Each ends by SIGTERM, as an operator would have it, and serves again before the next one does. */
function restartAll(world: World): { inject(): Promise<Receipt>; heal(): Promise<Receipt> } {
  /** Ended here and not yet seen to serve again. */
  const ended = new Set<FaultNode>();
  return {
    async inject() {
      const restarted: Record<string, unknown> = {};
      for (const member of membersOf(world)) {
        const forget = member.container.expectExit();
        try {
          const { pid: before } = await member.container.state();
          ended.add(member);
          await member.agent.signalProgram('SIGTERM');
          if ((await awaitExit(member)) === undefined) return unproven(`${member.name} did not end`);
          const started = await startProgram(member, world);
          if (!started.proven) return unproven(`${member.name}: ${started.reason}`);
          ended.delete(member);
          restarted[member.name] = { before, after: started.evidence['pid'] };
        } finally {
          forget();
        }
      }
      return proven(restarted);
    },
    /** A restart that broke off may have left a member down. */
    async heal() {
      for (const member of ended) await startProgram(member, world);
      return healthy(world);
    },
  };
}
