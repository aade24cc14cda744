/**
 * What a campaign gets out of a machine: `npm run bench -- campaign [--rounds N] [--quick] [--only parallel|sharing]`. Each time
 * it is the command itself, in a process of its own. Rounds are interleaved, and medians are told at the end. `--quick`: one round, half the cells.
 *
 * `parallel`: 1, 2 and 4 runs at once of the same small campaign with the same seed, four cells that share a cluster and two with clusters of
 * their own. `sharing`: one run after the other of one cell, all on one cluster, and a campaign of the first of them alone, which
 * starts a cluster and takes it down.
 *
 * `wall/run` is the time of the whole process by the number of runs; `run` is a run from its start to its verdict, of which
 * `traffic` is what was planned. `ops/s` is operations per second of traffic. `cpu` and `memory` are those of the controller, which is that process
 * without containers and engine: processor seconds for 1,000 operations, which is how many processors 1,000 operations a second
 * keep busy, and its largest resident size. Linux only.
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
/** One cell: its first run has a fresh cluster, the others have the same. */
const ONE_CELL = { ...DEFINITION, axes: {}, exclude: [], options: { ...DEFINITION.options, faults: 'pause' } };
const SHARED_RUNS = 3;
const QUICK = { ...DEFINITION, axes: { ...DEFINITION.axes, faults: ['pause'], fencing: ['on'] } };

/** Columns; each is a figure of a campaign, and NaN where it has none. */
const FIGURES = [
  ['under fault/min', 1],
  ['wall/run s', 1],
  ['run s', 1],
  ['traffic s', 1],
  ['ops/s', 0],
  ['cpu s/1000 ops', 2],
  ['memory MB', 0],
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
  return {
    'under fault/min': (handOvers / wallS) * 60,
    'wall/run s': wallS / runs.length,
    'run s': median(lines.map(({ seconds }) => seconds)),
    'traffic s': trafficS / runs.length,
    'ops/s': operations / trafficS,
    'cpu s/1000 ops': (cpuS / operations) * 1000,
    'memory MB': memoryMb,
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

const HEAD = ['', ...FIGURES.map(([name]) => name)];
const row = ([name = '', ...cells]: readonly string[]): string =>
  [name.padEnd(22), ...cells.map((cell, n) => cell.padStart(Math.max(HEAD[n + 1]?.length ?? 0, 7)))].join('  ');

function show(name: string, figures: Figures): void {
  const told = FIGURES.map(([key, digits]) => (Number.isNaN(figures[key]) ? '-' : figures[key].toFixed(digits)));
  console.log(row([name, ...told]));
}

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, only: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : ROUNDS));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1 on');
const parts = flags.only === undefined ? ['parallel', 'sharing'] : [flags.only];
if (parts.some((part) => !['parallel', 'sharing'].includes(part))) throw new Error('--only takes parallel or sharing');

interface Case {
  name: string;
  definition: object;
  atOnce: number;
  figures: Figures[];
}
const several = AT_ONCE.map((atOnce): Case => {
  return { name: `${atOnce} at once`, definition: flags.quick ? QUICK : DEFINITION, atOnce, figures: [] };
});
const shared = {
  name: `${SHARED_RUNS} runs on one cluster`,
  definition: { ...ONE_CELL, seeds: SHARED_RUNS },
  atOnce: 1,
};
const own = { name: 'a cluster for one run', definition: ONE_CELL, atOnce: 1 };
const sharing: Case[] = [
  { ...shared, figures: [] },
  { ...own, figures: [] },
];
const measured = [...(parts.includes('parallel') ? several : []), ...(parts.includes('sharing') ? sharing : [])];
const folder = await mkdtemp(join(tmpdir(), 'leasebreaker-bench-'));
try {
  console.log(row(HEAD));
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < measured.length; n++) {
      // Each is the first in its turn: what a round pays once, such as images that are built, is not always the same one's.
      const one = measured[(round + n) % measured.length];
      if (one === undefined) continue;
      const figures = await campaign(one.definition, one.atOnce, folder);
      one.figures.push(figures);
      show(one.name, figures);
    }
  }
  console.log(`\nmedians, rounds: ${rounds}`);
  console.log(row(HEAD));
  for (const { name, figures } of measured) {
    const middle = FIGURES.map(([key]) => [key, median(figures.map((one) => one[key]))] as const);
    show(name, Object.fromEntries(middle) as Figures);
  }
  const [onOne, alone] = sharing.map(({ figures }) => median(figures.map((one) => one['wall/run s'])));
  if (onOne !== undefined && alone !== undefined && !Number.isNaN(onOne))
    console.log(`a run on a shared cluster takes ${(onOne / alone).toFixed(2)} times as long as one with its own`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
