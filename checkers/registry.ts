/** All checkers, in the order in which reports show their results. */
import { assumptions } from './assumptions.js';
import { fencingTokens } from './fencing-tokens.js';
import { lateEffects } from './late-effects.js';
import { linearizability } from './linearizability.js';
import { liveness } from './liveness.js';
import { leasePromise } from './lease-promise.js';
import { lostUpdates } from './lost-updates.js';
import { overlap } from './overlap.js';
import { ownership } from './ownership.js';
import { raftCost } from './raft-cost.js';
import { recovery } from './recovery.js';
import { staleWrites } from './stale-writes.js';
import type { Checker } from './verdict.js';
import { watch } from './watch.js';

export const CHECKERS: readonly Checker[] = [
  assumptions,
  overlap,
  lateEffects,
  staleWrites,
  lostUpdates,
  linearizability,
  fencingTokens,
  leasePromise,
  ownership,
  watch,
  liveness,
  recovery,
  raftCost,
];
