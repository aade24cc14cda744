/**
 * What the journal costs: how much it takes at most, beside the two simplest ways to write a line, and what it takes from one
 * core and from the event loop at the load that a run may have. Side by side, rounds alternating, medians.
 * Figures are of this machine and its temporary folder; compare columns of one output, not outputs of two machines.
 */
import { appendFileSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../harness/history/clock.js';
import { type NewEntry, openJournal } from '../harness/history/journal.js';

const ROUNDS = 5;
/** Operations in one round at full speed; each is two entries. */
const OPERATIONS = 40_000;
const PACED_PER_SECOND = 20_000;
const PACED_MS = 3000;

/** Something that takes entries; `close` resolves when all of them have been given to the kernel. */
interface Sink {
  append(entry: NewEntry): void;
  close(): Promise<unknown>;
}

/** Opens a sink on a new file. */
type OpenSink = (path: string) => Sink;

const SINKS = {
  journal: (path) => openJournal(path),
  appendFileSync: (path) => {
    let index = 0;
    return {
      append: (entry) => appendFileSync(path, `${JSON.stringify({ index: index++, ...entry })}\n`),
      close: () => Promise.resolve(),
    };
  },
  'createWriteStream.write': (path) => {
    const stream = createWriteStream(path);
    let index = 0;
    return {
      append: (entry) => void stream.write(`${JSON.stringify({ index: index++, ...entry })}\n`),
      close: () => new Promise<void>((resolve) => stream.end(resolve)),
    };
  },
} satisfies Record<string, OpenSink>;

/** Takes entries and does nothing with them: what the load itself costs. */
const nowhere: OpenSink = () => ({ append: () => undefined, close: () => Promise.resolve() });

/**
 * One section of the default workload at a time: acquire, read, write, release by one of 32 processes, invocation and
 * completion each, with what a run records about them.
 */
function appendOperation(sink: Sink, number: number): void {
  const process = 1000 + ((number >> 2) % 32);
  const lane = process % 8;
  const who = { process, lane, node: `clients${1 + (process % 3)}` };
  const time = 40_000_000_000 + number * 50_000;
  const token = String(48_000 + (number >> 2));
  const answered = { time: time + 25_000, ...who, type: 'ok' } as const;
  const key = `lane-${lane}/counter`;
  const lock = `leasebreaker/0123456789/lane-${lane}`;
  switch (number & 3) {
    case 0:
      sink.append({ time, ...who, type: 'invoke', f: 'acquire', key: lock });
      return sink.append({ ...answered, f: 'acquire', key: lock, token });
    case 1:
      sink.append({ time, ...who, type: 'invoke', f: 'read', key, token });
      return sink.append({ ...answered, f: 'read', key, value: number >> 2, token });
    case 2:
      sink.append({ time, ...who, type: 'invoke', f: 'write', key, value: (number >> 2) + 1, token });
      return sink.append({ ...answered, f: 'write', key, value: (number >> 2) + 1, token });
    default:
      sink.append({ time, ...who, type: 'invoke', f: 'release', key: lock, token });
      return sink.append({ ...answered, f: 'release', key: lock, token });
  }
}

interface Speed {
  perSecond: number;
  /** Processor time of all threads per operation, in microseconds; busy neighbours move it less than the clock. */
  processorUs: number;
}

/** With everything in the file at the end. A turn of the event loop per 100 operations, as answers come in batches. */
async function atFullSpeed(open: OpenSink, path: string): Promise<Speed> {
  const sink = open(path);
  const before = process.cpuUsage();
  const began = monotonicMs();
  for (let number = 0; number < OPERATIONS; number++) {
    appendOperation(sink, number);
    if (number % 100 === 99) await setImmediate();
  }
  await sink.close();
  const elapsed = monotonicMs() - began;
  const used = process.cpuUsage(before);
  return { perSecond: (OPERATIONS / elapsed) * 1000, processorUs: (used.user + used.system) / OPERATIONS };
}

interface Paced {
  /** Share of one core: processor time of all threads over elapsed time. */
  core: number;
  /** 99th percentile of how late the event loop was, in ms. */
  delayMs: number;
  perSecond: number;
}

async function paced(open: OpenSink, path: string): Promise<Paced> {
  const sink = open(path);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const began = monotonicMs();
  let number = 0;
  let elapsed = 0;
  while (elapsed < PACED_MS) {
    for (const due = (elapsed * PACED_PER_SECOND) / 1000; number < due; number++) appendOperation(sink, number);
    await sleep(1);
    elapsed = monotonicMs() - began;
  }
  await sink.close();
  const used = process.cpuUsage(before);
  delay.disable();
  return {
    core: (used.user + used.system) / 1000 / elapsed,
    delayMs: delay.percentile(99) / 1e6,
    perSecond: (number / elapsed) * 1000,
  };
}

/** Length of what the load becomes in the file. */
async function bytesPerOperation(path: string): Promise<number> {
  const journal = openJournal(path);
  for (let number = 0; number < OPERATIONS; number++) appendOperation(journal, number);
  await journal.close();
  if (journal.failure) throw new Error(journal.failure.message);
  return journal.bytes / OPERATIONS;
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

const whole = (figure: number): string => Math.round(figure).toLocaleString('en-US');

async function main(folder: string): Promise<void> {
  let files = 0;
  const newPath = (): string => join(folder, `${files++}.jsonl`);

  const bytes = await bytesPerOperation(newPath());
  const names = Object.keys(SINKS) as (keyof typeof SINKS)[];
  const speeds = new Map(names.map((name) => [name, [] as Speed[]]));
  // The first round only warms up; the order turns round by round, so that no one always comes first.
  for (let round = 0; round <= ROUNDS; round++) {
    const order = names.map((_, at) => names[(at + round) % names.length]).filter((name) => name !== undefined);
    for (const name of order) {
      const path = newPath();
      const speed = await atFullSpeed(SINKS[name], path);
      if (round > 0) speeds.get(name)?.push(speed);
      rmSync(path);
    }
  }
  const loads: Paced[] = [];
  const idles: Paced[] = [];
  for (let round = 0; round < 3; round++) {
    idles.push(await paced(nowhere, newPath()));
    loads.push(await paced(SINKS.journal, newPath()));
  }

  const speed = (name: keyof typeof SINKS): number => median((speeds.get(name) ?? []).map((one) => one.perSecond));
  const best = speed('journal');
  console.log(`journal: ${whole(best)} operations/s, ${whole(bytes)} bytes per operation (two entries each)`);
  console.log(`\nAt full speed, median (range) of ${ROUNDS} alternating rounds of ${whole(OPERATIONS)} operations:`);
  for (const name of names) {
    const rounds = speeds.get(name) ?? [];
    const figures = rounds.map((one) => one.perSecond);
    const range = `(${whole(Math.min(...figures))} to ${whole(Math.max(...figures))})`;
    const processor = `${median(rounds.map((one) => one.processorUs)).toFixed(1)} us of processor each`;
    const ratio = name === 'journal' ? '' : `, the journal ${(best / speed(name)).toFixed(1)} times as fast`;
    console.log(`  ${name.padEnd(24)}${whole(speed(name))} operations/s ${range}, ${processor}${ratio}`);
  }
  const core = median(loads.map((one) => one.core));
  const idle = median(idles.map((one) => one.core));
  console.log(
    `\nPaced at ${whole(PACED_PER_SECOND)} operations/s for ${PACED_MS / 1000} s; median of ${loads.length} alternating rounds:`,
  );
  console.log(`  reached                 ${whole(median(loads.map((one) => one.perSecond)))} operations/s`);
  console.log(
    `  share of one core       ${percent(core - idle)} for the journal (${percent(core)} with it, ${percent(idle)} for the same load without)`,
  );
  console.log(
    `  event loop delay, p99   ${median(loads.map((one) => one.delayMs)).toFixed(2)} ms with it, ${median(idles.map((one) => one.delayMs)).toFixed(2)} ms without`,
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-bench-'));
try {
  await main(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
