/**
 * All histories of up to six operations on one object, by model, with nothing allocated for each: `visit` is shown one and the same
 * object that changes. Renamed values, elements, tokens and processes do not make another history. For tests; not part of the
 * program.
 *
 * Every interval order (enumerate.ts) gets every choice of kinds (function and outcome), and every choice of kinds gets every choice
 * of arguments (small-arguments.ts has them by model). Of operations that stand in one place of the order the kinds only go up, and
 * so do the arguments of reads; some histories are still there more than once, under other names. Only what is in the last block may
 * be without answer.
 */
import { INDETERMINATE, type Model, READ } from '../operations.js';
import { type Interval, intervalOrders } from './enumerate.js';
import { type Argument, argumentsOf, isComplete, KINDS, type Kind } from './small-arguments.js';

/** One history, by row. */
export interface SmallHistory {
  length: number;
  /** Positions below 2 * length. What is not answered has one here as well. */
  call: number[];
  ret: number[];
  /** Rows that precede it, as a mask. */
  before: number[];
  kinds: Kind[];
  arguments: Argument[];
}

/** Where to look, of a choice of kinds and of a history: the chance to be visited is the product of both, the same for all. */
export interface Sample {
  kinds: number;
  histories: number;
  seed: number;
}

/** Of these orders; returns how many histories were visited. */
export function everyHistory(
  model: Model,
  length: number,
  visit: (history: SmallHistory) => void,
  sample: Sample = { kinds: 1, histories: 1, seed: 0 },
  orders: readonly (readonly Interval[])[] = intervalOrders(length),
): number {
  let visited = 0;
  const isDrawn = dice(sample.seed);
  const history: SmallHistory = { length, call: [], ret: [], before: [], kinds: [], arguments: [] };
  const { kinds, arguments: chosen } = history;
  let sameAsBefore: boolean[] = [];
  let isLast: boolean[] = [];
  let rowsInTurn: number[] = [];

  function chooseKind(row: number): void {
    if (row === length) {
      if (!isDrawn(sample.kinds)) return;
      // Updates name the values, reads tell them.
      rowsInTurn = [...kinds.keys()].sort(
        (x, y) => Number(kinds[x]?.f === READ) - Number(kinds[y]?.f === READ) || x - y,
      );
      return chooseArgument(0);
    }
    const all = KINDS[model];
    const first = sameAsBefore[row] === true ? all.indexOf(kinds[row - 1] as Kind) : 0;
    for (let n = first; n < all.length; n++) {
      const kind = all[n] as Kind;
      if (kind.outcome === INDETERMINATE && isLast[row] !== true) continue;
      kinds[row] = kind;
      chooseKind(row + 1);
    }
  }

  function chooseArgument(turn: number): void {
    if (turn === length) {
      if (!isComplete(model, history) || !isDrawn(sample.histories)) return;
      visited++;
      visit(history);
      return;
    }
    const row = rowsInTurn[turn] as number;
    const all = argumentsOf(model, history, row);
    const isSwapped = sameAsBefore[row] === true && kinds[row]?.f === READ && kinds[row - 1]?.f === READ;
    for (let n = isSwapped ? all.indexOf(chosen[row - 1] as Argument) : 0; n < all.length; n++) {
      chosen[row] = all[n] as Argument;
      chooseArgument(turn + 1);
    }
  }

  for (const order of orders) {
    const last = Math.max(...order.map(({ to }) => to));
    kinds.length = 0;
    chosen.length = 0;
    history.before = order.map(({ from }) =>
      order.reduce((mask, { to }, row) => (to < from ? mask | (1 << row) : mask), 0),
    );
    sameAsBefore = order.map(({ from, to }, row) => order[row - 1]?.from === from && order[row - 1]?.to === to);
    isLast = order.map(({ to }) => to === last);
    // In each block first the calls and then the returns; the intervals are in the order of their calls.
    const events = [
      ...order.map(({ from }, row) => ({ row, block: 2 * from, isCall: true })),
      ...order.map(({ to }, row) => ({ row, block: 2 * to + 1, isCall: false })),
    ].sort((x, y) => x.block - y.block || x.row - y.row);
    events.forEach(({ row, isCall }, position) => {
      (isCall ? history.call : history.ret)[row] = position;
    });
    chooseKind(0);
  }
  return visited;
}

/** Whether a share comes up, each time it is asked: the same answers for the same seed (Marsaglia's xorshift, 2003). */
function dice(seed: number): (share: number) => boolean {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return (share) => {
    if (share >= 1) return true;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0 < share * 2 ** 32;
  };
}
