/**
 * The first attempt of a late client that the storage refused, with the section that it would have run into: the picture
 * of fencing at work. It is no violation, so no checker looks for it.
 */
import { beginOf } from '../history/pairing.js';
import type { WitnessSection } from '../../checkers/verdict.js';
import type { Reach } from '../history/fault-reach.js';
import type { Decision } from '../history/decision.js';
import type { Operation } from '../history/operation.js';
import type { RecordIndex } from './record-index.js';
import type { StorySubject } from './scene.js';

/** Undefined if nothing was refused, or no hold fits what was. A refused write is preferred: it would have done harm. */
export function firstRefusal(index: RecordIndex): StorySubject | undefined {
  const refused = index.record.decisions.filter(({ verdict }) => verdict === 'refused');
  const ordered = [...refused.filter(({ f }) => f === 'write'), ...refused.filter(({ f }) => f === 'read')];
  for (const decision of ordered) {
    const subject = subjectOf(decision, index);
    if (subject !== undefined) return subject;
  }
  return undefined;
}

function subjectOf(decision: Decision, index: RecordIndex): StorySubject | undefined {
  const late = index.operation(decision.op);
  if (late === undefined) return undefined;
  const { lane, process } = late.invocation;
  // What the storage had seen when it refused is the newest hold that had used it.
  const newest = index.record.decisions.findLast(
    ({ seq, key, token, verdict }) =>
      seq < decision.seq && key === decision.key && token === decision.highest && verdict === 'accepted',
  );
  const first = sectionOf(process, decision.token, decision.op, index);
  const second = newest && sectionOf(newest.process, newest.token, newest.op, index);
  if (newest === undefined || first === undefined || second === undefined) return undefined;

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

/** The section in which a process did an operation: the last successful acquire before it. */
function sectionOf(process: number, token: string, op: number, index: RecordIndex): WitnessSection | undefined {
  const before = index.operationsOf(process).filter(({ invocation }) => invocation.index <= op);
  const at = before.findLastIndex(
    ({ invocation, completion }) => invocation.f === 'acquire' && completion?.type === 'ok',
  );
  const acquire: Operation | undefined = before[at];
  if (acquire === undefined) return undefined;
  const operations = before
    .slice(at + 1)
    .filter(({ invocation }) => invocation.f === 'read' || invocation.f === 'write');
  return {
    process,
    token,
    acquire: acquire.invocation.index,
    operations: operations.map(({ invocation }) => invocation.index),
  };
}
