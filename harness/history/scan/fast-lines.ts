/**
 * The fast way from the bytes of a log to the columns of its table, for lines as our own programs write them. It takes only what
 * the slow way would take (JSON.parse, then `entryOf` and `add` of log-kinds.ts), and makes the same row of it; every other line it
 * leaves to the slow way, which says what is wrong if anything is.
 *
 * Classes, and functions of modules, not closures: these are made anew for each part of a log, and what V8 has compiled for those
 * of one part does not fit those of the next.
 */
import type { LogName, Place } from '../log-kinds.js';
import type { TableBuilders } from '../table-builders.js';
import { DecisionLines } from './decision-lines.js';
import { HistoryLines } from './history-lines.js';
import { OwnershipLines } from './ownership-lines.js';

export interface FastLines {
  /** Where the line stands that was scanned last. */
  readonly place: Place;
  /** Where the line that begins at `from` ends; -1 if it has to be read the slow way. Changes nothing in the tables. */
  scan(bytes: Buffer, from: number): number;
  /** Takes the line that was scanned last as the next row. False if there are more names than can be numbered. */
  add(): boolean;
}

export const FAST_LINES: Readonly<Record<LogName, (builders: TableBuilders) => FastLines>> = {
  history: ({ history }) => new HistoryLines(history.inside),
  decisions: ({ decisions }) => new DecisionLines(decisions.inside),
  ownership: ({ ownership }) => new OwnershipLines(ownership.inside),
};
