/**
 * What judging costs: histories of 10^3 to 10^7 operations, of 5 to 100 clients, with and without indeterminate ones, and a bad
 * twin of each. Every history is judged in a process of its own; check time stands apart from load time, the cold first call
 * from the best of five or of those that fit into a second. With `--peer DIR`, a checkout of Porcupine, and Go on the path, Porcupine judges the same files in
 * turns with leasebreaker, and the last column is how many times as long it takes.
 *
 *   npm run bench -- checkers [--quick] [--only KIND,...] [--peer DIR [--peer-seconds N]]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { writeHistory } from './histories/binary-file.js';
import { generate, type HistoryOptions, type Kind, KINDS, MODEL_OF } from './histories/generate.js';
import { buildPeer, type Peer } from './histories/peer.js';
import type { Timing } from './histories/time-one.js';
import type { HoldOptions } from './runs/hold-tables.js';

const SEED = 20_261_122;
const ROUNDS = 5;
const TIME_ONE = fileURLToPath(new URL('histories/time-one.js', import.meta.url));
const TIME_HOLDS = fileURLToPath(new URL('runs/time-holds.js', import.meta.url));
/** Records of runs, for the checkers of holds, tokens, effects and updates; all else is operations on objects. */
const HOLDS = 'holds';

const HEADINGS = [
  'operations',
  'clients',
  'unknown',
  'twin',
  'verdict',
  'by',
  'load ms',
  'cold ms',
  'warm ms',
  'peak MB',
];

type BenchKind = Kind | typeof HOLDS;
type Case = Omit<HistoryOptions, 'seed' | 'bad' | 'kind'> & { kind: BenchKind };
type Judged = Case & Pick<HistoryOptions, 'seed' | 'bad'>;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    peer: { type: 'string' },
    // What it may take for one history.
    'peer-seconds': { type: 'string', default: '10' },
  },
});
const kinds = flags.only === undefined ? ([HOLDS, ...KINDS] as const) : flags.only.split(',').map(asKind);
const largest = flags.quick ? 1e5 : 1e7;
const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-bench-'));
async function bench(kind: BenchKind, peer: Peer | undefined): Promise<void> {
  console.log(`\n${kind} (${kind === HOLDS ? 'a run of a lock' : MODEL_OF[kind]})`);
  console.log(HEADINGS.map((heading, n) => pad(heading, n)).join(''));
  const growth: [number, number][] = [];
  for (const each of kind === 'cas-search' ? searchCases() : cases(kind)) {
    const good = await judge({ ...each, seed: SEED, bad: false }, peer);
    if (each.clients === 100 && each.indeterminate === 0.01 && each.operations >= 1e4)
      growth.push([each.operations, good.warmMs]);
    await judge({ ...each, seed: SEED, bad: true }, peer);
  }
  if (growth.length > 1)
    console.log(`growth from 10^4 on at 100 clients: time ~ operations ^ ${exponent(growth).toFixed(2)}`);
}

/** One axis at a time: operations, clients, indeterminate updates. */
function cases(kind: BenchKind): Case[] {
  const objectsOf = (operations: number, clients: number): number =>
    ({
      kv: Math.min(1000, Math.ceil(operations / 100)),
      append: Math.ceil(operations / 40),
      set: Math.ceil(operations / 40),
      'owner-mutex': 10,
      'fenced-mutex': 10,
      // As many clients for each lock, at least two.
      holds: clients % 10 === 0 ? Math.min(10, clients / 2) : 1,
    })[kind as string] ?? 1;
  const one = (operations: number, clients: number, indeterminate: number): Case => ({
    kind,
    operations,
    clients,
    indeterminate,
    objects: objectsOf(operations, clients),
  });
  const sizes = [1e3, 1e4, 1e5, 1e6, 1e7].filter((size) => size <= largest);
  const middle = Math.min(1e5, largest);
  return [
    ...sizes.map((size) => one(size, 100, 0.01)),
    ...[5, 10, 20, 50].map((clients) => one(middle, clients, 0.01)),
    ...[0, 0.05].map((share) => one(middle, 100, share)),
  ];
}

function searchCases(): Case[] {
  const one = (operations: number, clients: number, indeterminate: number): Case => ({
    kind: 'cas-search',
    operations,
    clients,
    indeterminate,
    objects: 1,
  });
  const clients = [5, 10, 20, 50];
  return [
    ...clients.map((count) => one(100, count, 0.01)),
    ...[0, 0.01, 0.05, 0.2].flatMap((share) => clients.map((count) => one(1000, count, share))),
  ];
}

async function judge(options: Judged, peer: Peer | undefined): Promise<Timing> {
  const file = join(folder, 'history');
  const rounds = options.operations > 1e6 ? 1 : ROUNDS;
  const { stdout } = await execa(process.execPath, [...programOf(options, file), String(rounds)]);
  const timing = JSON.parse(stdout) as Timing;
  const row = [
    `10^${Math.log10(options.operations)}`,
    options.clients,
    `${options.indeterminate * 100} %`,
    options.bad ? 'bad' : 'good',
    timing.outcome,
    options.kind === HOLDS ? 'five checkers' : Object.keys(timing.decidedBy).join('+'),
    ...[timing.loadMs, timing.coldMs, timing.warmMs].map(short),
    timing.peakMb.toFixed(0),
  ];
  const told = peer === undefined || options.kind === HOLDS ? '' : await beside(peer, file, timing);
  console.log(row.map((cell, n) => pad(String(cell), n)).join('') + told);
  return timing;
}

/** What judges it, and its input; histories lie in the file, records are made where they are judged. */
function programOf({ kind, ...options }: Judged, file: string): string[] {
  if (kind === HOLDS) {
    const { objects: locks, ...rest } = options;
    return [TIME_HOLDS, JSON.stringify({ ...rest, locks } satisfies HoldOptions)];
  }
  writeHistory(file, MODEL_OF[kind], generate({ ...options, kind }));
  return [TIME_ONE, file];
}

/** Porcupine's answer, and how many times as long as the cold call it took. */
async function beside(peer: Peer, file: string, { coldMs, outcome }: Timing): Promise<string> {
  const theirs = await peer(file);
  if (theirs.outcome !== 'clean' && theirs.outcome !== 'violated') return `  porcupine: ${theirs.outcome}`;
  const differs = outcome !== 'unknown' && theirs.outcome !== outcome ? ', ANOTHER VERDICT' : '';
  return `  porcupine: ${theirs.outcome}, ${short(theirs.ms)} ms, ${theirs.peakMb.toFixed(0)} MB, x${(theirs.ms / coldMs).toFixed(1)}${differs}`;
}

function asKind(name: string): BenchKind {
  const all = [HOLDS, ...KINDS] as const;
  const kind = all.find((each) => each === name);
  if (kind === undefined) throw new Error(`there is no kind of history ${name}; there are: ${all.join(', ')}`);
  return kind;
}

/** Slope of the line through the points on paper with logarithmic axes, by least squares. */
function exponent(points: readonly [number, number][]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  return (
    logs.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) /
    logs.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  );
}

function short(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}

function pad(cell: string, column: number): string {
  const width = [11, 8, 8, 6, 10, 14, 9, 9, 9, 9][column] ?? 9;
  return column < 6 ? cell.padEnd(width) : cell.padStart(width);
}

try {
  const peer =
    flags.peer === undefined ? undefined : await buildPeer(flags.peer, folder, Number(flags['peer-seconds']));
  for (const kind of kinds) await bench(kind, peer);
} finally {
  rmSync(folder, { recursive: true });
}
