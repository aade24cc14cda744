/**
 * One change to a history, as a few numbers say, that often makes it wrong: what two operations did is swapped, an operation is
 * dropped, done twice, or has another value. For tests; not part of the program.
 */
import { ACQUIRE, CAS, INDETERMINATE, type Model, NEVER, type Operations, READ, UNKNOWN_VALUE } from '../operations.js';
import { type Draft, draftsOf, operationsOf } from './drafts.js';

export const CORRUPTIONS = ['swap', 'drop', 'duplicate', 'value'] as const;
export type Corruption = (typeof CORRUPTIONS)[number];

/** `dice`: four numbers from 0 up. The history comes back as it is if it is too short for that. */
export function corrupt(model: Model, operations: Operations, how: Corruption, dice: readonly number[]): Operations {
  const drafts = draftsOf(model, operations);
  const [first = 0, second = 0, third = 0, fourth = 0] = dice;
  const draft = drafts[first % drafts.length];
  const other = drafts[second % drafts.length];
  if (draft === undefined || other === undefined) return operations;
  if (how === 'drop') drafts.splice(first % drafts.length, 1);
  else if (how === 'swap') swap(draft, other);
  else if (how === 'duplicate') drafts.push(again(draft, second, third, operations.events));
  else changeValue(model, draft, other, fourth);
  return operationsOf(drafts, operations.values);
}

/** The two operations keep their times and processes, and change what they did. */
function swap(x: Draft, y: Draft): void {
  const [fromX, fromY] = [x, y].map(({ f, a, b, list }) => ({ f, a, b, list })) as [Partial<Draft>, Partial<Draft>];
  if ((x.outcome === INDETERMINATE) !== (y.outcome === INDETERMINATE)) return;
  [x.outcome, y.outcome] = [y.outcome as number, x.outcome as number];
  Object.assign(x, fromY);
  Object.assign(y, fromX);
}

/** The same operation once more, at a time of its own. */
function again(draft: Draft, at: number, length: number, events: number): Draft {
  const call = (at % events) + 0.25;
  return { ...draft, call, ret: draft.ret === NEVER ? NEVER : call + (length % events) + 0.25 };
}

function changeValue(model: Model, draft: Draft, other: Draft, dice: number): void {
  if (draft.list !== undefined) {
    const list = [...draft.list];
    if (dice % 3 === 0) list.pop();
    else if (dice % 3 === 1) list.shift();
    else list.splice(dice % (list.length + 1), 0, other.a ?? 0);
    draft.list = list;
  } else if (draft.f === CAS && dice % 2 === 0) {
    draft.b = other.a ?? 0;
  } else if (draft.f === ACQUIRE) {
    draft.a = model === 'fenced-mutex' ? (other.a ?? 0) : (draft.a ?? 0);
    draft.process = other.process;
  } else if (draft.f !== READ || (model !== 'append' && model !== 'set')) {
    draft.a = other.a === UNKNOWN_VALUE || other.list !== undefined ? (draft.a ?? 0) : (other.a ?? 0);
  }
}
