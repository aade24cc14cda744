/** Operations of a history as people read them: who did what, what came of it, and on which lines of the file. */
import {
  ACQUIRE,
  ADD,
  APPEND,
  CAS,
  INDETERMINATE,
  MISMATCHED,
  READ,
  RELEASE,
  WRITE,
} from '../../checkers/linearizability/operations.js';
import type { History } from './operations-builder.js';
import { showValue } from './values.js';

export interface Described {
  /** Line of the invocation, from 1. */
  line: number;
  /** Line of the completion; missing where there is none. */
  completionLine?: number;
  /** `process 3`, `client "c1"`. */
  who: string;
  /** `read 4`, `cas 3 to 1`, `acquire with token 7`. */
  what: string;
  /** `ok`; `unknown`: nobody knows whether it took effect; `mismatched`: a compare-and-set that found another value. */
  outcome: 'ok' | 'unknown' | 'mismatched';
}

const NAMES: Record<number, string> = { [ACQUIRE]: 'acquire', [RELEASE]: 'release' };

/** `at`: position of the operation in `history.operations`. */
export function describe(history: History, at: number): Described {
  const { operations, callLine, retLine, owners } = history;
  const completionLine = retLine[at] ?? 0;
  const outcome = operations.outcome[at];
  return {
    line: callLine[at] ?? 0,
    ...(completionLine === 0 ? {} : { completionLine }),
    who: owners[operations.process[at] ?? 0] ?? '',
    what: whatOf(history, at),
    outcome: outcome === INDETERMINATE ? 'unknown' : outcome === MISMATCHED ? 'mismatched' : 'ok',
  };
}

function whatOf(history: History, at: number): string {
  const { model, operations, tokens } = history;
  const a = operations.a[at] ?? 0;
  const value = (code: number): string => showValue(operations.values[code]);
  switch (operations.f[at]) {
    case READ:
      return `read ${model === 'append' || model === 'set' ? listText(history, a) : value(a)}`;
    case WRITE:
      return `write ${value(a)}`;
    case CAS:
      return `cas ${value(a)} to ${value(operations.b[at] ?? 0)}`;
    case APPEND:
      return `append ${value(a)}`;
    case ADD:
      return `add ${value(a)}`;
    default: {
      const name = NAMES[operations.f[at] ?? -1] ?? '';
      return model === 'fenced-mutex' && a !== 0 ? `${name} with token ${tokens[a] ?? ''}` : name;
    }
  }
}

const MOST_ELEMENTS = 20;

function listText({ operations: { lists, values } }: History, list: number): string {
  const from = lists.starts[list] ?? 0;
  const to = lists.starts[list + 1] ?? from;
  // Of a long list the end says most: that is what an append changes.
  const first = Math.max(from, to - MOST_ELEMENTS);
  const shown = [...lists.elements.subarray(first, to)].map((code) => showValue(values[code]));
  return `[${first > from ? `${first - from} more ... ` : ''}${shown.join(' ')}]`;
}

/** The name of the object, for a history of several; undefined for the only one. */
export function objectName({ objects }: History, object: number): string | undefined {
  return objects.length < 2 ? undefined : showValue(objects[object]);
}
