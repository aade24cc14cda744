/**
 * Judges the holds of one generated record in a process of its own and prints what that took as JSON, like histories/time-one.ts:
 * `node time-holds.js OPTIONS ROUNDS`, the options of `holdTables` as JSON. Judged are overlapping sections, late effects, stale
 * writes, lost updates and fencing tokens; what these share is made anew in each round, and is part of its time.
 */
import { fencingTokens } from '../../checkers/fencing-tokens.js';
import { lateEffects } from '../../checkers/late-effects.js';
import { lostUpdates } from '../../checkers/lost-updates.js';
import { overlap } from '../../checkers/overlap.js';
import { staleWrites } from '../../checkers/stale-writes.js';
import { combine } from '../../checkers/verdict.js';
import { monotonicMs } from '../../harness/history/clock.js';
import type { Timing } from '../histories/time-one.js';
import { peakMemory } from '../peak-memory.js';
import { type HoldOptions, holdTables } from './hold-tables.js';

const CHECKERS = [overlap, lateEffects, staleWrites, lostUpdates, fencingTokens];

const [options = '', rounds = '5'] = process.argv.slice(2);
const peakMb = (): number => peakMemory() / 2 ** 20;
const emptyMb = peakMb();
const began = monotonicMs();
const tables = holdTables(JSON.parse(options) as HoldOptions);
const loadMs = monotonicMs() - began;

const decidedBy: Record<string, number> = {};
const doubts: Record<string, number> = {};
let outcome = '';
/** What checkers share is known by the object that holds the tables: this is another one each time. */
function timed(): number {
  const from = monotonicMs();
  const again = { ...tables };
  const results = CHECKERS.map((checker) => checker.check(again));
  const taken = monotonicMs() - from;
  outcome = combine(results.map((result) => result.outcome));
  for (const { checker, violations, doubts: said } of results) {
    decidedBy[checker] = violations.length;
    for (const doubt of said) doubts[doubt] = 1;
  }
  return taken;
}
const coldMs = timed();
let warmMs = Number.POSITIVE_INFINITY;
for (let round = 0; round < Number(rounds); round++) warmMs = Math.min(warmMs, timed());
const timing: Timing = { outcome, decidedBy, fallbacks: {}, doubts, loadMs, coldMs, warmMs, peakMb: peakMb(), emptyMb };
process.stdout.write(JSON.stringify(timing));
