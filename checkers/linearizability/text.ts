/**
 * Keys of a map whose values are strings, written and appended to.
 *
 * If the strings that were written and appended to a key are all different, and none of them is the beginning of another (so that
 * what is put together of them can be cut up again in one way only), each read says which write it rests on, if any, and all
 * appends since, in order. Nothing else fits between these: a write would take them away, an append would show. So they are linked
 * into a chain from the write (or from the absent value) on, reads that rest on one write have to be prefixes of one another, and the
 * zones of the chains decide (chains.ts). An append that nobody read is a chain of its own: it has to stand where the next thing is
 * a write or another such append, which is between chains. Indeterminate operations that nobody read are left out.
 *
 * Sound and complete under that condition; other keys are left to the search. O(n + letters of all reads), for strings of few
 * different lengths.
 */
import { APPEND, NIL, OK, READ, UNKNOWN_VALUE } from './operations.js';
import { CLEAN, type ObjectVerdicts, contradict, leave } from './object-verdicts.js';
import { linkNext } from './append.js';
import { type Chains, createChains, judgeChains } from './chains.js';
import { addRead } from './register.js';

export const AMBIGUOUS = 'written and appended strings that can be cut up in more than one way';
const UNREADABLE = 'no writes and appends make up what was read';

/** What rests on one write: the longest string that was read, the read of it, and the cluster that ends at each place of it. */
interface Known {
  text: string;
  reader: number;
  clusters: Map<number, number>;
}

/** `rowsOf`: by object, its rows, for the objects to be judged here. */
export function judgeTexts(verdicts: ObjectVerdicts, rowsOf: ReadonlyMap<number, Int32Array>): void {
  const chains = createChains(verdicts);
  for (const [object, rows] of rowsOf) addTexts(verdicts, chains, object, rows);
  judgeChains(verdicts, chains, 'one of the two values was certainly there when the other was, in every order');
}

function addTexts(verdicts: ObjectVerdicts, chains: Chains, object: number, rows: Int32Array): void {
  const { length, operations } = verdicts.table;
  const { f, a, outcome } = operations;
  const textOf = (row: number) => (a[row] === NIL ? '' : String(operations.values[a[row] as number]));
  const updates = new Map<string, number>();
  for (const row of rows) {
    if (f[row] === READ) continue;
    const text = textOf(row);
    if (text === '' || updates.has(text)) leave(verdicts, object, AMBIGUOUS);
    updates.set(text, row);
    addUpdate(verdicts, chains, row);
  }
  if (!canBeCutUp([...updates.keys()])) leave(verdicts, object, AMBIGUOUS);
  const lengths = [...new Set(Array.from(updates.keys(), (text) => text.length))];
  const knownOf = new Map<number, Known>();

  /** Row of the update whose string stands at the place, or -1. */
  function updateAt(text: string, place: number): number {
    for (const size of lengths) {
      const row = updates.get(text.slice(place, place + size));
      if (row !== undefined) return row;
    }
    return -1;
  }

  /** Cluster that the read saw, or -1 if it contradicts something. */
  function seenBy(row: number): number {
    const text = textOf(row);
    const first = updateAt(text, 0);
    if (first === -1) return fail([row], UNREADABLE);
    const isWritten = f[first] !== APPEND;
    const head = isWritten ? first : length + object;
    if (isWritten) chains.live[head] = 1;
    let known = knownOf.get(head);
    if (known === undefined) {
      const start = isWritten ? textOf(first) : '';
      known = { text: start, reader: row, clusters: new Map([[start.length, head]]) };
      knownOf.set(head, known);
    }
    if (known.text.startsWith(text)) return known.clusters.get(text.length) ?? fail([row], UNREADABLE);
    if (!text.startsWith(known.text))
      return fail([isWritten ? head : row, known.reader, row], 'two reads show what was appended in different orders');
    return extend(known, text, row);
  }

  function extend(known: Known, text: string, row: number): number {
    let place = known.text.length;
    let cluster = known.clusters.get(place) as number;
    while (place < text.length) {
      const append = updateAt(text, place);
      if (append !== -1 && f[append] !== APPEND) return fail([append, row], UNREADABLE);
      cluster = linkNext(verdicts, chains, cluster, append, row);
      if (cluster === -1) return -1;
      place += textOf(append).length;
      known.clusters.set(place, cluster);
    }
    known.text = text;
    known.reader = row;
    return cluster;
  }

  function fail(witness: number[], why: string): number {
    contradict(verdicts, object, witness, why);
    return -1;
  }

  for (const row of rows) {
    if (f[row] !== READ || outcome[row] !== OK || a[row] === UNKNOWN_VALUE || verdicts.state[object] !== CLEAN)
      continue;
    const cluster = a[row] === NIL ? length + object : seenBy(row);
    if (cluster !== -1) addRead(verdicts, chains.clusters, cluster, row);
  }
}

function addUpdate(
  { table: { call, ret, operations } }: ObjectVerdicts,
  { clusters, live }: Chains,
  row: number,
): void {
  clusters.minF[row] = ret[row] as number;
  clusters.maxS[row] = call[row] as number;
  live[row] = operations.outcome[row] === OK ? 1 : 0;
}

/** Whether none is the beginning of another. In order, a string stands right before those that begin with it. */
function canBeCutUp(texts: string[]): boolean {
  texts.sort();
  return texts.every((text, n) => n === 0 || !text.startsWith(texts[n - 1] as string));
}
