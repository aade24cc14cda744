/**
 * Whether the operations on objects are linearizable (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent
 * Objects", TOPLAS 12(3), 1990). A history is if and only if that of each object is (there, section 3.1).
 *
 * The exact algorithm for the model judges all objects in one pass, in linear time. Objects that it does not apply to are left to
 * the search, one by one, with the reason. Nothing is rounded: what the search does not decide within its budget is `unknown`, and
 * so is a table that contradicts itself. Never throws.
 */
import { judgeLists } from './append.js';
import { judgeCasRegisters } from './cas.js';
import { type CheckedTable, checkTable } from './checked-table.js';
import { judgeMutexes } from './mutex.js';
import { CLEAN, ELSEWHERE, MAX_WITNESSES, type ObjectVerdicts, createVerdicts, reasonLeft } from './object-verdicts.js';
import {
  APPEND,
  type Budget,
  DEFAULT_BUDGET,
  type LinearizabilityResult,
  type Model,
  type Operations,
} from './operations.js';
import { judgeOwnedMutexes } from './owned-mutex.js';
import { judgeRegisters } from './register.js';
import { searchObject } from './search.js';
import { judgeSets } from './set.js';
import { judgeTexts } from './text.js';

const OUT_OF_BUDGET = 'the search came to the end of its budget';

/** What `decidedBy` calls the fast algorithm of each model. */
const ALGORITHMS: Record<Model, string> = {
  register: 'zones',
  'cas-register': 'chains',
  mutex: 'turns',
  'owner-mutex': 'zones',
  'reentrant-mutex': 'zones',
  'fenced-mutex': 'zones',
  kv: 'zones',
  append: 'chains',
  set: 'layers',
};

/** `budget` is for each object that the search has to decide. O(n) where none has to; see the algorithms for their parts. */
export function judgeObjects(
  model: Model,
  operations: Operations,
  budget: Budget = DEFAULT_BUDGET,
): LinearizabilityResult {
  const result: LinearizabilityResult = {
    outcome: 'clean',
    decidedBy: {},
    fallbacks: {},
    witnesses: [],
    violated: 0,
    doubts: {},
  };
  const table = checkTable(model, operations);
  if (typeof table === 'string') return { ...result, outcome: 'unknown', doubts: { [table]: 1 } };
  const verdicts = createVerdicts(table);
  const texts = model === 'kv' ? objectsWithAppends(table) : new Set<number>();
  judgeFast(model, verdicts, texts);
  result.witnesses = verdicts.witnesses;
  result.violated = verdicts.violated;
  const left = new Set<number>();
  for (let object = 0; object < table.objects; object++) {
    if (table.present[object] === 0) continue;
    if (reasonLeft(verdicts, object) !== undefined) left.add(object);
    else count(result.decidedBy, texts.has(object) ? 'chains' : ALGORITHMS[model]);
  }
  for (const [object, rows] of rowsOf(table, left)) {
    count(result.fallbacks, reasonLeft(verdicts, object) as string);
    searchInto(result, model, table, object, rows, budget);
  }
  if (result.violated > 0) result.outcome = 'violated';
  else if (Object.keys(result.doubts).length > 0) result.outcome = 'unknown';
  return result;
}

function judgeFast(model: Model, verdicts: ObjectVerdicts, texts: ReadonlySet<number>): void {
  switch (model) {
    case 'register':
      return judgeRegisters(verdicts);
    case 'cas-register':
      return judgeCasRegisters(verdicts);
    case 'append':
      return judgeLists(verdicts);
    case 'set':
      return judgeSets(verdicts);
    case 'mutex':
      return judgeMutexes(verdicts);
    case 'kv':
      for (const object of texts) verdicts.state[object] = ELSEWHERE;
      judgeRegisters(verdicts);
      for (const object of texts) verdicts.state[object] = CLEAN;
      if (texts.size > 0) judgeTexts(verdicts, rowsOf(verdicts.table, texts));
      return;
    default:
      return judgeOwnedMutexes(verdicts, model);
  }
}

function searchInto(
  result: LinearizabilityResult,
  model: Model,
  { operations, nameOf }: CheckedTable,
  object: number,
  rows: Int32Array,
  budget: Budget,
): void {
  const { outcome, order, stuck } = searchObject(model, operations, rows, budget);
  if (outcome === 'unknown') {
    count(result.doubts, OUT_OF_BUDGET);
    return;
  }
  count(result.decidedBy, 'search');
  if (outcome === 'clean') return;
  result.violated++;
  if (stuck === undefined || result.witnesses.length >= MAX_WITNESSES) return;
  const why = 'no order of what came before lets this operation follow';
  result.witnesses.push({ kind: 'stuck', object: nameOf(object), order, stuck, why });
}

/** Keys whose values are put together of strings. */
function objectsWithAppends({ length, object, operations }: CheckedTable): Set<number> {
  const objects = new Set<number>();
  for (let row = 0; row < length; row++) if (operations.f[row] === APPEND) objects.add(object[row] as number);
  return objects;
}

/** Rows of each of the objects, in order. O(n) for all together. */
function rowsOf({ length, objects, object }: CheckedTable, wanted: ReadonlySet<number>): Map<number, Int32Array> {
  if (wanted.size === 0) return new Map();
  const sizes = new Int32Array(objects);
  for (let row = 0; row < length; row++) sizes[object[row] as number] = (sizes[object[row] as number] as number) + 1;
  const rows = new Map(Array.from(wanted, (k) => [k, new Int32Array(sizes[k] as number)]));
  const filled = new Int32Array(objects);
  for (let row = 0; row < length; row++) {
    const k = object[row] as number;
    const own = rows.get(k);
    if (own === undefined) continue;
    own[filled[k] as number] = row;
    filled[k] = (filled[k] as number) + 1;
  }
  return rows;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
