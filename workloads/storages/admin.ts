/** What leasebreaker asks of a storage, whatever it is: the databases answer through their own protocols. */
import type { Summary } from './store.js';

export interface StorageAdmin {
  /** Resolves when the storage answers and has all that it needs; a database is given its tables. */
  health(): Promise<object>;
  /** `wallMs` by the storage's own clock, in ms since 1970. Missing where there is no one clock. */
  clock?(): Promise<{ wallMs: number }>;
  /** The decision log from its beginning: JSON, one decision a line without its newline, `seq` 1, 2, 3, ... */
  log(): AsyncIterable<string>;
  /** Breaks off all other connections, then forgets values, tokens and decisions; resolves when that is kept. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Told by the log alone; the scheme is not in it: with a database the clients bring it. */
export async function summarize(log: AsyncIterable<string>): Promise<Omit<Summary, 'fencing'>> {
  const keys = new Set<string>();
  const summary = { decisions: 0, accepted: 0, refused: 0, keys: 0, logBytes: 0 };
  for await (const line of log) {
    const { verdict, key } = JSON.parse(line) as { verdict: 'accepted' | 'refused'; key: string };
    summary.decisions += 1;
    summary[verdict] += 1;
    summary.logBytes += Buffer.byteLength(line) + 1;
    if (verdict === 'accepted') keys.add(key);
  }
  return { ...summary, keys: keys.size };
}
