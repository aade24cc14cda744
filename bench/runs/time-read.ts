/**
 * Reads the logs of a run in a process of its own, then has each checker judge it in this one thread, and prints what that took as
 * JSON: `node time-read.js DIR ROUNDS`. What the checkers share is made anew in each round.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceOf } from '../../checkers/evidence.js';
import { CHECKERS } from '../../checkers/registry.js';
import { monotonicMs } from '../../harness/history/clock.js';
import { readTables } from '../../harness/history/read-tables.js';
import type { RunTables } from '../../harness/history/run-record.js';
import { parsePlan } from '../../harness/plan/plan.js';
import { FILES } from '../../harness/run/results.js';
import { peakMemory } from '../peak-memory.js';

export interface ReadTiming {
  seconds: number;
  /** Largest resident memory of the process while it read, in bytes, and what it had before. */
  peak: number;
  empty: number;
  /** The best of all rounds, in ms: what the checkers share, and each of them, by name. */
  checkers: Record<string, number>;
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
const seconds = (monotonicMs() - begun) / 1000;
const peak = peakMemory();

const parsed = parsePlan(JSON.parse(readFileSync(join(dir, FILES.plan), 'utf8')));
if (parsed.kind === 'invalid') throw new Error(parsed.message);
const { settings, token } = parsed.plan;
const checkers: Record<string, number> = {};
const timed = (name: string, work: () => unknown): void => {
  const from = monotonicMs();
  work();
  checkers[name] = Math.min(checkers[name] ?? Number.POSITIVE_INFINITY, monotonicMs() - from);
};
for (let round = 0; round < Number(process.argv[3] ?? 0); round++) {
  // What is shared is known by this object.
  const record: RunTables = { settings: { ...settings, token }, ...read.tables, end: { kind: 'completed' } };
  timed('what they share', () => evidenceOf(record));
  for (const checker of CHECKERS) timed(checker.name, () => checker.check(record));
}
const timing: ReadTiming = { seconds, peak, empty, checkers };
process.stdout.write(JSON.stringify(timing));
