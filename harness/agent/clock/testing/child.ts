/** A process of the test's own that tells its clocks when asked. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { monotonicNs, wallClock } from '../../../history/clock.js';
import { splitLines } from '../../../history/lines.js';

/** What the process read, and what this process's monotonic and wall clock read before and after, in ns. */
export interface Reading {
  wall: bigint;
  monotonic: bigint;
  realWall: [bigint, bigint];
  realMonotonic: [bigint, bigint];
}

export interface ClockChild {
  pid: number;
  read(): Promise<Reading>;
  /** Anything that its program answers to a line. */
  ask(line: string): Promise<string>;
  /** Null while it runs. */
  exit(): { code: number | null; signal: string | null } | null;
  kill(): Promise<void>;
}

const MS = 1_000_000n;
const TELL = `
  process.stdin.on('data', () => process.stdout.write(Date.now() + ' ' + process.hrtime.bigint() + '\\n'));
  process.stdout.write('ready\\n');`;

export function startTeller(): Promise<ClockChild> {
  return start(process.execPath, ['-e', TELL]);
}

/** The program says a line when it is ready. */
export async function start(program: string, args: string[]): Promise<ClockChild> {
  const child: ChildProcessWithoutNullStreams = spawn(program, args);
  const exited = once(child, 'exit');
  const waiting: ((line: string) => void)[] = [];
  const nextLine = () => new Promise<string>((resolve) => waiting.push(resolve));
  child.stdout.on(
    'data',
    splitLines((line) => waiting.shift()?.(line)),
  );
  child.stderr.pipe(process.stderr);
  child.stdin.on('error', () => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  await nextLine();

  async function ask(line: string): Promise<string> {
    const answer = nextLine();
    child.stdin.write(`${line}\n`);
    return answer;
  }
  return {
    pid,
    ask,
    async read() {
      const before = [now(), monotonicNs()] as const;
      const [wall = '', monotonic = ''] = (await ask('?')).split(' ');
      const after = [now(), monotonicNs()] as const;
      return {
        wall: BigInt(wall) * MS,
        monotonic: BigInt(monotonic),
        realWall: [before[0], after[0]],
        realMonotonic: [before[1], after[1]],
      };
    },
    exit: () =>
      child.exitCode === null && child.signalCode === null ? null : { code: child.exitCode, signal: child.signalCode },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function now(): bigint {
  return BigInt(wallClock().getTime()) * MS;
}
