/**
 * The observer program: watches the lock keys on every member, one watch each, and writes what it sees to stdout, one JSON
 * object a line, until its stdin ends.
 *
 *   node observer.mjs PREFIX NAME=URL...
 *   {"observer":"watching","member":"etcd1"}                     each time a watch stands; after a loss it goes on without a gap
 *   {"observer":"gap","member":"etcd1","revision":"41"}          what was before this revision was compacted away unseen
 *   {"member":"etcd1","revision":"7","type":"put","key":"...","createRevision":"7","lease":"694d..."}
 *
 * It watches from the store's first revision, so that it does not matter when a member can be reached at last.
 * Exit code 64 for bad arguments.
 */
import type { OwnershipEvent } from '../../harness/history/ownership.js';
import { connectEtcd } from '../recipes/etcd3-adapter.js';
import type { Etcd, WatchEvent } from '../recipes/ports.js';

type Line =
  | Omit<OwnershipEvent, 'time' | 'lane'>
  | { observer: 'watching'; member: string }
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
    // A recipe that puts no lease into the key's name has it on the key, and a key without a lease has it in neither.
    lease:
      kv !== undefined && kv.lease !== 0n
        ? BigInt.asUintN(64, kv.lease).toString(16)
        : key.slice(key.lastIndexOf('/') + 1),
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

const [prefix, ...members] = process.argv.slice(2);
const named = members.map((member) => /^([^=]+)=(https?:\/\/.+)$/.exec(member));
if (prefix === undefined || named.length === 0 || named.includes(null)) {
  process.stderr.write('usage: observer.mjs PREFIX NAME=URL...\n');
  process.exitCode = 64;
} else {
  const watched = named.map((match) => watch(match?.[1] ?? '', match?.[2] ?? '', prefix));
  const end = (): void => watched.forEach((etcd) => etcd.close());
  process.stdin.on('end', end).on('error', end).resume();
  process.stdout.on('error', end);
}
