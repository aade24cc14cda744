/**
 * The observer program: watches the lock keys on every member, one watch each, and writes what it sees to stdout, one JSON
 * object a line, until its stdin ends.
 *
 *   node observer.mjs PREFIX NAME=URL...
 *   {"observer":"watching","member":"etcd1"}                     each time a watch stands; after a loss it goes on without a gap
 *   {"observer":"gap","member":"etcd1","revision":"41"}          what was before this revision was compacted away unseen
 *   {"observer":"leader","member":"etcd2"}                       who leads, at the start and on every change; no member: nobody
 *   {"observer":"sample","member":"etcd1","revision":41,"raftIndex":77,"dbBytes":20480,"leads":true,"raftTerm":2}
 *                                                                every second what each has grown to, and when its lead changes
 *   {"member":"etcd1","revision":"7","type":"put","key":"...","createRevision":"7","lease":"694d..."}
 *
 * It watches from the store's first revision, so that it does not matter when a member can be reached at last.
 * Exit code 64 for bad arguments.
 */
import { monotonicMs } from '../../harness/history/clock.js';
import type { EtcdSample } from '../../harness/history/etcd-sample.js';
import type { OwnershipEvent } from '../../harness/history/ownership.js';
import { connectEtcd, connectMaintenance } from '../recipes/etcd3-adapter.js';
import type { Etcd, WatchEvent } from '../recipes/ports.js';
import { leaseOfKey } from './key-lease.js';

type Line =
  | Omit<OwnershipEvent, 'time' | 'lane'>
  | { observer: 'watching'; member: string }
  | { observer: 'leader'; member?: string }
  | ({ observer: 'sample' } & Omit<EtcdSample, 'time'>)
  | { observer: 'gap'; member: string; revision: string };

const DEADLINE_MS = 2000;

function write(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function describe(member: string, { type, revision, key, kv }: WatchEvent): Line {
  return {
    member,
    revision: revision.toString(),
    type,
    key,
    createRevision: (kv?.createRevision ?? 0n).toString(),
    lease: leaseOfKey(key, kv),
  };
}

function watch(member: string, url: string, prefix: string): Etcd {
  const etcd = connectEtcd([url], DEADLINE_MS);
  let interrupted = false;
  etcd.watch(
    { key: prefix, prefix: true, fromRevision: 1n },
    {
      onEvent: (event) => write(describe(member, event)),
      onEstablished() {
        interrupted = false;
        write({ observer: 'watching', member });
      },
      onCompacted: (revision) => write({ observer: 'gap', member, revision: revision.toString() }),
      onInterrupted(reason) {
        if (!interrupted) process.stderr.write(`leasebreaker observer: ${member}: ${reason}\n`);
        interrupted = true;
      },
    },
  );
  return etcd;
}

/** How often every member is asked whether it leads, in ms, and how long it may take to say so. */
const ASK_EVERY_MS = 100;
const ASK_WITHIN_MS = 500;
/** How often a member's size is told, in ms. */
const SAMPLE_EVERY_MS = 1000;

/**
 * Tells who leads. A leader that was cut off goes on believing in itself for a while: of several the one of the highest
 * term counts. A member that does not answer says nothing. What it says of itself is told as well, now and then and when its
 * lead changes.
 */
function tellLeader(members: readonly { name: string; url: string }[]): { close(): void } {
  const connections = members.map(({ name, url }) => ({ name, ...connectMaintenance(url) }));
  const claims = new Map<string, bigint>();
  const sampled = new Map<string, { ms: number; leads: boolean }>();
  let told: string | undefined;
  const ask = async ({ name, status }: (typeof connections)[number]): Promise<void> => {
    const said = await status(ASK_WITHIN_MS).catch(() => undefined);
    if (said?.leads === true) claims.set(name, said.raftTerm);
    else claims.delete(name);
    const last = sampled.get(name);
    const isDue = last === undefined || last.leads !== said?.leads || monotonicMs() - last.ms >= SAMPLE_EVERY_MS;
    if (said !== undefined && isDue) {
      const { revision, raftIndex, dbBytes, leads, raftTerm } = said;
      sampled.set(name, { ms: monotonicMs(), leads });
      write({ observer: 'sample', member: name, revision, raftIndex, dbBytes, leads, raftTerm: Number(raftTerm) });
    }
    let leader: string | undefined;
    for (const [member, term] of claims) {
      if (leader === undefined || term > (claims.get(leader) ?? 0n)) leader = member;
    }
    if (leader === told) return;
    told = leader;
    write({ observer: 'leader', ...(leader === undefined ? {} : { member: leader }) });
  };
  const busy = new Set<string>();
  const timer = setInterval(() => {
    for (const connection of connections) {
      if (busy.has(connection.name)) continue;
      busy.add(connection.name);
      void ask(connection).finally(() => busy.delete(connection.name));
    }
  }, ASK_EVERY_MS);
  return {
    close() {
      clearInterval(timer);
      for (const connection of connections) connection.close();
    },
  };
}

const [prefix, ...members] = process.argv.slice(2);
const named = members.map((member) => /^([^=]+)=(https?:\/\/.+)$/.exec(member));
if (prefix === undefined || named.length === 0 || named.includes(null)) {
  process.stderr.write('usage: observer.mjs PREFIX NAME=URL...\n');
  process.exitCode = 64;
} else {
  const known = named.map((match) => ({ name: match?.[1] ?? '', url: match?.[2] ?? '' }));
  const open = [...known.map(({ name, url }) => watch(name, url, prefix)), tellLeader(known)];
  const end = (): void => open.forEach((each) => each.close());
  process.stdin.on('end', end).on('error', end).resume();
  process.stdout.on('error', end);
}
