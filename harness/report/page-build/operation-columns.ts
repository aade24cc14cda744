/** All operations of a run as the page's columns. */
import type { Evidence } from '../../../checkers/evidence.js';
import { FAIL, INFO, NONE, NULL, NUMBER, OK, OTHER } from '../../history/tables.js';
import { FIRST_LARGE, tokenOf } from '../../history/token-codes.js';
import { OUTCOME, type OperationColumns } from '../page-data.js';
import type { ClientRows } from './client-rows.js';
import type { Interner } from './interner.js';

/** `decision`: by operation. O(operations). */
export function operationColumns(
  evidence: Evidence,
  { clientOf }: ClientRows,
  decision: Uint8Array,
  strings: Interner,
  endNs: number,
): OperationColumns {
  const { operations, tables } = evidence;
  const { history, largeTokens } = tables;
  const { count } = operations;
  const tokens = tokenWriter(largeTokens, strings);
  const columns = {
    length: count,
    client: new Uint16Array(count),
    f: new Uint8Array(count),
    outcome: new Uint8Array(count),
    start: new Float64Array(count),
    end: new Float64Array(count),
    process: new Int32Array(count),
    index: operations.invocation.slice(),
    token: new Float64Array(count),
    digits: new Int32Array(count).fill(-1),
    value: new Int32Array(count),
    error: new Int32Array(count),
    decision,
  };
  const values = valueReader(evidence, strings);
  const errorAt = errorReader(evidence, strings);
  for (let row = 0; row < count; row++) {
    const invoked = operations.invocation[row] as number;
    const completed = operations.completion[row] as number;
    columns.client[row] = Math.max(0, clientOf(operations.process(row)));
    columns.f[row] = operations.f(row);
    columns.outcome[row] = outcomeOf(operations.outcome(row));
    columns.start[row] = operations.invokedAt(row);
    columns.end[row] = completed === NONE ? endNs : (history.time[completed] as number);
    columns.process[row] = operations.process(row);
    const told = completed === NONE ? NONE : (history.token[completed] as number);
    tokens.put(columns, row, told === NONE ? (history.token[invoked] as number) : told);
    const answered = completed === NONE ? -1 : values(completed);
    columns.value[row] = answered === -1 ? values(invoked) : answered;
    columns.error[row] = completed === NONE ? -1 : errorAt(completed);
  }
  return columns;
}

/** Puts tokens, given as codes, into the columns of operations or holds. */
export function tokenWriter(largeTokens: readonly string[], strings: Interner) {
  return {
    put({ token, digits }: { token: Float64Array; digits: Int32Array }, row: number, code: number): void {
      if (code < FIRST_LARGE) {
        token[row] = code;
        return;
      }
      const text = tokenOf(code, largeTokens);
      token[row] = Number(text);
      digits[row] = strings.text(text);
    },
  };
}

function outcomeOf(type: number): number {
  switch (type) {
    case OK:
      return OUTCOME.ok;
    case FAIL:
      return OUTCOME.fail;
    case INFO:
      return OUTCOME.info;
    default:
      return OUTCOME.open;
  }
}

/** The place of a row's value as text; -1 where it has none. */
function valueReader({ tables: { history } }: Evidence, strings: Interner): (row: number) => number {
  const others = new Map<number, number>();
  return (row) => {
    const number = history.number[row] as number;
    switch (history.valueKind[row]) {
      case NUMBER:
        return strings.number(number);
      case NULL:
        return strings.text('null');
      case OTHER: {
        let place = others.get(number);
        if (place === undefined) {
          place = strings.text(JSON.stringify(history.values[number]));
          others.set(number, place);
        }
        return place;
      }
      default:
        return -1;
    }
  };
}

/** The place of a row's error with what the client said about it; -1 where it has none. */
function errorReader({ tables: { history } }: Evidence, strings: Interner): (row: number) => number {
  return (row) => {
    const error = history.errors[history.error[row] as number];
    if (error === undefined) return -1;
    const message = history.messages.get(row);
    return strings.text(message === undefined ? error : `${error}: ${message}`);
  };
}
