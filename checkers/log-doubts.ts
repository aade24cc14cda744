/** Whether the storage's log and the history tell the same story. */
import type { RunRecord } from '../harness/history/run-record.js';
import type { Evidence } from './evidence.js';
import { isAnswer } from './storage-log.js';
import { createTally } from './tally.js';

/** O(decisions + operations). */
export function logDoubts(record: RunRecord, { log, operations }: Evidence): string[] {
  const tally = createTally();
  if (!Array.isArray(record.decisions)) tally.add('the log of the storage is not a list');
  else if (!log.gapless) tally.add('the log of the storage is not numbered 1, 2, 3 without gaps and in order');
  if (log.disorder !== undefined) tally.add(log.disorder);

  for (const { decision, misfit, again } of log.entries) {
    if (misfit === undefined && !again) continue;
    const name = `decision ${decision.seq}`;
    if (decision.op === -1) tally.add('requests reached the storage that no operation made', name);
    else if (misfit !== undefined) tally.add('decisions of the storage do not fit the history', `${name} ${misfit}`);
    if (again) tally.add('operations were decided more than once', name);
  }
  // A storage that answered must have the decision in its log.
  for (const { invocation, completion } of operations) {
    const { f, index } = invocation;
    if ((f !== 'read' && f !== 'write') || log.byOperation[index] !== undefined) continue;
    if (completion === undefined || !isAnswer(completion)) continue;
    const what = completion.type === 'ok' ? 'acknowledged' : 'refused';
    tally.add(`${what} operations are missing from the log of the storage`, `${f} ${index}`);
  }
  return tally.doubts();
}
