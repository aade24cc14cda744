/** Reading texts, and histories as plain lists that can be compared whatever format they came from. For tests only. */
import type { Model } from '../../../checkers/linearizability/operations.js';
import { NEVER } from '../../../checkers/linearizability/operations.js';
import { describe } from '../describe.js';
import type { Format } from '../formats.js';
import { createHistoryReader, type ReadHistory } from '../history-reader.js';
import type { History } from '../operations-builder.js';
import { showValue } from '../values.js';

/** Reads a text as the file that holds it would be read. */
export function readText(text: string, format: Format, model: Model): ReadHistory {
  const reader = createHistoryReader(format, model);
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  if (last !== '') lines.push(last);
  for (const [at, line] of lines.entries()) {
    const problem = reader.line(line, last !== '' && at === lines.length - 1);
    if (problem) return { kind: 'unreadable', ...problem };
  }
  return reader.finish();
}

/** The history in a text; throws where there is none. */
export function historyOf(text: string, format: Format, model: Model): History {
  const read = readText(text, format, model);
  if (read.kind === 'unreadable') throw new Error(`line ${read.line}: ${read.reason}`);
  return read.history;
}

/** One line an operation: its place among the events, its owner by first appearance, its object, and what it did. */
export function viewOf(history: History): string[] {
  const { operations } = history;
  const { call, ret, process, object, length } = operations;
  const positions = [...call, ...ret].filter((position) => position !== NEVER).sort((a, b) => a - b);
  const rank = new Map(positions.map((position, at) => [position, at]));
  const owners = new Map<number, number>();
  return Array.from({ length }, (_, at) => {
    const owner = process[at] as number;
    if (!owners.has(owner)) owners.set(owner, owners.size);
    const { what, outcome } = describe(history, at);
    const end = ret[at] === NEVER ? 'never' : rank.get(ret[at] as number);
    return `${rank.get(call[at] as number)}-${end} owner ${owners.get(owner)} ${showValue(history.objects[object[at] as number])} ${what} ${outcome}`;
  });
}
