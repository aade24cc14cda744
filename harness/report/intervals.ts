/**
 * Operations as bars over time, a row for each process: what a proof without sections looks like. From left to right stands what
 * happened first, at distances that the labels want; of operations on one object nothing else counts than what was over before
 * what began.
 */
import type { Operation } from '../history/operation.js';
import { shorten, value } from './format.js';
import { FONT } from './sequence-layout.js';
import { textWidth } from './text-width.js';

export interface Intervals {
  width: number;
  rows: { process: number; y: number }[];
  /** `to` is missing where nobody knows when, or whether, it took effect: the bar then has no end. */
  bars: { row: number; from: number; to: number | undefined; text: string; known: boolean }[];
}

export const ROW_PX = 34;
/** Stands below the bars. */
export const NOTE = 'What ended before another began stands left of it; lengths mean nothing else.';
const LEFT = 110;
const STEP = 16;

/** O(n log n). `operations`: at least one. */
export function intervalsOf(operations: readonly Operation[]): Intervals {
  const processes = [...new Set(operations.map(({ invocation }) => invocation.process))];
  const ends = operations.flatMap((operation, n) => {
    const { invocation, completion } = operation;
    const start = { at: invocation.index, n, isStart: true };
    const isKnown = completion !== undefined && completion.type !== 'info';
    return isKnown ? [start, { at: completion.index, n, isStart: false }] : [start];
  });
  ends.sort((a, b) => a.at - b.at);
  const bars: Intervals['bars'] = [];
  const barOf = new Map<number, Intervals['bars'][number]>();
  const rowEnd = processes.map(() => LEFT);
  let x = LEFT;
  for (const { n, isStart } of ends) {
    const operation = operations[n];
    if (operation === undefined) continue;
    x += STEP;
    if (isStart) {
      const row = processes.indexOf(operation.invocation.process);
      x = Math.max(x, (rowEnd[row] ?? 0) + STEP);
      const text = labelOf(operation);
      rowEnd[row] = x + textWidth(text, FONT, true) + 12;
      const bar = { row, from: x, to: undefined, text, known: operation.completion?.type === 'ok' };
      barOf.set(n, bar);
      bars.push(bar);
    } else {
      const bar = barOf.get(n);
      if (bar === undefined) continue;
      // A bar is as long as its label.
      x = Math.max(x, rowEnd[bar.row] ?? 0);
      bar.to = x;
    }
  }
  return {
    width: Math.ceil(Math.max(x, ...rowEnd, 8 + textWidth(NOTE, FONT)) + 24),
    rows: processes.map((process, row) => ({ process, y: 20 + row * ROW_PX })),
    bars,
  };
}

function labelOf({ invocation: { f, value: asked }, completion }: Operation): string {
  const data = f === 'read' ? completion?.value : asked;
  const what = f === 'read' ? `read: ${completion?.type === 'ok' ? value(data, 24) : '?'}` : f;
  const did = f === 'write' ? `write ${value(data, 24)}` : what;
  const sure = completion?.type === 'ok' ? '' : completion?.type === 'fail' ? ' (failed)' : ' (unknown)';
  return shorten(`${did}${sure}`, 48);
}
