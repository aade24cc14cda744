/**
 * Mutexes that know their owner, which is the process: plain, reentrant, and with fencing tokens.
 *
 * A process does one operation on a lock after the other, so that its acquires and releases pair up by themselves: one hold each, from
 * an acquire to the release that follows; of a reentrant mutex from the outermost acquire to the release that undoes it. An acquire of
 * a process that holds the lock already (unless it is reentrant) and a release of one that does not hold it fit nowhere.
 *
 * Between the return of the acquire and the call of the release the lock is certainly held. These are the forward zones of the
 * holds, and the history is linearizable if and only if they do not overlap (zones.ts). A hold without release goes on for ever.
 *
 * The last operation of a process may be indeterminate. An acquire without answer is left out: it can only be in the way of others. A
 * release without answer is taken to have ended the hold, at its call at the earliest, which leaves most room for others.
 * If a process goes on after an operation without answer, or does two at once, it is not clear which release ends which hold, and
 * the lock is left to the search.
 *
 * Tokens have to be greater than all before. As the zones do not overlap they have one order only, that of time, in which the known
 * tokens have to go up; acquires whose token is not known may have any.
 *
 * Sound and complete but for what is left to the search. O(n).
 */
import { ACQUIRE, type Model, NEVER, NIL, OK } from './operations.js';
import { CLEAN, type ObjectVerdicts, contradict, leave } from './object-verdicts.js';
import { createPairIndex, put } from './pair-index.js';
import { type Zones, createClusters, place, sweep } from './zones.js';

export const WENT_ON = 'a process went on after an operation without answer';
export const AT_ONCE = 'a process did two operations on a lock at once';

export function judgeOwnedMutexes(verdicts: ObjectVerdicts, model: Model): void {
  const { table, state } = verdicts;
  const parties = partiesOf(verdicts);
  leaveUnordered(verdicts, parties);
  const zones: Zones = { ...createClusters(table), lookAt: new Int32Array(table.events) };
  findHolds(verdicts, zones, parties, model === 'reentrant-mutex');
  for (let row = 0; row < table.length; row++) {
    if (zones.maxS[row] !== 0 && state[table.object[row] as number] === CLEAN) place(zones, row);
  }
  sweep(verdicts, zones, 'both certainly held the lock at one moment');
  if (model === 'fenced-mutex') judgeTokens(verdicts, zones);
}

/** By row: the first row of the same process on the same lock, which stands for the two. */
function partiesOf({ table: { length, object, operations } }: ObjectVerdicts): Int32Array {
  const index = createPairIndex(length);
  const parties = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const first = put(index, object[row] as number, operations.process[row] as number, row);
    parties[row] = first === -1 ? row : first;
  }
  return parties;
}

function leaveUnordered(verdicts: ObjectVerdicts, parties: Int32Array): void {
  const { length, object, call, ret } = verdicts.table;
  const freeFrom = new Int32Array(length).fill(-1);
  for (let row = 0; row < length; row++) {
    const party = parties[row] as number;
    const from = freeFrom[party] as number;
    if (from === NEVER) leave(verdicts, object[row] as number, WENT_ON);
    else if (from > (call[row] as number)) leave(verdicts, object[row] as number, AT_ONCE);
    freeFrom[party] = ret[row] as number;
  }
}

/** A hold has the number of its outermost acquire, and ends at the call of its release; `maxS` is 0 for what is no hold. */
function findHolds(verdicts: ObjectVerdicts, { minF, maxS }: Zones, parties: Int32Array, reentrant: boolean): void {
  const { length, object, call, ret, operations } = verdicts.table;
  const { f, outcome } = operations;
  // By party: the acquire of its hold or -1, how often it acquired it, and its last release.
  const hold = new Int32Array(length).fill(-1);
  const depth = new Int32Array(length);
  const released = new Int32Array(length).fill(-1);
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    if (verdicts.state[k] !== CLEAN) continue;
    const party = parties[row] as number;
    const held = hold[party] as number;
    const isCertain = outcome[row] === OK;
    if (f[row] === ACQUIRE && held === -1) {
      if (!isCertain) continue;
      hold[party] = row;
      depth[party] = 1;
      minF[row] = ret[row] as number;
      maxS[row] = NEVER;
    } else if (f[row] === ACQUIRE) {
      if (isCertain && !reentrant)
        contradict(verdicts, k, [held, row], 'one process acquired the lock twice and did not release it in between');
      if (isCertain) depth[party] = (depth[party] as number) + 1;
    } else if (held === -1) {
      const rows = [released[party] as number, row];
      if (isCertain) contradict(verdicts, k, rows, 'a process released the lock and did not hold it');
    } else {
      depth[party] = (depth[party] as number) - 1;
      if (depth[party] !== 0) continue;
      maxS[held] = call[row] as number;
      hold[party] = -1;
      released[party] = row;
    }
  }
}

function judgeTokens(verdicts: ObjectVerdicts, { lookAt }: Zones): void {
  const { events, objects, object, operations } = verdicts.table;
  const { a } = operations;
  // By object: the latest hold whose token is known.
  const latest = new Int32Array(objects).fill(-1);
  for (let position = 0; position < events; position++) {
    const row = (lookAt[position] as number) - 1;
    if (row < 0 || a[row] === NIL) continue;
    const k = object[row] as number;
    const before = latest[k] as number;
    const token = before === -1 ? NIL : (a[before] as number);
    if ((a[row] as number) === token) contradict(verdicts, k, [before, row], 'two holds have one token');
    else if ((a[row] as number) < token)
      contradict(verdicts, k, [before, row], 'a later hold has a smaller token than an earlier one');
    latest[k] = row;
  }
}
