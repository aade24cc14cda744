/**
 * Chains: clusters of which each has to follow another one directly. A compare-and-set from x to y comes right after the cluster of
 * x, an append to a list right after the cluster of the list without it; with unique values nothing else fits between, as x never
 * comes back. So whole chains stand together in every order that fits, and are zones in turn.
 *
 * What is linked has to fit along the chain: no operation of a later cluster may precede one of an earlier one. A walk from the
 * head that keeps the greatest call so far finds that out. A cluster that no walk reaches is in a circle of links, each waiting
 * for another. Then the zones of the chains decide (zones.ts has the proof: a chain is a cluster that is in order within itself).
 *
 * Sound and complete for the links that it is given. O(n).
 */
import { CLEAN, type ObjectVerdicts, calledAt, contradict, returnedAt } from './object-verdicts.js';
import { type Clusters, type Zones, createClusters, place, sweep } from './zones.js';

/** `before` of a cluster that begins a chain. */
export const HEAD = -1;
/** `after` of a cluster that ends one. */
export const END = -1;

/** Clusters have the numbers that `Clusters` says. */
export interface Chains {
  clusters: Clusters;
  /** By row of an update: the cluster it has to follow directly, or `HEAD`. */
  before: Int32Array;
  /** By cluster: the one that follows directly, or `END`. */
  after: Int32Array;
  /** By row: 1 for updates that are in the order: they certainly took effect. */
  live: Uint8Array;
  /** By row of an update: the operation that shows that it took effect, and after what; -1 if it shows so by itself. */
  shownBy: Int32Array;
}

export function createChains(verdicts: ObjectVerdicts): Chains {
  const { table } = verdicts;
  const { length, objects } = table;
  verdicts.shownBy = new Int32Array(length).fill(-1);
  return {
    clusters: createClusters(table),
    before: new Int32Array(length).fill(HEAD),
    after: new Int32Array(length + objects).fill(END),
    live: new Uint8Array(length),
    shownBy: verdicts.shownBy,
  };
}

/** Chains as zones; each has the number of its head. */
export interface ChainZones extends Zones {
  /** By cluster: head of its chain; -1 for what is in none. */
  headOf: Int32Array;
  /** By head: what shows the end of its chain; -1 if that shows so by itself. */
  shownBy: Int32Array;
}

/** `why` says what two chains mean that are in each other's way. Objects with a violation are not in the zones. */
export function judgeChains(verdicts: ObjectVerdicts, chains: Chains, why: string): ChainZones {
  const { table, state } = verdicts;
  const { length, objects, object, events } = table;
  const { minF, maxS } = chains.clusters;
  const zones: ChainZones = {
    minF: minF.slice(),
    maxS: maxS.slice(),
    lookAt: new Int32Array(events),
    headOf: new Int32Array(length + objects).fill(-1),
    shownBy: new Int32Array(length + objects).fill(-1),
  };
  for (let k = 0; k < objects; k++) if (state[k] === CLEAN) walk(verdicts, chains, zones, length + k, k);
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    if (chains.live[row] === 1 && chains.before[row] === HEAD && state[k] === CLEAN) {
      walk(verdicts, chains, zones, row, k);
      place(zones, row);
    }
  }
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    if (chains.live[row] === 1 && zones.headOf[row] === -1 && state[k] === CLEAN)
      contradict(verdicts, k, circle(chains, row), 'each needs what another of them wrote, in a circle');
  }
  sweep(verdicts, zones, why, zones.shownBy);
  return zones;
}

function walk(verdicts: ObjectVerdicts, chains: Chains, zones: ChainZones, head: number, object: number): void {
  const { after, clusters } = chains;
  const { minF, maxS } = clusters;
  let first = minF[head] as number;
  let last = maxS[head] as number;
  zones.headOf[head] = head;
  for (let cluster = after[head] as number; cluster !== END; cluster = after[cluster] as number) {
    const from = minF[cluster] as number;
    const to = maxS[cluster] as number;
    zones.headOf[cluster] = head;
    zones.shownBy[head] = chains.shownBy[cluster] as number;
    if (from < last) {
      const rows = [calledAt(verdicts, last), returnedAt(verdicts, from), chains.shownBy[cluster] as number];
      contradict(verdicts, object, rows, 'what came of a value was there before that value had come and gone');
    }
    if (from < first) first = from;
    if (to > last) last = to;
  }
  zones.minF[head] = first;
  zones.maxS[head] = last;
}

/** At most four of it. Going back from what no walk reaches stays in the circle, as nothing is followed by two. */
function circle({ before }: Chains, start: number): number[] {
  const rows: number[] = [];
  for (let row = start; rows.length < 4 && !rows.includes(row); row = before[row] as number) rows.push(row);
  return rows;
}
