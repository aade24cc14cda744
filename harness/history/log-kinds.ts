/** What the three logs of a run do not have in common: the shape of a line, its place among the others, its table. */
import type { z } from 'zod';
import type { Decision } from './decision.js';
import { decisionSchema, historyEntrySchema, ownershipEventSchema } from './entry-schemas.js';
import { isStoredDecision, isStoredOperationEntry, isStoredOwnershipEvent } from './entry-shape.js';
import type { HistoryEntry } from './operation.js';
import type { OwnershipEvent } from './ownership.js';
import type { TableBuilders } from './table-builders.js';

export const LOGS = ['history', 'decisions', 'ownership'] as const;
export type LogName = (typeof LOGS)[number];

/** Where a line stands: the number that it carries, and its time; 0 where the log has none. */
export interface Place {
  number: number;
  time: number;
}

export interface LogKind<Entry extends object = object> {
  /** The entry, or what is wrong with its shape. */
  entryOf(json: unknown): Entry | string;
  placeOf(entry: Entry): Place;
  /** What is wrong with a line at `place` where the number `next` follows, and the line before was at `time`. */
  objection(place: Place, next: number, time: number): string | undefined;
  /** Number of the first line. */
  begins: number;
  /** False if there are more names than can be numbered. */
  add(builders: TableBuilders, entry: Entry): boolean;
}

const history: LogKind<HistoryEntry> = {
  // Faults are few, and their schema leaves out what this version does not know.
  entryOf: (json) => (isStoredOperationEntry(json) ? json : bySchema(historyEntrySchema(json), json)),
  placeOf: ({ index, time }) => ({ number: index, time }),
  objection: ({ number, time }, next, before) =>
    number === next ? backwards(time, before) : `index ${number} where ${next} follows`,
  begins: 0,
  add: (builders, entry) => builders.history.add(entry),
};

const decisions: LogKind<Decision> = {
  entryOf: (json) => (isStoredDecision(json) ? json : bySchema(decisionSchema, json)),
  placeOf: ({ seq }) => ({ number: seq, time: 0 }),
  objection: ({ number }, next) => (number === next ? undefined : `seq ${number} where ${next} follows`),
  begins: 1,
  add(builders, decision) {
    builders.decisions.add(decision);
    return true;
  },
};

const ownership: LogKind<OwnershipEvent> = {
  entryOf: (json) => (isStoredOwnershipEvent(json) ? json : bySchema(ownershipEventSchema, json)),
  placeOf: ({ time }) => ({ number: 0, time }),
  objection: ({ time }, _next, before) => backwards(time, before),
  begins: 0,
  add: (builders, event) => builders.ownership.add(event),
};

export const LOG_KINDS: Readonly<Record<LogName, LogKind>> = { history, decisions, ownership };

function backwards(time: number, before: number): string | undefined {
  return time < before ? `time ${time} after ${before}` : undefined;
}

function bySchema<Entry>(schema: z.ZodType<Entry>, json: unknown): Entry | string {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return issue ? `${issue.path.join('.') || 'line'}: ${issue.message}` : 'malformed';
}
