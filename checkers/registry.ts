/** All checkers, in the order in which reports show their results. */
import { assumptions } from './assumptions.js';
import { lostUpdates } from './lost-updates.js';
import { overlap } from './overlap.js';
import { recovery } from './recovery.js';
import { staleWrites } from './stale-writes.js';
import type { Checker } from './verdict.js';

export const CHECKERS: readonly Checker[] = [assumptions, overlap, staleWrites, lostUpdates, recovery];
