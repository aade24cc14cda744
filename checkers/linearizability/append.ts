/**
 * Lists that grow at their end, whose elements are all different.
 *
 * A read shows the order of all appends before it, so that reads have to be prefixes of one another, and the longest one links the
 * appends into one chain from the empty list on; a list's length is its version. A read belongs to the cluster of the last element
 * that it shows. An append that nobody saw comes after all of that chain if it was answered: it is a cluster of its own, and the
 * zones find one that had been answered before a read began which does not show it, a lost append. If it was not answered it is
 * left out, like an indeterminate write that nobody read (register.ts).
 *
 * Sound and complete as long as no element is appended twice; other lists are left to the search. O(n + elements of all reads).
 */
import { APPEND, OK, READ, UNKNOWN_VALUE } from './operations.js';
import { CLEAN, type ObjectVerdicts, contradict, leave } from './object-verdicts.js';
import { type PairIndex, createPairIndex, find, put } from './pair-index.js';
import { type Chains, HEAD, createChains, judgeChains } from './chains.js';
import { addRead } from './register.js';

export const APPENDED_TWICE = 'an element was appended twice';
export const LOST_APPEND =
  'an append was answered before a read began that does not show it, and it is not in a later place either';

export function judgeLists(verdicts: ObjectVerdicts): void {
  const chains = createChains(verdicts);
  const appends = indexAppends(verdicts, chains);
  addLists(verdicts, chains, appends);
  judgeChains(verdicts, chains, LOST_APPEND);
}

function indexAppends(verdicts: ObjectVerdicts, { clusters, live }: Chains): PairIndex {
  const { length, object, call, ret, operations } = verdicts.table;
  const appends = createPairIndex(length);
  for (let row = 0; row < length; row++) {
    if (operations.f[row] !== APPEND) continue;
    const k = object[row] as number;
    if (put(appends, k, operations.a[row] as number, row) !== -1) leave(verdicts, k, APPENDED_TWICE);
    clusters.minF[row] = ret[row] as number;
    clusters.maxS[row] = call[row] as number;
    live[row] = operations.outcome[row] === OK ? 1 : 0;
  }
  return appends;
}

function addLists(verdicts: ObjectVerdicts, chains: Chains, appends: PairIndex): void {
  const { length, objects, object, operations } = verdicts.table;
  const { f, a, outcome, lists } = operations;
  const { starts, elements } = lists;
  // By object: the longest list so far, the read that returned it, and the cluster of its last element.
  const longest = new Int32Array(objects);
  const reader = new Int32Array(objects).fill(-1);
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    const list = a[row] as number;
    if (f[row] !== READ || outcome[row] !== OK || list === UNKNOWN_VALUE || verdicts.state[k] !== CLEAN) continue;
    const from = starts[list] as number;
    const size = (starts[list + 1] as number) - from;
    const knownFrom = starts[longest[k] as number] as number;
    const known = (starts[(longest[k] as number) + 1] as number) - knownFrom;
    if (!isSame(elements, from, knownFrom, Math.min(size, known))) {
      contradict(verdicts, k, [reader[k] as number, row], 'two reads show the elements in different orders');
      continue;
    }
    let cluster = length + k;
    if (size > known) {
      // What is known already is linked.
      if (known > 0) cluster = find(appends, k, elements[knownFrom + known - 1] as number);
      for (let n = from + known; n < from + size && cluster !== -1; n++) {
        cluster = linkNext(verdicts, chains, cluster, find(appends, k, elements[n] as number), row);
      }
      longest[k] = list;
      reader[k] = row;
    } else if (size > 0) {
      cluster = find(appends, k, elements[from + size - 1] as number);
    }
    if (cluster !== -1) addRead(verdicts, chains.clusters, cluster, row);
  }
}

/** `append`, or -1 if it cannot come there. `row` is the read that shows it. */
export function linkNext(
  verdicts: ObjectVerdicts,
  { before, after, live, shownBy }: Chains,
  from: number,
  append: number,
  row: number,
): number {
  const k = verdicts.table.object[row] as number;
  if (append === -1) {
    contradict(verdicts, k, [row], 'nobody wrote or appended what was read');
    return -1;
  }
  if (before[append] !== HEAD) {
    contradict(verdicts, k, [append, shownBy[append] as number, row], 'what was appended once is there twice');
    return -1;
  }
  before[append] = from;
  after[from] = append;
  live[append] = 1;
  shownBy[append] = row;
  return append;
}

function isSame(elements: Int32Array, x: number, y: number, size: number): boolean {
  if (x === y) return true;
  for (let n = 0; n < size; n++) if (elements[x + n] !== elements[y + n]) return false;
  return true;
}
