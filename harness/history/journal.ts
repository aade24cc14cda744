/**
 * The history as it is written: numbers the entries and appends them to `history.jsonl`. When and how they reach the file is
 * in line-file.ts; the time stamps are the caller's.
 */
import { type LineFile, openLineFile } from './line-file.js';
import type { HistoryEntry } from './operation.js';

type WithoutIndex<Entry> = Entry extends unknown ? Omit<Entry, 'index'> : never;

/** An entry that has not got its place yet. */
export type NewEntry = WithoutIndex<HistoryEntry>;

export interface Journal extends Pick<LineFile, 'flush' | 'close' | 'failed' | 'failure' | 'bytes'> {
  /** Appends an entry and returns it with its index. Throws only for what JSON cannot hold (a bigint, a cycle). */
  append(entry: NewEntry): HistoryEntry;
  /** Entries appended so far, which is the index of the next one. */
  readonly entries: number;
}

/** Creates the file at `path`, which must not exist yet. Failures are values: see `LineFile.failed`. */
export function openJournal(path: string): Journal {
  const file = openLineFile(path);
  let entries = 0;
  return {
    append(entry) {
      const numbered = { index: entries, ...entry } as HistoryEntry;
      file.append(JSON.stringify(numbered));
      entries += 1;
      return numbered;
    },
    flush: file.flush,
    close: file.close,
    failed: file.failed,
    get failure() {
      return file.failure;
    },
    get bytes() {
      return file.bytes;
    },
    get entries() {
      return entries;
    },
  };
}
