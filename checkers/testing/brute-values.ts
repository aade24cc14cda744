/**
 * What is wrong with the values of one key, found in the plainest way: everything is looked up again from the start, with
 * lists and `includes`, and nothing is shared with the checkers. For tests; not part of the program.
 */

export interface PlainStep {
  f: 'read' | 'write';
  section: number;
  value: unknown;
}

export interface PlainReport {
  /** `lost by undoing`, as positions. */
  lost: string[];
  /** Positions of wrong steps. */
  wrong: number[];
}

const text = (value: unknown): string => JSON.stringify(value ?? null);
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
const isList = (value: unknown): boolean => [null, undefined, 0].includes(value as null) || Array.isArray(value);
/** What storages start with is all one. */
const state = (value: unknown): string => (['0', '[]'].includes(text(value)) ? 'null' : text(value));
const sorted = (elements: readonly string[]): string => text([...elements].sort());

/** Position of the last step of the section before this one; -1 for none. */
const baseBefore = (steps: readonly PlainStep[], at: number): number =>
  steps.slice(0, at).findLastIndex(({ section }) => section === steps[at]?.section);
const writeBefore = (steps: readonly PlainStep[], at: number): number =>
  steps.slice(0, at).findLastIndex(({ f }) => f === 'write');

/** Lists and sets; undefined where a section wrote without having read. */
export function plainElements(steps: readonly PlainStep[], ordered: boolean): PlainReport | undefined {
  if (steps.some(({ f }, at) => f === 'write' && baseBefore(steps, at) === -1)) return undefined;
  const known = (at: number): string[] => (at === -1 ? [] : list(steps[at]?.value));
  const writes = steps.flatMap(({ f }, at) => (f === 'write' ? [at] : []));
  const newIn = (at: number): string[] => {
    const base = known(baseBefore(steps, at));
    return known(at).filter((element) => !base.includes(element));
  };
  const adders = (element: string): number[] => writes.filter((at) => newIn(at).includes(element));
  const wrong = steps.flatMap(({ f, value }, at) => {
    if (!isList(value) || (f === 'write' && !Array.isArray(value))) return [at];
    const mine = list(value);
    if (f === 'read') {
      const right = known(writeBefore(steps, at));
      return text(mine) === text(right) || (!ordered && sorted(mine) === sorted(right)) ? [] : [at];
    }
    const base = known(baseBefore(steps, at));
    const [added, ...more] = newIn(at);
    const isWhole = ordered ? text(mine.slice(0, base.length)) === text(base) : base.every((e) => mine.includes(e));
    const isOne = added !== undefined && more.length === 0 && mine.length === base.length + 1;
    return isWhole && isOne && adders(added)[0] === at ? [] : [at];
  });
  const final = known(writes.at(-1) ?? -1);
  const elements = [...new Set(writes.flatMap(newIn))].filter((element) => !final.includes(element));
  const lost = elements.map((element) => {
    const at = adders(element)[0] as number;
    return `${at} by ${writes.find((later) => later > at && !known(later).includes(element))}`;
  });
  return { lost, wrong };
}

/** Registers: which writes a section has seen, itself or through what it read, is a set that is carried along. */
export function plainRegister(steps: readonly PlainStep[]): PlainReport {
  const seenAt = (at: number): number[] => {
    if (at === -1) return [];
    const step = steps[at] as PlainStep;
    if (step.f === 'read') return seenAt(writeBefore(steps, at));
    return [...seenAt(baseBefore(steps, at)), at];
  };
  const isBlind = (at: number): boolean => baseBefore(steps, at) === -1;
  const writes = steps.flatMap(({ f }, at) => (f === 'write' ? [at] : []));
  const wrong = steps.flatMap(({ f, value }, at) =>
    f === 'read' && state(value) !== state(steps[writeBefore(steps, at)]?.value) ? [at] : [],
  );
  const final = seenAt(writes.at(-1) ?? -1);
  const lost = writes.flatMap((at) => {
    // Once it was overwritten blindly, nobody needs to have seen it.
    const blind = writes.find((later) => later > at && isBlind(later)) ?? steps.length;
    const by = writes.find((later) => later > at && later < blind && !seenAt(later).includes(at));
    return by === undefined || final.includes(at) ? [] : [`${at} by ${by}`];
  });
  return { lost, wrong };
}
