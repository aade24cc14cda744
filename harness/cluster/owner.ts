// Who started a run, as labels on everything that belongs to it, and whether that owner still lives. A process number
// alone would not do: it is given out again, after a reboot at the latest.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names one process for ever, as far as this is possible without help from the system. */
export interface Owner {
  readonly pid: number;
  /** When the process started, in the system's own notation: clock ticks since boot on Linux. */
  readonly start: string;
  /** Which boot of the machine; empty where the system does not say. */
  readonly boot: string;
  /** The machine and, on Linux, the pid namespace in which `pid` counts. */
  readonly host: string;
}

export const RUN_LABEL = 'leasebreaker.run';
export const ROLE_LABEL = 'leasebreaker.role';

const LABELS = [
  RUN_LABEL,
  'leasebreaker.owner-pid',
  'leasebreaker.owner-start',
  'leasebreaker.owner-boot',
  'leasebreaker.owner-host',
] as const;

/**
 * `alive` and `dead` are certain; `elsewhere` cannot be told from here; `nobody`: started by hand, without an owner.
 */
export type OwnerState = 'alive' | 'dead' | 'elsewhere' | 'nobody';

/** The owner that this process is. */
export function thisOwner(): Owner {
  return { pid: process.pid, start: processStart(process.pid) ?? '', boot: bootId(), host: hostId() };
}

/** The labels of a run, also for what is made beside the compose file. */
export function ownerLabels(runId: string, owner: Owner): Record<string, string> {
  const values = [runId, String(owner.pid), owner.start, owner.boot, owner.host];
  return Object.fromEntries(LABELS.map((label, index) => [label, values[index] ?? '']));
}

/** The same as the environment from which docker-compose.yml takes them. */
export function ownerEnvironment(runId: string, owner: Owner): Record<string, string> {
  return Object.fromEntries(LABELS.map((label) => [variable(label), ownerLabels(runId, owner)[label] ?? '']));
}

/** Reads the labels back from such an environment; without {@link ownerEnvironment}'s variables there are none. */
export function labelsOfEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    LABELS.flatMap((label) => {
      const value = environment[variable(label)];
      return value === undefined ? [] : [[label, value]];
    }),
  );
}

function variable(label: string): string {
  return label.toUpperCase().replace(/[.-]/g, '_');
}

/** Reads the owner in the labels of a container, network or volume. */
export function readOwner(labels: Readonly<Record<string, string>>): Owner | undefined {
  const [, pid, start, boot, host] = LABELS.map((label) => labels[label] ?? '');
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 0) return undefined;
  return { pid: number, start: start ?? '', boot: boot ?? '', host: host ?? '' };
}

/** What {@link judgeOwner} has to know of the machine on which it is asked. */
export interface Here {
  readonly boot: string;
  readonly host: string;
  /** When a process started, or undefined if there is none of that number. */
  readonly startOf: (pid: number) => string | undefined;
}

export function here(): Here {
  return { boot: bootId(), host: hostId(), startOf: processStart };
}

/** Whether an owner still lives, as seen from `place`. */
export function judgeOwner(owner: Owner | undefined, place: Here): OwnerState {
  if (owner === undefined) return 'nobody';
  if (owner.host !== place.host) return 'elsewhere';
  if (owner.boot !== place.boot) return 'dead';
  return place.startOf(owner.pid) === owner.start ? 'alive' : 'dead';
}

/** Fields of `/proc/PID/stat` (proc_pid_stat(5)): 3 is the state, 22 the start in clock ticks since boot. */
export function parseStart(stat: string): string | undefined {
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  // A zombie is only a number that nobody has collected yet.
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

function processStart(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return parseStart(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return ''; // elsewhere the start of a process is a date, which a reboot does not repeat
  }
}

function hostId(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
