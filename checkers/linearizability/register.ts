/**
 * Registers and the keys of a map whose written values are all different: reads and blind writes, indeterminate ones included.
 * All objects are judged in one pass.
 *
 * With unique values each read says which write it saw, so that a value's write and reads are a cluster: nothing else that has to
 * be in the order fits between them, as a value that is gone never comes back. Within a cluster the write comes first, which is
 * possible unless a read returned before the write was called. So the history is linearizable if and only if every value that was
 * read was written (or is the initial one), no read returned before its write was called, and the zones fit (zones.ts has the
 * proof). The initial value's cluster comes before all events.
 *
 * Reads without a result say nothing and are left out. An indeterminate write that nobody read is left out as well: taken out of
 * an order that fits, it leaves one that fits, as between it and the next write nothing can be a read of another value. One that
 * was read did take effect; its return is never, and the reads bound the zone. So indeterminate operations cost nothing.
 *
 * Sound and complete as long as no value is written twice and the initial one never; other objects are left to the search. Time
 * O(n), memory about 20 bytes an operation (Gibbons and Korach 1997, section 4; locality of objects: Herlihy and Wing,
 * "Linearizability: A Correctness Condition for Concurrent Objects", TOPLAS 12(3), 1990, section 3.1).
 */
import { NIL, OK, READ, WRITE } from './operations.js';
import { CLEAN, type ObjectVerdicts, contradict, leave } from './object-verdicts.js';
import { type PairIndex, createPairIndex, find, put } from './pair-index.js';
import { type Clusters, type Zones, createClusters, place, sweep } from './zones.js';

export const WRITTEN_TWICE = 'a value was written twice';
export const WROTE_INITIAL = 'the initial value was written';

export function judgeRegisters(verdicts: ObjectVerdicts): void {
  const { table, state } = verdicts;
  const clusters = createClusters(table);
  const writers = indexWrites(verdicts, clusters);
  addReads(verdicts, clusters, writers);
  const zones: Zones = { ...clusters, lookAt: new Int32Array(table.events) };
  const { f } = table.operations;
  for (let row = 0; row < table.length; row++) {
    if (f[row] === WRITE && state[table.object[row] as number] === CLEAN) place(zones, row);
  }
  sweep(verdicts, zones, 'one of the two values was certainly there when the other was, in every order');
}

function indexWrites(verdicts: ObjectVerdicts, { minF, maxS }: Clusters): PairIndex {
  const { length, object, call, ret, operations } = verdicts.table;
  const { f, a } = operations;
  let writes = 0;
  for (let row = 0; row < length; row++) if (f[row] === WRITE) writes++;
  const writers = createPairIndex(writes);
  for (let row = 0; row < length; row++) {
    if (f[row] !== WRITE) continue;
    const k = object[row] as number;
    const value = a[row] as number;
    if (value === NIL) leave(verdicts, k, WROTE_INITIAL);
    else if (put(writers, k, value, row) !== -1) leave(verdicts, k, WRITTEN_TWICE);
    minF[row] = ret[row] as number;
    maxS[row] = call[row] as number;
  }
  return writers;
}

function addReads(verdicts: ObjectVerdicts, clusters: Clusters, writers: PairIndex): void {
  const { length, object, operations } = verdicts.table;
  const { f, a, outcome } = operations;
  const { state } = verdicts;
  for (let row = 0; row < length; row++) {
    if (f[row] !== READ || outcome[row] !== OK) continue;
    const k = object[row] as number;
    const value = a[row] as number;
    if (value < NIL || state[k] !== CLEAN) continue;
    const writer = value === NIL ? length + k : find(writers, k, value);
    if (writer === -1) contradict(verdicts, k, [row], 'nobody wrote the value that was read');
    else addRead(verdicts, clusters, writer, row);
  }
}

/** Puts a read, by its row, into the cluster of what it saw. */
export function addRead(verdicts: ObjectVerdicts, { minF, maxS }: Clusters, cluster: number, row: number): void {
  const { length, object, call, ret } = verdicts.table;
  const returned = ret[row] as number;
  const called = call[row] as number;
  if (cluster < length && returned < (call[cluster] as number)) {
    contradict(verdicts, object[row] as number, [cluster, row], 'a read returned a value before its write was called');
  }
  if (returned < (minF[cluster] as number)) minF[cluster] = returned;
  if (called > (maxS[cluster] as number)) maxS[cluster] = called;
}
