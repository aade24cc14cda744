/**
 * What a campaign gets out of a machine with 1, 2 and 4 runs at once: `npm run bench -- campaign [--rounds N] [--quick]`. Each time
 * it is the command itself, in a process of its own, on the same small campaign with the same seed: four cells that share a cluster and two with
 * clusters of their own. Rounds are interleaved, and the table at the end has the median of each column. `--quick`: one round, half the cells.
 *
 * `wall/cell` is the time of the whole process by the number of cells; `run` is a run from its start to its verdict, of which
 * `traffic` is what was planned. `ops` is operations per second of traffic. `cpu` and `memory` are those of the controller, which is that process without containers
 * and engine: processor seconds for 1,000 operations (as much as processors kept busy by 1,000 operations a second), and its largest
 * resident size. `fresh` and `used` are runs whose cluster was started for them and runs that found one; taking a cluster down is in neither. Linux only.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CAMPAIGN_FILES, campaignsIn, type JudgedLine, readCampaign } from '../harness/campaign/journal.js';
import { monotonicMs } from '../harness/history/clock.js';
import type { CampaignJson } from '../harness/report/campaign.js';

const AT_ONCE = [1, 2, 4] as const;
const SEED = '7';
const ROUNDS = 3;
const SAMPLE_MS = 100;
/** Of proc(5), whatever the kernel's own timer does (sysconf(_SC_CLK_TCK)). */
const TICKS_PER_S = 100;

/** Cells that want the same cluster differ in recipe and faults; the others in what a cluster is started with. */
const DEFINITION = {
  name: 'bench',
  reach: 'none',
  options: { lanes: 4, clients: 4, ttl: 2, time: 8 },
  axes: {
    recipe: ['mutex', 'lock-service'],
    faults: ['pause', 'pause,partition'],
    storage: ['http', 'http-durable'],
    fencing: ['on', 'off'],
  },
  exclude: [
    { storage: 'http-durable', recipe: 'lock-service' },
    { storage: 'http-durable', faults: 'pause,partition' },
    { fencing: 'off', recipe: 'lock-service' },
    { fencing: 'off', faults: 'pause,partition' },
    { fencing: 'off', storage: 'http-durable' },
  ],
};
const QUICK = { ...DEFINITION, axes: { ...DEFINITION.axes, faults: ['pause'], fencing: ['on'] } };

/** Columns; each is a figure of a campaign, and NaN where it has none. */
const FIGURES = [
  ['under fault/min', 1],
  ['wall/cell s', 1],
  ['run s', 1],
  ['traffic s', 1],
  ['ops/s', 0],
  ['cpu s/1000 ops', 2],
  ['memory MB', 0],
  ['fresh s', 1],
  ['used s', 1],
  ['used/fresh', 2],
  ['load', 1],
] as const;
type Figures = Record<(typeof FIGURES)[number][0], number>;

interface Used {
  wallS: number;
  cpuS: number;
  memoryMb: number;
}

/** Of a process by proc(5): up to its last sample, which is at most a tenth of a second before its end. */
function usedBy(pid: number): Omit<Used, 'wallS'> | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 2, the name, may have anything in it; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return peak === null ? undefined : { cpuS: ticks / TICKS_PER_S, memoryMb: (Number(peak[1]) * 1024) / 1e6 };
  } catch {
    return undefined;
  }
}

/** The command line proper, carried out; its words go to the file `log`. */
async function command(args: readonly string[], log: string): Promise<Used> {
  const out = openSync(log, 'w');
  const begun = monotonicMs();
  const child = spawn(process.execPath, ['bin/leasebreaker.mjs', ...args], { stdio: ['ignore', out, out] });
  closeSync(out);
  // Ctrl-C reaches the child too, which then takes its containers down; what is left of this program waits for that.
  const wait = (): void => undefined;
  process.on('SIGINT', wait);
  let last: Omit<Used, 'wallS'> = { cpuS: Number.NaN, memoryMb: Number.NaN };
  const sampling = setInterval(() => {
    last = (child.pid === undefined ? undefined : usedBy(child.pid)) ?? last;
  }, SAMPLE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
    // 2: something could not be judged, which says nothing of speed.
    if (code !== 0 && code !== 2) throw new Error(`exit code ${code}:\n${(await readFile(log, 'utf8')).slice(-2000)}`);
    return { wallS: (monotonicMs() - begun) / 1000, ...last };
  } finally {
    clearInterval(sampling);
    process.off('SIGINT', wait);
  }
}

async function campaign(definition: object, atOnce: number, folder: string): Promise<Figures> {
  const [file, output] = [join(folder, 'bench.yaml'), join(folder, 'results')];
  await writeFile(file, JSON.stringify(definition));
  try {
    const args = ['campaign', file, '--seed', SEED, '--parallel', String(atOnce), '--output', output];
    const used = await command(args, join(folder, 'log'));
    const [dir] = await campaignsIn(output);
    const read = await readCampaign(dir ?? output);
    if (read.kind === 'unreadable') throw new Error(read.message);
    const result = JSON.parse(await readFile(join(read.folder, CAMPAIGN_FILES.result), 'utf8')) as CampaignJson;
    for (const { cell, message } of result.failed) console.log(`    failed: ${cell}: ${message}`);
    const judged = read.lines.filter((line) => line.kind === 'judged');
    return figuresOf(used, result, judged);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

function figuresOf({ wallS, cpuS, memoryMb }: Used, { cells, runs }: CampaignJson, lines: JudgedLine[]): Figures {
  const handOvers = sum(cells.map(({ statistics }) => statistics.handOversUnderFault));
  const operations = sum(runs.map((run) => run.operations.ok + run.operations.fail + run.operations.info));
  const trafficS = sum(runs.map(({ settings }) => settings.timeMs)) / 1000;
  const secondsOf = (isFresh: boolean): number =>
    median(lines.flatMap((line) => ((line.environment.cluster === 'fresh') === isFresh ? line.seconds : [])));
  const [fresh, used] = [secondsOf(true), secondsOf(false)];
  return {
    'under fault/min': (handOvers / wallS) * 60,
    'wall/cell s': wallS / cells.length,
    'run s': median(lines.map(({ seconds }) => seconds)),
    'traffic s': trafficS / runs.length,
    'ops/s': operations / trafficS,
    'cpu s/1000 ops': (cpuS / operations) * 1000,
    'memory MB': memoryMb,
    'fresh s': fresh,
    'used s': used,
    'used/fresh': used / fresh,
    load: loadavg()[0] ?? Number.NaN,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Of an even number: the mean of the two in the middle; NaN of none. */
function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const at = (n: number): number => sorted[n] ?? Number.NaN;
  return (at((sorted.length - 1) >> 1) + at(sorted.length >> 1)) / 2;
}

const HEAD = ['parallel', ...FIGURES.map(([name]) => name)];
const row = (cells: readonly string[]): string =>
  cells.map((cell, n) => cell.padStart(Math.max(HEAD[n]?.length ?? 0, 7))).join('  ');

function show(atOnce: number, figures: Figures): void {
  const told = FIGURES.map(([name, digits]) => (Number.isNaN(figures[name]) ? '-' : figures[name].toFixed(digits)));
  console.log(row([String(atOnce), ...told]));
}

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : ROUNDS));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1 on');
const measured = AT_ONCE.map((atOnce) => ({ atOnce, figures: [] as Figures[] }));
const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bench-'));
try {
  console.log(row(HEAD));
  for (let round = 0; round < rounds; round++) {
    // Each is the first in its turn: what a round pays once, such as images that are built, is not always the same one's.
    for (let n = 0; n < measured.length; n++) {
      const one = measured[(round + n) % measured.length];
      if (one === undefined) continue;
      const figures = await campaign(flags.quick ? QUICK : DEFINITION, one.atOnce, folder);
      one.figures.push(figures);
      show(one.atOnce, figures);
    }
  }
  if (rounds > 1) {
    console.log(`\nmedians of ${rounds} rounds`);
    console.log(row(HEAD));
    for (const { atOnce, figures } of measured) {
      const middle = FIGURES.map(([name]) => [name, median(figures.map((one) => one[name]))] as const);
      show(atOnce, Object.fromEntries(middle) as Figures);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
