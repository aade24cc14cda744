/**
 * Assumptions: was this run an experiment at all? A run that handed the lock over three times, whose faults did not take
 * effect, or whose logs contradict each other shows nothing, and its other verdicts must not be read as if it did. (After
 * etcd's robustness suite, tests/robustness/validate, which validates the client's reports before it judges etcd.)
 *
 * Checked: the run ended as a run ends; the harness recorded no error; processes did one thing at a time (and one keep-alive
 * beside it) and completions answer invocations; the storage's log is whole and tells the same story as the history; tokens
 * are unique, grow, and are the create revisions that the observer saw; there was enough traffic in every lane, and with every
 * workload that writes a write that was acknowledged; every planned kind of fault was injected, each fault with its receipt on
 * both ends, and at least one holder's lease expired under one. What the values mean is for the checkers of the workload.
 *
 * The outcome is `clean` or `unknown`, never `violated`: nothing here is a fault of the lock. Sound and complete for
 * what is listed, as each line is looked up in the record. Cost: O(n log n).
 */
import type { RunEnd } from '../harness/history/run-record.js';
import { F } from '../harness/history/tables.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import { logDoubts } from './log-doubts.js';
import { createTally } from './tally.js';
import { tokenDoubts } from './token-doubts.js';
import { measure, trafficDoubts } from './traffic.js';
import type { Checker } from './verdict.js';

export const assumptions: Checker = {
  name: 'assumptions',
  description: 'the run was an experiment: traffic enough, faults proven, logs that agree',
  decides: 'assumptions',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('assumptions');
    const traffic = measure(evidence);
    const doubts = [
      ...endDoubts(tables.end),
      ...historyDoubts(evidence),
      ...logDoubts(evidence),
      ...tokenDoubts(evidence),
      ...trafficDoubts(evidence, traffic),
      ...receiptDoubts(evidence),
    ];
    for (const doubt of doubts) findings.doubt(doubt);
    return findings.result(traffic.figures);
  },
};

/** An interrupted run is a short one; whether it was too short is for the traffic to say. */
function endDoubts(end: RunEnd): string[] {
  switch (end.kind) {
    case 'completed':
    case 'interrupted':
      return [];
    case 'environment':
      return [`the environment failed: ${end.message}`];
    case 'defect':
      return [`leasebreaker failed: ${end.message}`];
  }
}

function historyDoubts({ damage, problems, events, tables: { history } }: Evidence): string[] {
  if (damage !== undefined) return [damage];
  const tally = createTally();
  for (const problem of problems) tally.add('the history does not add up', problem);
  for (const row of events) {
    if (history.f[row] !== F['harness-error']) continue;
    const code = history.errors[history.error[row] as number] ?? 'no code';
    tally.add('the harness recorded errors', `${code} of process ${history.process[row]} at ${row}`);
  }
  return tally.doubts();
}

function receiptDoubts({ faults }: Evidence): string[] {
  const tally = createTally();
  for (const { inject, heal } of faults) {
    const { id, kind } = inject.value;
    const name = `${kind} ${id}`;
    if (!inject.value.receipt.proven) tally.add('injections have no receipt', name);
    if (heal === undefined) tally.add('faults were not healed', name);
    else if (!heal.value.receipt.proven) tally.add('heals have no receipt', name);
  }
  return tally.doubts();
}
