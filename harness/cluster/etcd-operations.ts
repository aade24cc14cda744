// Operations on a running etcd cluster, as an operator does them: move the leader, compact, defragment, restart, remove and
// add members. Each looks before and after. All reject with etcd's own words; none is undone by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { Node } from './containers.js';
import type { ContainerControl, ContainerState } from './control.js';
import { type MemberStatus, readStatus } from './etcd-admin.js';
import { complaint, endpoint, type Etcdctl, type Member, readGrant, readMembers, readRemaining } from './etcdctl.js';
import type { ExecResult } from './exec.js';

/** The member list around a change. */
export interface MemberChange {
  readonly before: readonly Member[];
  readonly after: readonly Member[];
}

export interface EtcdOperations {
  /** The account of every member that answers within a second; the others are missing. */
  status(): Promise<MemberStatus[]>;
  /** The cluster's own list of members, also of those that do not answer. Rejects without a quorum. */
  members(): Promise<Member[]>;
  /** Makes a member the leader; resolves when it says so itself. */
  moveLeader(to: string): Promise<{ from: string; to: string }>;
  /** Compacts to the current revision, which it gives. */
  compact(): Promise<{ revision: number }>;
  /** Rewrites a member's database file, which blocks that member; its bytes before and after. */
  defragment(member: string): Promise<{ bytesBefore: number; bytesAfter: number }>;
  /** Takes a member out of the cluster, waits for its end and empties its data directory. */
  removeMember(name: string): Promise<MemberChange>;
  /** Adds a removed member again, with an empty data directory; resolves when it serves. */
  addMember(name: string): Promise<MemberChange>;
  /** SIGTERM, the end, start again; resolves when the member serves. */
  restartMember(name: string): Promise<{ before: ContainerState; after: ContainerState; tookMs: number }>;
  /** A lease that nobody keeps alive; seconds. */
  grantLease(ttl: number): Promise<{ id: string; ttl: number }>;
  /** Seconds that the leader gives a lease, -1 once it is gone. */
  remainingTtl(id: string): Promise<number>;
  revokeLease(id: string): Promise<void>;
  /** Deletes every key and revokes every lease. Rejects where one is left. */
  clear(): Promise<void>;
}

/**
 * Leases first, as they take their keys along; side by side, as there may be one for each client. Prints what is left: the number
 * of leases in words, and a key. The option is written out as etcdctl takes an empty key for the prefix of all.
 */
const CLEAR_SCRIPT = `ids() { etcdctl --command-timeout=2s lease list -w simple | tail -n +2; }
for id in $(ids); do etcdctl --command-timeout=2s lease revoke "$id" > /dev/null 2>&1 & done; wait
etcdctl --command-timeout=5s del '' --prefix=true > /dev/null && ids && etcdctl --command-timeout=2s get '' --prefix=true --keys-only --limit=1`;

/** What the operations work with. */
export interface EtcdOperationsContext {
  readonly etcdctl: Etcdctl;
  /** The members that docker-compose.yml has, whether they are in the cluster just now or not. */
  readonly members: () => readonly Node[];
  /** Runs a shell script beside etcdctl. */
  readonly script: (script: string, ...args: string[]) => Promise<ExecResult>;
  readonly control: (member: string) => ContainerControl;
  /** Empties the data directory of a member that does not run. */
  readonly wipe: (member: string) => Promise<void>;
  /** Makes a member's container anew with other variables, without starting it. */
  readonly recreate: (member: string, env: Readonly<Record<string, string>>) => Promise<void>;
}

/**
 * How long etcd's reluctance is borne, in ms. It refuses to change members until all have been connected for 5 s
 * ("unhealthy cluster": etcd `server/etcdserver/server.go`, HealthInterval).
 */
const RELUCTANT_MS = 15_000;
const SERVES_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 100;
/** What etcd takes to hand over its leadership and close its files, with room to spare, in seconds. */
const GRACE_S = 10;

/** One line for each member that answers, asked at once: one that does not would hold up those behind it. */
const STATUS_SCRIPT =
  'for e in "$@"; do ETCDCTL_ENDPOINTS="$e" etcdctl --command-timeout=1s --dial-timeout=1s -w json endpoint status & done 2>/dev/null; wait';

export function createEtcdOperations(context: EtcdOperationsContext): EtcdOperations {
  const { etcdctl, control } = context;
  /** Members that were taken out, whose end is expected until they are back. */
  const removed = new Map<string, () => void>();

  const node = (name: string): Node => {
    const found = context.members().find((one) => one.name === name);
    if (found === undefined) throw new Error(`no etcd member ${name} in this run`);
    return found;
  };
  const ask = async (args: readonly string[], of?: readonly Node[]): Promise<string> => {
    const result = await etcdctl(args, of);
    if (result.code !== 0) throw new Error(complaint(result));
    return result.stdout;
  };
  const status = async (): Promise<MemberStatus[]> => {
    const members = context.members();
    const { stdout } = await context.script(STATUS_SCRIPT, ...members.map(endpoint));
    const answers = stdout.split('\n').flatMap((line) => readStatus(line, members));
    return answers.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const statusOf = async (name: string): Promise<MemberStatus> => {
    const [answer] = readStatus(await ask(['endpoint', 'status'], [node(name)]), [node(name)]);
    if (answer === undefined) throw new Error(`${name} does not tell its status`);
    return answer;
  };
  const members = async (of?: readonly Node[]): Promise<Member[]> =>
    readMembers(await ask(['member', 'list', '-w', 'simple'], of));
  const serves = async (name: string): Promise<void> => {
    await eventually(SERVES_WITHIN_MS, async () => {
      await ask(['endpoint', 'health'], [node(name)]);
      return true;
    });
  };

  return {
    status,
    members: () => members(),
    async moveLeader(to) {
      const [all, list] = await Promise.all([status(), members()]);
      const leader = all.find((one) => one.leader);
      const target = list.find(({ name }) => name === to);
      if (leader === undefined) throw new Error('the cluster has no leader');
      if (target === undefined) throw new Error(`${to} is no member of the cluster`);
      if (leader.name !== to) await ask(['move-leader', target.id], [node(leader.name)]);
      await eventually(RELUCTANT_MS, async () => (await statusOf(to)).leader);
      return { from: leader.name, to };
    },
    async compact() {
      const revision = Math.max(...(await status()).map((one) => one.revision));
      await ask(['compact', String(revision)]);
      return { revision };
    },
    async defragment(member) {
      const before = await statusOf(member);
      await ask(['--command-timeout=30s', 'defrag'], [node(member)]);
      return { bytesBefore: before.dbSize, bytesAfter: (await statusOf(member)).dbSize };
    },
    async removeMember(name) {
      const before = await members();
      const member = before.find((one) => one.name === name);
      if (member === undefined) throw new Error(`${name} is no member of the cluster`);
      if (before.length === 1) throw new Error(`${name} is the only member of the cluster`);
      const rest = context.members().filter((one) => one.name !== name);
      removed.get(name)?.(); // of an attempt that failed
      removed.set(name, control(name).expectExit());
      // Looked up again each time: the answer to a removal can be lost, above all when the leader is removed.
      await eventually(RELUCTANT_MS, async () => {
        if (!(await members(rest)).some(({ id }) => id === member.id)) return true;
        await ask(['member', 'remove', member.id], rest);
        return false;
      });
      await control(name).stop(GRACE_S); // it learns of its removal and ends by itself, but not if it is cut off
      await context.wipe(name);
      return { before, after: await members(rest) };
    },
    async addMember(name) {
      const { address } = node(name);
      const peerUrl = `http://${address}:2380`;
      const rest = context.members().filter((one) => one.name !== name);
      const before = await members(rest);
      let after = before;
      await eventually(RELUCTANT_MS, async () => {
        after = await members(rest);
        if (after.some((one) => one.peerUrl === peerUrl)) return true;
        await ask(['member', 'add', name, `--peer-urls=${peerUrl}`], rest);
        return false;
      });
      await context.recreate(name, {
        ETCD_INITIAL_CLUSTER_STATE: 'existing',
        ETCD_INITIAL_CLUSTER: after.map((one) => `${one.name === '' ? name : one.name}=${one.peerUrl}`).join(','),
      });
      await control(name).start();
      await serves(name);
      removed.get(name)?.();
      removed.delete(name);
      return { before, after: await members() };
    },
    async restartMember(name) {
      const begun = monotonicMs();
      const member = control(name);
      const before = await member.state();
      const done = member.expectExit();
      try {
        await member.stop(GRACE_S);
        await member.start();
        await serves(name);
        return { before, after: await member.state(), tookMs: monotonicMs() - begun };
      } finally {
        done();
      }
    },
    async grantLease(ttl) {
      const granted = readGrant(await ask(['lease', 'grant', String(ttl)]));
      if (granted === undefined) throw new Error(`etcd grants no lease of ${ttl} s`);
      return granted;
    },
    async remainingTtl(id) {
      const remaining = readRemaining(await ask(['lease', 'timetolive', id]));
      if (remaining === undefined) throw new Error(`etcd does not tell how long lease ${id} lasts`);
      return remaining;
    },
    async revokeLease(id) {
      await ask(['lease', 'revoke', id]);
    },
    async clear() {
      const cleared = await context.script(CLEAR_SCRIPT);
      if (cleared.code !== 0) throw new Error(complaint(cleared));
      if (cleared.stdout.trim() !== '') throw new Error(`etcd still has ${cleared.stdout.trim().slice(0, 200)}`);
    },
  };
}

/** Tries until `done` says so or `ms` have passed; then its last error, or that it is still not so. */
async function eventually(ms: number, done: () => Promise<boolean>): Promise<void> {
  let failure: Error | undefined;
  for (const begun = monotonicMs(); monotonicMs() - begun < ms; await sleep(LOOK_AGAIN_MS)) {
    try {
      if (await done()) return;
      failure = undefined;
    } catch (error) {
      failure = error as Error;
    }
  }
  throw failure ?? new Error(`still not so after ${ms / 1000} s`);
}
