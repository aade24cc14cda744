/** Whether the storage's log and the history tell the same story. */
import { ENTRY_NAMES, F, NONE, OK } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import { isReplay } from './replays.js';
import { createTally } from './tally.js';

/** O(decisions + operations). */
export function logDoubts({ log, operations, tables }: Evidence): string[] {
  const tally = createTally();
  if (!log.gapless) tally.add('the log of the storage is not numbered 1, 2, 3 without gaps and in order');
  if (log.disorder !== undefined) tally.add(log.disorder);

  for (let place = 0; place < log.count; place++) {
    const isMisfit = log.operation[place] === NONE;
    const again = log.again[place] === 1;
    if (!isMisfit && !again) continue;
    const name = () => `decision ${log.seq(place)}`;
    if (tables.decisions.op[log.row(place)] === -1)
      tally.add('requests reached the storage that no operation made', name);
    else if (isMisfit)
      tally.add('decisions of the storage do not fit the history', () => `${name()} ${log.misfit(place)}`);
    // A write that was accepted twice is the storage's fault and no doubt.
    if (again && !isReplay(log, place)) tally.add('operations were decided more than once', name);
  }
  // A storage that answered must have the decision in its log.
  for (let operation = 0; operation < operations.count; operation++) {
    const f = operations.f(operation);
    if ((f !== F.read && f !== F.write) || log.byOperation[operation] !== NONE) continue;
    if (!operations.wasAnswered(operation)) continue;
    const what = operations.outcome(operation) === OK ? 'acknowledged' : 'refused';
    const name = () => `${ENTRY_NAMES[f]} ${operations.invocation[operation]}`;
    tally.add(`${what} operations are missing from the log of the storage`, name);
  }
  return tally.doubts();
}
