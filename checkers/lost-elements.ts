/**
 * Lost elements of lists and sets to which each section adds one: which accepted additions the last value does not contain, and
 * which write took each of them out; and values that no adding explains. Pure bookkeeping on one key in the storage's order;
 * lost-updates.ts says why it is sound.
 *
 * A write must be what its section had last read (or written) and one element that nobody had added before; a read must return
 * what the last accepted write wrote. As elements are unique, an addition is in the last value or lost, and was undone by the first
 * write after it whose value is without it. `ordered`: the value is a list, elements are added at its end. Otherwise it is a
 * set, whose elements may come back in any order.
 *
 * Cost: O(total length of all values), which is what the log itself takes.
 */
import { createCodes, isInitial, type KeySteps, type LostStep, sayValue, type WrongStep } from './key-steps.js';

export interface ElementReport {
  lost: LostStep[];
  wrong: WrongStep[];
  /** Elements that are in the last value. */
  present: number;
  /** Why nothing can be said. */
  objection: string | undefined;
}

/** A value as codes of its elements. */
interface Base {
  at: number;
  elements: Int32Array;
}

const EMPTY = new Int32Array(0);

export function followElements(steps: KeySteps, ordered: boolean): ElementReport {
  const report: ElementReport = { lost: [], wrong: [], present: 0, objection: undefined };
  const codes = createCodes();
  const bases = new Map<number, Base>();
  /** By element: the step that added it, and the write that first took it out; -1 for none. */
  const addedBy: number[] = [];
  const undoneBy: number[] = [];
  const baseOf = new Int32Array(steps.length);
  const marks = createMarks();
  let current: Base = { at: -1, elements: EMPTY };

  function elementsOf(at: number): Int32Array | undefined {
    const value = steps.value(at);
    if (isInitial(value)) return EMPTY;
    if (!Array.isArray(value)) return undefined;
    return Int32Array.from(value, (element) => codes.codeOf(element));
  }

  /** Why the elements are not those of a right value; undefined if they are. Both marks are of `elements`. */
  function objectionTo(
    value: unknown[],
    elements: Int32Array,
    isKnown: (element: number) => boolean,
  ): string | undefined {
    const twice = elements.findIndex((element) => marks.count(element) > 1);
    const unknown = elements.findIndex((element) => !isKnown(element));
    if (unknown !== -1) return `it has ${sayValue(value[unknown])}, which nobody had added`;
    return twice === -1 ? undefined : `it has ${sayValue(value[twice])} twice`;
  }

  function read(at: number): void {
    const elements = elementsOf(at);
    if (elements === undefined) {
      report.wrong.push({ at, from: current.at, why: 'it returned no list' });
      return void bases.set(steps.section[at] as number, { at, elements: EMPTY });
    }
    // A set is the same in any order, also where what it holds was never rightly added: that has been told of the write.
    if (isSame(elements, current.elements) || (!ordered && isSame(elements.toSorted(), current.elements.toSorted()))) {
      // One copy of it is enough for all that read it.
      return void bases.set(steps.section[at] as number, { at, elements: current.elements });
    }
    bases.set(steps.section[at] as number, { at, elements });
    marks.set(elements);
    const value = steps.value(at) as unknown[];
    const why = objectionTo(value, elements, (element) => (addedBy[element] ?? -1) !== -1);
    if (why !== undefined) report.wrong.push({ at, from: current.at, why });
    else if (ordered && isSame(elements.toSorted(), current.elements.toSorted()))
      report.wrong.push({ at, from: current.at, why: 'it returned the elements in another order' });
    else report.wrong.push({ at, from: current.at, why: 'it returned other elements than were last written' });
  }

  function write(at: number): void {
    const section = steps.section[at] as number;
    const base = bases.get(section);
    if (base === undefined) {
      report.objection = 'a write was not preceded by a read of its section';
      return;
    }
    const elements = elementsOf(at) ?? EMPTY;
    baseOf[at] = base.at;
    marks.set(base.elements);
    const news = elements.filter((element) => marks.count(element) === 0);
    const why = wrongAddition(at, base, elements, news);
    if (why !== undefined) report.wrong.push({ at, from: base.at, why });
    for (const element of news) if ((addedBy[element] ?? -1) === -1) addedBy[element] = at;
    marks.set(elements);
    for (const element of current.elements)
      if (marks.count(element) === 0 && (addedBy[element] ?? -1) !== -1) undoneBy[element] ??= at;
    current = { at, elements };
    bases.set(section, current);
  }

  /** Marks are of the base. */
  function wrongAddition(at: number, base: Base, elements: Int32Array, news: Int32Array): string | undefined {
    const value = steps.value(at);
    if (!Array.isArray(value)) return 'it wrote no list';
    const [added] = news;
    if (
      news.length !== 1 ||
      added === undefined ||
      elements.length !== base.elements.length + 1 ||
      !holds(base, elements)
    )
      return 'it is not what its section had read and one more element';
    if ((addedBy[added] ?? -1) === -1) return undefined;
    return `it adds ${sayValue(value[elements.indexOf(added)])}, which had been added before`;
  }

  /** Whether all elements of the base are there; in front and in their order, where there is an order. */
  function holds(base: Base, elements: Int32Array): boolean {
    if (ordered) return isSame(base.elements, elements.subarray(0, base.elements.length));
    marks.set(elements);
    return base.elements.every((element) => marks.count(element) > 0);
  }

  for (let at = 0; at < steps.length && report.objection === undefined; at++) {
    if (steps.isWrite[at] === 1) write(at);
    else read(at);
  }
  if (report.objection !== undefined) return { ...report, lost: [], wrong: [] };
  marks.set(current.elements);
  addedBy.forEach((at, element) => {
    if (marks.count(element) > 0) report.present++;
    else {
      const by = undoneBy[element] as number;
      report.lost.push({ at, undoneBy: by, base: baseOf[by] as number });
    }
  });
  report.lost.sort((a, b) => a.at - b.at);
  return report;
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}

/** How often each element is in the last list that was set. */
function createMarks() {
  const round: number[] = [];
  const times: number[] = [];
  let now = 0;
  return {
    set(elements: Int32Array): void {
      now++;
      for (const element of elements) {
        times[element] = round[element] === now ? (times[element] as number) + 1 : 1;
        round[element] = now;
      }
    },
    count: (element: number): number => (round[element] === now ? (times[element] as number) : 0),
  };
}
