/**
 * The first attempt of a late client that the storage refused, with the section that it would have run into: the picture
 * of fencing at work. It is no violation, so no checker looks for it.
 */
import { beginOf } from '../history/pairing.js';
import type { WitnessSection } from '../../checkers/verdict.js';
import type { Reach } from '../history/fault-reach.js';
import type { RunTables } from '../history/run-record.js';
import { decisionAt } from '../history/table-entries.js';
import { F, NONE } from '../history/tables.js';
import type { RecordIndex } from './record-index.js';
import type { StorySubject } from './scene.js';

/** Where so many of them do not say whose section it was, the rest will not do so either. */
const MAX_TRIED = 200;

/** Undefined if nothing was refused, or no hold fits what was. A refused write is preferred: it would have done harm. */
export function firstRefusal(index: RecordIndex): StorySubject | undefined {
  for (const f of [F.write, F.read]) {
    const { decisions } = index.record;
    let tried = 0;
    for (let row = 0; row < decisions.length && tried < MAX_TRIED; row++) {
      if (decisions.accepted[row] === 1 || decisions.f[row] !== f) continue;
      tried++;
      const subject = subjectOf(row, index);
      if (subject !== undefined) return subject;
    }
  }
  return undefined;
}

/** What the storage had seen when it refused is the newest hold that had used it. */
function newestBefore(row: number, { decisions }: RunTables): number {
  for (let before = row - 1; before >= 0; before--) {
    const isSeen = decisions.accepted[before] === 1 && decisions.token[before] === decisions.highest[row];
    if (isSeen && decisions.key[before] === decisions.key[row]) return before;
  }
  return NONE;
}

function subjectOf(row: number, index: RecordIndex): StorySubject | undefined {
  const { record } = index;
  const decision = decisionAt(record, row);
  const late = index.operation(decision.op);
  const before = newestBefore(row, record);
  if (late === undefined || before === NONE) return undefined;
  const newest = decisionAt(record, before);
  const { lane, process } = late.invocation;
  const first = sectionOf(process, decision.token, decision.op, index);
  const second = sectionOf(newest.process, newest.token, newest.op, index);
  if (first === undefined || second === undefined) return undefined;

  const to = late.completion?.time ?? late.invocation.time;
  const granted = index.operation(first.acquire)?.invocation.time ?? 0;
  const covering = index.faults.filter((fault) => beginOf(fault) <= to && (fault.heal?.time ?? to) >= granted);
  const last = (reach: Reach) => covering.findLast(({ inject }) => index.reach(inject.value, process) === reach);
  const fault = last('named') ?? last('all');
  return {
    kind: 'refused-attempt',
    lane,
    key: decision.key,
    first,
    second,
    decisions: [newest.seq, decision.seq],
    ...(fault === undefined ? {} : { fault: fault.inject.index }),
    from: granted,
    to,
    numbers: {},
  };
}

/** The section in which a process did an operation: since the last successful acquire before it. */
function sectionOf(process: number, token: string, op: number, index: RecordIndex): WitnessSection | undefined {
  const operations: number[] = [];
  for (const { invocation, completion } of index.operationsUpTo(process, op)) {
    if (invocation.f === 'acquire' && completion?.type === 'ok')
      return { process, token, acquire: invocation.index, operations: operations.reverse() };
    if (invocation.f === 'read' || invocation.f === 'write') operations.push(invocation.index);
  }
  return undefined;
}
