/**
 * Reads the logs of a run in a process of its own, judges nothing, and prints what that took as JSON: `node time-read.js DIR`.
 */
import { join } from 'node:path';
import { monotonicMs } from '../../harness/history/clock.js';
import { readTables } from '../../harness/history/read-tables.js';
import { FILES } from '../../harness/run/results.js';
import { peakMemory } from '../peak-memory.js';

export interface ReadTiming {
  seconds: number;
  /** Largest resident memory of the process, in bytes, and what it had before anything was read. */
  peak: number;
  empty: number;
}

const empty = peakMemory();
const begun = monotonicMs();
const dir = process.argv[2] ?? '';
const read = await readTables({
  history: join(dir, FILES.history),
  decisions: join(dir, FILES.storage),
  ownership: join(dir, FILES.ownership),
});
if (!read.ok) throw new Error(`${read.file}, line ${read.line}: ${read.reason}`);
const timing: ReadTiming = { seconds: (monotonicMs() - begun) / 1000, peak: peakMemory(), empty };
process.stdout.write(JSON.stringify(timing));
