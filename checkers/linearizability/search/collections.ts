/**
 * `append` and `set` for the search. The state is what some read returned the beginning (or a part) of; what no read can return
 * any more is `UNOBSERVED`. Both only grow, so that a read of what is not ahead is hopeless.
 */
import { ADD, APPEND, INDETERMINATE, type Operations, READ, UNKNOWN_VALUE } from '../operations.js';
import { type Classified, IMPOSSIBLE, Numbering, QUERY, SAYS_NOTHING, TOTAL, UNOBSERVED } from './automaton.js';

/** States and how they grow. State 0 is empty. */
interface Growth {
  /** The state that the list stands for; its beginnings (parts) become states as well. */
  ofList(elements: Int32Array): number;
  grown(state: number, element: number): number;
  /** Whether the second state can be reached from the first by growing. */
  isAhead(state: number, later: number): boolean;
}

export function collections(operations: Operations, rows: Int32Array, isSet: boolean): Classified | undefined {
  const { f, a, outcome, lists } = operations;
  const adds = isSet ? ADD : APPEND;
  const growth = isSet ? sets() : sequences();
  const states = new Map<number, number>();
  const classes = new Numbering();
  const classOf = new Int32Array(rows.length).fill(SAYS_NOTHING);
  const seen = new Set<number>();
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as number;
    const list = a[row] as number;
    if (f[row] !== READ && f[row] !== adds) return undefined;
    if (f[row] !== READ || list === UNKNOWN_VALUE || outcome[row] === INDETERMINATE) continue;
    let state = states.get(list);
    if (state === undefined) {
      const elements = lists.elements.subarray(lists.starts[list], lists.starts[list + 1]);
      for (const element of elements) seen.add(element);
      state = growth.ofList(elements);
      states.set(list, state);
    }
    classOf[n] = classes.of(state * 2);
  }
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as number;
    if (f[row] !== adds) continue;
    const helps = outcome[row] !== INDETERMINATE || seen.has(a[row] as number);
    if (helps) classOf[n] = classes.of((a[row] as number) * 2 + 1);
  }
  const kind = Uint8Array.from(classes.keys, (key) => (key % 2 === 0 ? QUERY : TOTAL));
  const argument = Int32Array.from(classes.keys, (key) => Math.floor(key / 2));
  return {
    classOf,
    automaton: {
      initial: 0,
      classes: kind.length,
      kind,
      step: (state, c) => {
        if (kind[c] === QUERY) return state === argument[c] ? state : IMPOSSIBLE;
        return state === UNOBSERVED ? state : growth.grown(state, argument[c] as number);
      },
      hopeless: (state, c) => kind[c] === QUERY && !growth.isAhead(state, argument[c] as number),
    },
  };
}

/** A tree of all beginnings of the lists that were read. */
function sequences(): Growth {
  const children = [new Map<number, number>(), new Map<number, number>()];
  const parent = [0, 0];
  // UNOBSERVED is deeper than all, so that nothing is ahead of it.
  const depth = [0, Number.POSITIVE_INFINITY];
  return {
    ofList: (elements) => {
      let state = 0;
      for (const element of elements) {
        const longer = children[state] as Map<number, number>;
        let next = longer.get(element);
        if (next === undefined) {
          next = children.push(new Map()) - 1;
          longer.set(element, next);
          parent.push(state);
          depth.push((depth[state] as number) + 1);
        }
        state = next;
      }
      return state;
    },
    grown: (state, element) => (children[state] as Map<number, number>).get(element) ?? UNOBSERVED,
    isAhead: (state, later) => {
      let at = later;
      while ((depth[at] as number) > (depth[state] as number)) at = parent[at] as number;
      return at === state;
    },
  };
}

/** Sets of elements by their sorted text; what is part of no set that was read is `UNOBSERVED`. */
function sets(): Growth {
  const members: ReadonlySet<number>[] = [new Set(), new Set()];
  const read: number[] = [];
  const numbers = new Map<string, number>([['', 0]]);
  const next = new Map<string, number>();
  const number = (elements: readonly number[]): number => {
    const text = elements.join();
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, members.length);
    return members.push(new Set(elements)) - 1;
  };
  const isPart = (part: ReadonlySet<number>, whole: ReadonlySet<number>): boolean => {
    if (part.size > whole.size) return false;
    for (const element of part) if (!whole.has(element)) return false;
    return true;
  };
  const isAhead = (state: number, later: number): boolean =>
    state !== UNOBSERVED && isPart(members[state] as ReadonlySet<number>, members[later] as ReadonlySet<number>);
  const grow = (state: number, element: number): number => {
    const now = members[state] as ReadonlySet<number>;
    const more = new Set([...now, element]);
    if (!read.some((later) => isPart(more, members[later] as ReadonlySet<number>))) return UNOBSERVED;
    return number([...more].sort((x, y) => x - y));
  };
  return {
    ofList: (elements) => {
      const state = number([...new Set(elements)].sort((x, y) => x - y));
      read.push(state);
      return state;
    },
    grown: (state, element) => {
      const key = `${state} ${element}`;
      let after = next.get(key);
      if (after === undefined) {
        after = grow(state, element);
        next.set(key, after);
      }
      return after;
    },
    isAhead,
  };
}
