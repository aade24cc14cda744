/** Judges a run on all cores: each checker is a task of a pool of worker threads. The main thread stays free for progress. */
import { failureOf, judgementOf, runChecker } from '../../checkers/judge.js';
import { CHECKERS } from '../../checkers/registry.js';
import type { CheckerResult, Judgement } from '../../checkers/verdict.js';
import type { RunTables } from '../history/run-record.js';
import { createThreads, threadsFor } from '../history/threads.js';

export interface JudgeOptions {
  /** Called when a checker has ended. */
  onProgress?: (progress: { checkers: number; of: number }) => void;
  /** Threads beside this one; by default as many as there are cores, and none for a small run. */
  threads?: number;
  /** Memory of each thread in MiB, the tables not counted; Node's own limit if it is not said. */
  megabytes?: number;
}

/** These take longest, in this order; they begin first, so that no thread still has a long one when the others are done. */
const LONGEST = ['lease-promise', 'liveness', 'assumptions', 'watch', 'late-effects', 'lost-updates'];

/** Up to so many rows, starting threads takes longer than judging. */
const SMALL_ROWS = 100_000;

/**
 * The same as `judge(tables, CHECKERS)`, whatever the number of threads. Nothing is copied that is on shared memory, as what
 * readTables makes is. A thread that dies or runs out of memory leaves its checker's outcome `unknown`, with the reason. Never rejects.
 */
export async function judgeInPool(tables: RunTables, options: JudgeOptions = {}): Promise<Judgement> {
  const { onProgress, threads = rowsOf(tables) <= SMALL_ROWS ? 0 : threadsFor(CHECKERS.length), megabytes } = options;
  const pool = createThreads<number, CheckerResult | undefined>({
    module: new URL('./check-thread.js', import.meta.url),
    work: (place) => CHECKERS[place] && runChecker(CHECKERS[place], tables),
    threads,
    data: tables,
    ...(megabytes === undefined ? {} : { megabytes }),
  });
  let ended = 0;
  const check = async (place: number): Promise<CheckerResult> => {
    const checker = CHECKERS[place] as (typeof CHECKERS)[number];
    const result = await pool
      .run(place)
      .catch((error: unknown) => failureOf(checker, error instanceof Error ? error.message : String(error)));
    onProgress?.({ checkers: ++ended, of: CHECKERS.length });
    return result ?? failureOf(checker, 'the thread does not know it');
  };
  const begun = longestFirst().map((place) => ({ place, result: check(place) }));
  const results: CheckerResult[] = [];
  for (const { place, result } of begun) results[place] = await result;
  await pool.end();
  return judgementOf(CHECKERS, results);
}

/** Places of all checkers. */
function longestFirst(): number[] {
  const rank = (place: number): number => {
    const at = LONGEST.indexOf(CHECKERS[place]?.name ?? '');
    return at === -1 ? LONGEST.length : at;
  };
  return CHECKERS.map((_, place) => place).sort((a, b) => rank(a) - rank(b));
}

function rowsOf({ history, decisions, ownership }: RunTables): number {
  return history.length + decisions.length + ownership.length;
}
