/** Fetches the two ground truths: etcd's ownership from the observer as the run goes, the storage's decisions at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.js';
import { openLineFile } from '../history/line-file.js';
import type { EtcdSample } from '../history/etcd-sample.js';
import type { OwnershipEvent } from '../history/ownership.js';
import type { AgentLink } from './agent-link.js';
import { lockPrefix } from './crew.js';
import type { Ending } from './ending.js';
import { ROOM } from './surroundings.js';
import type { Recorder } from './recorder.js';

export interface Observer {
  /** Gives the watches a moment for what is still on its way, then ends them. */
  stop(): Promise<void>;
}

/** How long watches may take to be established, and how long the last events may be on their way, in ms. */
const ESTABLISH_MS = 30_000;
const LAST_EVENTS_MS = 400;

/** What the observer says besides watch events (workloads/clients/observer-main.ts). */
type ObserverLine =
  | { observer: 'watching' | 'gap' | 'leader'; member?: string }
  | ({ observer: 'sample' } & Omit<EtcdSample, 'time'>);

/** Resolves when a watch on the lock prefix is established on every member. */
export async function startObserver({
  cluster,
  runId,
  link,
  file,
  samples,
  recorder,
  ending,
  onOwnership,
  onLeader,
}: {
  cluster: Cluster;
  runId: string;
  link: AgentLink;
  file: string;
  /** Where to write what etcd's members grow to. */
  samples: string;
  recorder: Recorder;
  ending: Ending;
  onOwnership: (event: OwnershipEvent) => void;
  /** The member that leads now; undefined while none does. */
  onLeader: (member: string | undefined) => void;
}): Promise<Observer> {
  const members = cluster.nodes.filter((node) => node.role === 'etcd');
  const out = openLineFile(file);
  const sizes = openLineFile(samples);
  const missing = new Set(members.map((member) => member.name));
  let established: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (established = resolve));
  const prefix = lockPrefix(runId);
  const complaints: string[] = [];
  let stopping = false;
  const command = [
    'node',
    '/opt/leasebreaker/observer.mjs',
    prefix,
    ...members.map(({ name, address }) => `${name}=http://${address}:2379`),
  ];
  await link.spawn('observer', command, {
    onLine(line) {
      const said = JSON.parse(line) as Omit<OwnershipEvent, 'time' | 'lane'> | ObserverLine;
      if ('observer' in said) {
        if (said.observer === 'leader') return onLeader(said.member);
        if (said.observer === 'sample') {
          const { observer: _, ...sample } = said;
          return sizes.append(JSON.stringify({ time: recorder.now(), ...sample }));
        }
        missing.delete(said.member ?? '');
        if (missing.size === 0) established();
        return;
      }
      const lane = Number(/^lane-(\d+)(\/|$)/.exec(said.key.slice(prefix.length))?.[1] ?? -1);
      const event: OwnershipEvent = { time: recorder.now(), ...said, lane };
      out.append(JSON.stringify(event));
      onOwnership(event);
    },
    onStderr: (line) => complaints.push(line),
    onExit: () => {
      if (!stopping)
        ending.set({
          kind: 'environment',
          message: `the observer ended: ${complaints.slice(-3).join(' | ')}`,
          mend: ['npx leasebreaker doctor'],
        });
    },
  });
  const late = sleep(ESTABLISH_MS, 'late', { ref: false });
  if ((await Promise.race([ready, late])) === 'late') {
    throw new Error(`the observer could not watch ${[...missing].join(', ')}: ${complaints.slice(-3).join(' | ')}`);
  }
  return {
    async stop() {
      await sleep(LAST_EVENTS_MS);
      stopping = true;
      await link.signal('observer', 'SIGKILL').catch(() => undefined);
      await Promise.all([out.close(), sizes.close()]);
      if (out.failure !== undefined) ending.set({ kind: 'environment', message: out.failure.message, mend: ROOM });
    },
  };
}

/** Writes the storage's decision log to `file`, in its order. A log that cannot be had ends the run as `environment`. */
export async function collectDecisions({
  cluster,
  file,
  ending,
}: {
  cluster: Cluster;
  file: string;
  ending: Ending;
}): Promise<void> {
  const out = openLineFile(file);
  const complaints: string[] = [];
  try {
    const program = await cluster.openStorageAdmin('log');
    program.onStderr((line) => complaints.push(line));
    program.onLine((line) => out.append(line));
    const { code, reason } = await program.closed;
    await out.close();
    if (out.failure !== undefined) throw new Error(out.failure.message);
    if (code !== 0) throw new Error(complaints.slice(-3).join(' | ') || `exit code ${code ?? 'none'}, ${reason}`);
  } catch (error) {
    ending.set({
      kind: 'environment',
      message: `the storage's decision log could not be read: ${(error as Error).message}`,
      mend: ['npx leasebreaker doctor'],
    });
  }
}
