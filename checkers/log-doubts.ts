/** Whether the storage's log and the history tell the same story. */
import type { Operation } from '../harness/history/operation.js';
import type { RunRecord } from '../harness/history/run-record.js';
import type { Evidence } from './evidence.js';
import { contradiction, type LogEntry } from './storage-log.js';
import { createTally } from './tally.js';

/** O(decisions + operations). */
export function logDoubts(record: RunRecord, evidence: Evidence): string[] {
  const { log, operations, holds } = evidence;
  const tally = createTally();
  if (!log.gapless) tally.add('the log of the storage is not numbered 1, 2, 3 without gaps and in order');
  if (log.disorder !== undefined) tally.add(log.disorder);

  const byIndex = new Map(operations.map((operation) => [operation.invocation.index, operation]));
  const holdOf = new Map(
    holds.flatMap((hold) => hold.operations.map((operation) => [operation.invocation.index, hold] as const)),
  );
  for (const entry of log.entries) {
    const { decision, section } = entry;
    const name = `decision ${decision.seq}`;
    if (decision.op === -1) {
      tally.add('requests reached the storage that no operation made', name);
      continue;
    }
    if (log.byOperation.get(decision.op) !== entry) tally.add('operations were decided more than once', name);
    if (section !== undefined) continue;
    const operation = byIndex.get(decision.op);
    const why =
      operation === undefined
        ? 'names an operation that the history does not have'
        : contradiction(decision, operation, holdOf.get(decision.op));
    tally.add('decisions of the storage do not fit the history', `${name} ${why ?? 'was made outside any hold'}`);
  }
  for (const operation of operations)
    noteUndecided(operation, log.byOperation.get(operation.invocation.index), tally.add);
  if (!Array.isArray(record.decisions)) tally.add('the log of the storage is not a list');
  return tally.doubts();
}

/** A storage that answered must have the decision in its log. */
function noteUndecided(
  { invocation, completion }: Operation,
  entry: LogEntry | undefined,
  add: (what: string, example: string) => void,
): void {
  if (invocation.f !== 'read' && invocation.f !== 'write') return;
  if (entry !== undefined) return;
  const name = `${invocation.f} ${invocation.index}`;
  if (completion?.type === 'ok') add('acknowledged operations are missing from the log of the storage', name);
  else if (completion?.error === 'fenced') add('refused operations are missing from the log of the storage', name);
}
