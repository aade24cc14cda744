/**
 * Judges one history of a file in a process of its own, so that memory and the first, cold call are its own, and prints what
 * that took as JSON: `node time-one.js FILE ROUNDS`.
 */
import { judgeObjects } from '../../checkers/linearizability/judge-objects.js';
import { monotonicMs } from '../../harness/history/clock.js';
import { peakMemory } from '../peak-memory.js';
import { readHistory } from './binary-file.js';

export interface Timing {
  outcome: string;
  decidedBy: Record<string, number>;
  fallbacks: Record<string, number>;
  doubts: Record<string, number>;
  loadMs: number;
  /** The first call. */
  coldMs: number;
  /** The best of the following ones: as many as were asked for, and of a short history as many as fit into a second. */
  warmMs: number;
  /** Largest resident memory of the process, in MB, and what it had before the history was read. */
  peakMb: number;
  emptyMb: number;
}

/** What takes a few milliseconds is compiled by the engine only after dozens of calls. */
const WARM_UP_MS = 1000;
const MOST_ROUNDS = 200;

const [file = '', rounds = '5'] = process.argv.slice(2);
const peakMb = (): number => peakMemory() / 2 ** 20;
const emptyMb = peakMb();
const began = monotonicMs();
const { model, operations } = readHistory(file);
const loadMs = monotonicMs() - began;
const timed = (): number => {
  const from = monotonicMs();
  judgeObjects(model, operations);
  return monotonicMs() - from;
};
const from = monotonicMs();
const { outcome, decidedBy, fallbacks, doubts } = judgeObjects(model, operations);
const coldMs = monotonicMs() - from;
let warmMs = Number.POSITIVE_INFINITY;
const until = monotonicMs() + WARM_UP_MS;
for (let round = 0; round < Number(rounds) || (round < MOST_ROUNDS && monotonicMs() < until); round++)
  warmMs = Math.min(warmMs, timed());
const timing: Timing = { outcome, decidedBy, fallbacks, doubts, loadMs, coldMs, warmMs, peakMb: peakMb(), emptyMb };
process.stdout.write(JSON.stringify(timing));
