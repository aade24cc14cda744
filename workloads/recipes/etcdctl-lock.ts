/**
 * The real `etcdctl lock NAME --ttl N -- COMMAND` (etcdctl/ctlv3/command/lock_command.go), with a command that does the section's reads and
 * writes itself (workloads/clients/section-main.ts). etcdctl opens a session, waits in the official queue, runs the command, and deletes the
 * key when the command has ended.
 *
 * It never stops the command when the session is lost, nor does it tell it: so a hold here never ends by itself, and whoever waits next runs
 * a command beside it. Paused with the client are etcdctl and the command, as they would be on one machine.
 *
 * The command is told ETCD_LOCK_KEY and ETCD_LOCK_REV. The latter is the store's revision in the last answer of the queue, not the key's
 * create revision, and runs ahead of it under contention; the token is read from the key (creation.ts).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { splitLines } from '../../harness/history/lines.js';
import { readCreation } from './creation.js';
import { closed, createLibraryHold, createLibrarySession } from './library-hold.js';
import { EtcdFailure } from './ports.js';
import type { Acquired, Failure, Opened, Recipe, RecipeEnvironment, Released, SessionOptions } from './recipe.js';

export const etcdctlLock: Recipe = {
  name: 'etcdctl-lock',
  description: 'the real `etcdctl lock NAME COMMAND`; the command does the reads and writes',
  source: 'etcd etcdctl/ctlv3/command/lock_command.go',
  expected:
    'the command is never stopped: mutual exclusion breaks when it is paused or cut off for longer than the TTL, and for as long as it runs',
  keepAlive: ['client'],
  open,
};

/** Beside the client program in the image (scripts/build.mjs). */
const SECTION = fileURLToPath(new URL('section.mjs', import.meta.url));

/** etcdctl with its command, from the start to the end of both. */
interface Run {
  /** What etcdctl told the command; undefined when it ended without having run it. */
  held: Promise<{ key: string; revision: string } | undefined>;
  ask(message: object): Promise<unknown>;
  /** Lets the command end, and etcdctl after it. */
  finish(): Promise<{ code: number | null; complaint: string }>;
  /** As ctrl-C does. */
  interrupt(): void;
}

function open(environment: RecipeEnvironment, { ttlSeconds }: SessionOptions): Promise<Opened> {
  const { endpoints, clock, deadlineMs } = environment;
  let queueing: Run | undefined;
  const session = createLibrarySession(
    {
      async acquire(name, isOver) {
        const command = [process.execPath, SECTION];
        // By the environment: etcdctl refuses to be told by an option what is told there, too.
        const run = start('etcdctl', ['lock', name, `--ttl=${ttlSeconds}`, '--', ...command], {
          ETCDCTL_ENDPOINTS: endpoints.join(','),
        });
        queueing = run;
        const acquired = await takeOver(environment, run);
        queueing = undefined;
        return isOver() && !acquired.ok ? closed() : acquired;
      },
      disconnect: () => queueing?.interrupt(),
    },
    clock,
    deadlineMs,
  );
  return Promise.resolve({ ok: true, session });
}

async function takeOver(environment: RecipeEnvironment, run: Run): Promise<Acquired> {
  const told = await run.held;
  if (told === undefined) {
    const { code, complaint } = await run.finish();
    return unavailable(`etcdctl ended with ${code}: ${complaint}`);
  }
  const { key, revision } = told;
  try {
    // A session, and with it the key, is etcdctl's own each time.
    const creation = await readCreation(environment, key, 0n, environment.deadlineMs);
    if (creation !== undefined) {
      const leaseHex = key.slice(key.lastIndexOf('/') + 1);
      const { createRevision } = creation;
      const facts = { key, createRevision, headerRevision: revision, leaseHex, relay: run.ask };
      return { ok: true, hold: createLibraryHold(facts, () => release(run)).hold };
    }
    await run.finish();
    return unavailable(`etcd did not tell when ${key} was created`);
  } catch (error) {
    if (!(error instanceof EtcdFailure)) throw error;
    await run.finish();
    return unavailable(error.message);
  }
}

/** etcdctl ends with 0 when its deletion of the key was answered, whether the key was still there or not. */
async function release(run: Run): Promise<Released> {
  const { code, complaint } = await run.finish();
  return code === 0 ? { ok: true } : unavailable(`etcdctl ended with ${code}: ${complaint}`);
}

/** Of a program that is on its own, nobody knows how far it came. */
function unavailable(message: string): Failure {
  return { ok: false, error: 'unavailable', message };
}

/** Exported for its test. The command at the end of `args` talks on file descriptor 3, which a Go program's child inherits. */
export function start(program: string, args: string[], env: Record<string, string> = {}): Run {
  const child: ChildProcess = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const link = child.stdio[3] as Duplex;
  const complaints: string[] = [];
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let isOver = false;
  let tell: (told: { key: string; revision: string } | undefined) => void;
  const held = new Promise<{ key: string; revision: string } | undefined>((resolve) => (tell = resolve));

  link.on(
    'data',
    splitLines((line) => {
      const said = JSON.parse(line) as { key: string; revision: string } | { id: number; answer: unknown };
      if ('key' in said) return tell(said);
      waiting.get(said.id)?.resolve(said.answer);
      waiting.delete(said.id);
    }),
  );
  // The command ended while it was being written to: its end is told below.
  link.on('error', () => undefined);
  const listen = splitLines((line) => complaints.push(line));
  child.stderr?.on('data', listen);
  // Its key, which the command is told too.
  child.stdout?.resume();

  const ended = new Promise<{ code: number | null; complaint: string }>((resolve) => {
    const end = (code: number | null): void => {
      isOver = true;
      tell(undefined);
      for (const { reject } of waiting.values()) reject(new Error('the command under the lock ended'));
      waiting.clear();
      resolve({ code, complaint: complaints.slice(-3).join(' | ') });
    };
    child.on('error', (error) => {
      complaints.push(error.message);
      end(null);
    });
    child.on('exit', end);
  });

  return {
    held,
    ask(message) {
      if (isOver) return Promise.reject(new Error('the command under the lock ended'));
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        link.write(`${JSON.stringify({ id, message })}\n`);
      });
    },
    finish() {
      link.end();
      return ended;
    },
    interrupt: () => void child.kill('SIGTERM'),
  };
}
