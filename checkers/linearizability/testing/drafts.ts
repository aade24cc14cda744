/**
 * Operations as plain objects, for generators and for histories that are changed by hand; they become columns at the end. For
 * tests; not part of the program.
 */
import { type Model, NEVER, NIL, OK, type Operations, READ, UNKNOWN_VALUE } from '../operations.js';

export interface Draft {
  process: number;
  f: number;
  /** Any numbers, as long as no two events of the history are at the same one. */
  call: number;
  ret: number;
  object?: number;
  a?: number;
  b?: number;
  outcome?: number;
  /** What a read of a list or a set returned, instead of `a`. */
  list?: readonly number[];
}

/** Sorted by their calls, with positions counted up without gaps. */
export function operationsOf(unsorted: readonly Draft[], values: readonly unknown[] = []): Operations {
  const drafts = [...unsorted].sort((x, y) => x.call - y.call);
  const times = drafts.flatMap(({ call, ret }) => (ret === NEVER ? [call] : [call, ret])).sort((x, y) => x - y);
  const place = new Map(times.map((time, n) => [time, n]));
  if (place.size !== times.length) throw new Error('two events at one position');
  const listNumbers = new Map<string, number>([['', 0]]);
  const lists: (readonly number[])[] = [[]];
  const listNumber = (list: readonly number[]): number => {
    const known = listNumbers.get(list.join());
    if (known !== undefined) return known;
    listNumbers.set(list.join(), lists.length);
    return lists.push(list) - 1;
  };
  const column = (of: (draft: Draft) => number) => Int32Array.from(drafts, of);
  const a = column((d) => (d.list === undefined ? (d.a ?? NIL) : listNumber(d.list)));
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, n) => {
    starts[n + 1] = (starts[n] as number) + list.length;
  });
  return {
    length: drafts.length,
    events: times.length,
    process: column((d) => d.process),
    call: column((d) => place.get(d.call) as number),
    ret: column((d) => (d.ret === NEVER ? NEVER : (place.get(d.ret) as number))),
    f: Uint8Array.from(drafts, (d) => d.f),
    object: column((d) => d.object ?? 0),
    a,
    b: column((d) => d.b ?? NIL),
    outcome: Uint8Array.from(drafts, (d) => d.outcome ?? OK),
    lists: { starts, elements: Int32Array.from(lists.flat()) },
    values,
  };
}

/** The way back. */
export function draftsOf(model: Model, operations: Operations): Draft[] {
  return Array.from({ length: operations.length }, (_, n) => {
    const a = operations.a[n] as number;
    const isList = (model === 'append' || model === 'set') && operations.f[n] === READ && a !== UNKNOWN_VALUE;
    return {
      process: operations.process[n] as number,
      f: operations.f[n] as number,
      call: operations.call[n] as number,
      ret: operations.ret[n] as number,
      object: operations.object[n] as number,
      a,
      b: operations.b[n] as number,
      outcome: operations.outcome[n] as number,
      ...(isList ? { list: listOf(operations, a) } : {}),
    };
  });
}

/** List number n, as a plain array. */
export function listOf({ lists }: Operations, n: number): number[] {
  return Array.from(lists.elements.subarray(lists.starts[n], lists.starts[n + 1]));
}
