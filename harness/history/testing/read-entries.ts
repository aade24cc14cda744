/** Reads one log back as entries, for tests of small files. Not part of the program. */
import type { Decision } from '../decision.js';
import type { LogName } from '../log-kinds.js';
import type { HistoryEntry } from '../operation.js';
import type { OwnershipEvent } from '../ownership.js';
import { type ReadOptions, readTables, type TablesRead } from '../read-tables.js';
import type { RunTables } from '../run-record.js';
import { decisionAt, entryAt, ownershipAt } from '../table-entries.js';

interface Entries {
  history: HistoryEntry;
  decisions: Decision;
  ownership: OwnershipEvent;
}

type EntriesRead<Entry> = { ok: true; entries: Entry[]; torn: boolean } | Extract<TablesRead, { ok: false }>;

const NOTHING = '/dev/null';
const AT: { [Log in LogName]: (tables: RunTables, row: number) => Entries[Log] } = {
  history: entryAt,
  decisions: decisionAt,
  ownership: ownershipAt,
};

export async function readEntries<Log extends LogName>(
  log: Log,
  path: string,
  options?: ReadOptions,
): Promise<EntriesRead<Entries[Log]>> {
  const nothing = { history: NOTHING, decisions: NOTHING, ownership: NOTHING };
  const read = await readTables({ ...nothing, [log]: path }, options);
  if (!read.ok) return read;
  const tables = read.tables as RunTables;
  const entries = Array.from({ length: tables[log].length }, (_, row) => AT[log](tables, row));
  return { ok: true, entries, torn: read.torn.includes(path) };
}
