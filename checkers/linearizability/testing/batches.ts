/**
 * Small histories by the thousand as objects of one table, so that the checkers see millions of them in a minute. Those that the
 * oracle calls right and those that it calls wrong go into tables of their own: of the one no object may be violated, of the other
 * every one has to be. For tests; not part of the program.
 */
import { judgeObjects } from '../judge-objects.js';
import { INDETERMINATE, type Model, NEVER, type Operations } from '../operations.js';
import { type Argument, type Kind, SEQUENCES } from './small-arguments.js';
import type { SmallHistory } from './small-histories.js';

const HISTORIES = 4096;

/** By number of a sequence: its letters. */
const STRINGS = SEQUENCES.map((sequence) => sequence.map((n) => String.fromCharCode(96 + n)).join('') || null);
const ELEMENTS = Int32Array.from(SEQUENCES.flat());
const STARTS = new Int32Array(SEQUENCES.length + 1);
for (const [n, sequence] of SEQUENCES.entries()) STARTS[n + 1] = (STARTS[n] as number) + sequence.length;

export interface Judged {
  clean: number;
  violated: number;
  /** Histories by the algorithm that decided them. */
  decidedBy: Record<string, number>;
}

/** Throws at the first history of whose verdict the checkers think otherwise. */
export function createBatches(
  model: Model,
  length: number,
): { add(history: SmallHistory, isRight: boolean): void; end(): Judged } {
  const judged: Judged = { clean: 0, violated: 0, decidedBy: {} };
  const right = createTable(model, HISTORIES * length);
  const wrong = createTable(model, HISTORIES * length);

  function judge(table: Operations, isRight: boolean): void {
    const count = table.length / length;
    const { outcome, violated, decidedBy, doubts } = judgeObjects(model, table);
    if (Object.keys(doubts).length > 0 || violated !== (isRight ? 0 : count)) blame(model, table, length, isRight);
    if (count > 0 && (outcome === 'clean') !== isRight)
      throw new Error(`${outcome}, with ${violated} of ${count} violated`);
    judged[isRight ? 'clean' : 'violated'] += count;
    for (const [algorithm, objects] of Object.entries(decidedBy))
      judged.decidedBy[algorithm] = (judged.decidedBy[algorithm] ?? 0) + objects;
    table.length = 0;
  }

  return {
    add(history, isRight) {
      const table = isRight ? right : wrong;
      append(table, history);
      if (table.length === table.f.length) judge(table, isRight);
    },
    end() {
      judge(right, true);
      judge(wrong, false);
      return judged;
    },
  };
}

function createTable(model: Model, room: number): Operations {
  const column = () => new Int32Array(room);
  return {
    length: 0,
    events: 0,
    process: column(),
    call: column(),
    ret: column(),
    f: new Uint8Array(room),
    object: column(),
    a: column(),
    b: column(),
    outcome: new Uint8Array(room),
    lists: { starts: STARTS, elements: ELEMENTS },
    values: model === 'kv' ? STRINGS : [],
  };
}

/** A history after the others, as an object of its own. */
function append(table: Operations, history: SmallHistory): void {
  const from = 2 * table.length;
  const object = table.length / history.length;
  for (let row = 0; row < history.length; row++) {
    const at = table.length + row;
    const { f, outcome } = history.kinds[row] as Kind;
    const { a, b, process } = history.arguments[row] as Argument;
    table.process[at] = process === -1 ? row : process;
    table.call[at] = from + (history.call[row] as number);
    table.ret[at] = outcome === INDETERMINATE ? NEVER : from + (history.ret[row] as number);
    table.f[at] = f;
    table.object[at] = object;
    table.a[at] = a;
    table.b[at] = b;
    table.outcome[at] = outcome;
  }
  table.length += history.length;
  table.events = 2 * table.length;
}

/** Asks for the histories one by one. */
function blame(model: Model, table: Operations, length: number, isRight: boolean): never {
  for (let from = 0; from < table.length; from += length) {
    const one = cut(table, from, length);
    const { outcome } = judgeObjects(model, one);
    if (outcome !== (isRight ? 'clean' : 'violated')) throw new Error(`${model}: ${outcome}:\n${inWords(one)}`);
  }
  throw new Error(`${model}: judged one by one they are right, together they are not`);
}

function cut(table: Operations, from: number, length: number): Operations {
  const to = from + length;
  const moved = (position: number) => (position === NEVER ? NEVER : position - 2 * from);
  return {
    ...table,
    length,
    events: 2 * length,
    process: table.process.slice(from, to),
    call: table.call.slice(from, to).map(moved),
    ret: table.ret.slice(from, to).map(moved),
    f: table.f.slice(from, to),
    object: new Int32Array(length),
    a: table.a.slice(from, to),
    b: table.b.slice(from, to),
    outcome: table.outcome.slice(from, to),
  };
}

/** A history alone, as the other oracle and the search take it. */
export function alone(model: Model, history: SmallHistory): Operations {
  const table = createTable(model, history.length);
  append(table, history);
  return table;
}

export function inWords({ length, process, f, a, b, call, ret, outcome }: Operations): string {
  const columns = { process, f, a, b, call, ret, outcome };
  const line = (n: number) => Object.entries(columns).map(([name, column]) => `${name} ${column[n]}`);
  return Array.from({ length }, (_, n) => line(n).join(', ')).join('\n');
}
