/**
 * Reads the logs of a run back. What a checker gets from here has the shape that the types say, without gaps and with time
 * never running backwards; anything else is refused with file, line and reason. The one damage that is expected, a last line
 * torn by the death of the writer, is left out and reported. What the entries mean together is pairing.ts.
 */
import type { z } from 'zod';
import type { Decision } from './decision.js';
import { decisionSchema, historyEntrySchema, ownershipEventSchema } from './entry-schemas.js';
import { readLines } from './read-lines.js';
import type { HistoryEntry } from './operation.js';
import type { OwnershipEvent } from './ownership.js';

export type ReadResult<Entry> =
  | {
      ok: true;
      entries: Entry[];
      /** Whether the last line was torn and left out. */
      torn: boolean;
    }
  | {
      ok: false;
      file: string;
      /** From 1; 0 if the file could not be read at all. */
      line: number;
      reason: string;
    };

/** Reads `history.jsonl`. */
export function readHistory(path: string): Promise<ReadResult<HistoryEntry>> {
  return read<HistoryEntry>(path, historyEntrySchema, (entry, previous) => {
    const expected = previous ? previous.index + 1 : 0;
    if (entry.index !== expected) return `index ${entry.index} where ${expected} follows`;
    return backwards(entry, previous);
  });
}

/** Reads `storage.jsonl`. */
export function readDecisions(path: string): Promise<ReadResult<Decision>> {
  return read<Decision>(
    path,
    () => decisionSchema,
    (decision, previous) => {
      const expected = previous ? previous.seq + 1 : 1;
      return decision.seq === expected ? undefined : `seq ${decision.seq} where ${expected} follows`;
    },
  );
}

/** Reads `ownership.jsonl`. */
export function readOwnership(path: string): Promise<ReadResult<OwnershipEvent>> {
  return read<OwnershipEvent>(path, () => ownershipEventSchema, backwards);
}

function backwards(entry: { time: number }, previous: { time: number } | undefined): string | undefined {
  if (!previous || entry.time >= previous.time) return undefined;
  return `time ${entry.time} after ${previous.time}`;
}

async function read<Entry>(
  file: string,
  schemaOf: (json: unknown) => z.ZodType<Entry>,
  objection: (entry: Entry, previous: Entry | undefined) => string | undefined,
): Promise<ReadResult<Entry>> {
  const entries: Entry[] = [];
  const damaged = (reason: string): ReadResult<Entry> => ({ ok: false, file, line: entries.length + 1, reason });
  try {
    for await (const lines of readLines(file)) {
      for (const { text, state } of lines) {
        if (state === 'cut') return damaged('longer than a line can be');
        const parsed = parse(text, schemaOf);
        // Without its newline the line may still be all there; only then does it count.
        if ('reason' in parsed) return state === 'torn' ? { ok: true, entries, torn: true } : damaged(parsed.reason);
        const reason = objection(parsed.entry, entries.at(-1));
        if (reason !== undefined) return damaged(reason);
        entries.push(parsed.entry);
      }
    }
  } catch (error) {
    return {
      ok: false,
      file,
      line: 0,
      reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return { ok: true, entries, torn: false };
}

function parse<Entry>(
  text: string,
  schemaOf: (json: unknown) => z.ZodType<Entry>,
): { entry: Entry } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const entry = schemaOf(json).safeParse(json);
  if (entry.success) return { entry: entry.data };
  const [issue] = entry.error.issues;
  return { reason: issue ? `${issue.path.join('.') || 'line'}: ${issue.message}` : 'malformed' };
}
