/** Every violation in one sentence, for people who see nothing but it. Pure text. */
import { beginOf } from '../history/pairing.js';
import type { Violation, ViolationKind, WitnessSection } from '../../checkers/verdict.js';
import { faultHad, targetsText } from './fault-words.js';
import { count, duration, milliseconds, plural, shorten, value } from './format.js';
import type { RecordIndex } from './record-index.js';
import type { RecoveredJson } from './verdict-schema.js';

/** What comes of a lock that changed hands too early: by a fault, a defect, or a machine with too much to do. */
const WANTS_CAUSE: ReadonlySet<ViolationKind> = new Set([
  'stale-write',
  'lost-update',
  'interleaved-sections',
  'late-write',
  'stale-read',
  'overlapping-sections',
]);

/** Whether somebody who reads of it asks for the fault behind it. */
export const wantsCause = ({ kind }: Pick<Violation, 'kind'>): boolean => WANTS_CAUSE.has(kind);

export function violationSentence(violation: Violation, index: RecordIndex): string {
  const { kind, recovery } = violation;
  if (kind === 'not-recovered') {
    if (recovery === undefined) return 'The system did not recover.';
    return `Within ${milliseconds(recovery.withinMs)} of the last heal the system was not itself again: ${unwell(recovery)}.`;
  }
  const isSaid = violation.detail === undefined || SAYS_ALL[kind]?.(violation) === true;
  const detail = isSaid ? '' : `: ${shorten(violation.detail ?? '', MAX_DETAIL)}`;
  return `${SENTENCES[kind](violation, index)}${detail}${causeOf(violation, index)}.`;
}

const MAX_DETAIL = 400;

/** Where the sentence says already what the detail would. */
const SAYS_ALL: Partial<Record<ViolationKind, (violation: Violation) => boolean>> = {
  'premature-expiry': ({ numbers }) => numbers.earlyNs !== undefined,
  'shared-revision': ({ first, second }) => first !== undefined && second !== undefined,
};

type Sentence = (violation: Violation, index: RecordIndex) => string;

/** Without the full stop, the detail and the fault. */
const SENTENCES: Record<Exclude<ViolationKind, 'not-recovered'>, Sentence> = {
  'stale-write': ({ first, second, key }) =>
    `${whose(first)} had a write${of(key)} accepted with token ${tokenOf(first)}, after the storage had accepted ${whose(second, false)}'s with token ${tokenOf(second)}`,
  'lost-update': lossText,
  'replayed-write': ({ first, key, decisions, operations }, index) => {
    const write = index.decision(decisions[0] ?? -1);
    const process = write?.process ?? first?.process ?? index.operation(operations?.[0] ?? -1)?.invocation.process;
    const what = write === undefined ? `a write${of(key)}` : `the write ${value(write.key)} = ${value(write.value)}`;
    return `The storage carried out ${what} by ${process === undefined ? 'a client' : `process ${process}`} twice`;
  },
  'interleaved-sections': ({ first, second, key }) =>
    `${whose(first)} used ${key === undefined ? 'the resource' : value(key)} again after ${whose(second, false)} had been there: their sections are entangled`,
  'wrong-count': ({ key, numbers }) =>
    `The value${of(key)} is ${String(numbers.found ?? 'another')} where ${String(numbers.expected ?? 'one')} follows from the accepted writes`,
  'wrong-value': ({ key, numbers: { expected, found } }) =>
    expected !== undefined && found !== undefined
      ? `The value${of(key)} is ${found} where ${expected} follows from the accepted writes`
      : `The value${of(key)} is not what follows from the accepted writes`,
  'not-linearizable': ({ key, operations = [] }) =>
    `The answers about ${key === undefined ? 'a resource' : value(key)} fit no order of the operations on it${operations.length === 0 ? '' : `, as ${operations.length === 1 ? 'one of them shows' : `${count(operations.length)} of them show`}`}`,
  'late-write': (violation) =>
    `${whose(violation.first)} had a write${of(violation.key)} accepted with token ${tokenOf(violation.first)}, sent ${since(violation)}, and before a write with a larger token could give it away`,
  'stale-read': (violation) =>
    `${whose(violation.first)} was given ${violation.key === undefined ? 'the resource' : value(violation.key)} to read with token ${tokenOf(violation.first)}, asked for ${since(violation)}`,
  'overlapping-sections': ({ first, second, lane, numbers }) =>
    `${whose(first)} and ${whose(second, false)} were both inside their sections under the lock of lane ${lane}${numbers.overlapNs === undefined ? '' : ` for ${duration(numbers.overlapNs)}`}`,
  'premature-expiry': ({ first, second, lane, numbers: { earlyNs } }) => {
    const early = earlyNs === undefined ? '' : `at least ${duration(earlyNs)} `;
    const next = second === undefined ? '' : ` and gave it to process ${second.process}`;
    return `etcd took the lock of lane ${lane} away from ${whose(first, false, 'its holder')} ${early}before the lease that it had promised was over${next}`;
  },
  'never-owned': ({ first, second, lane }) => {
    const owner = second === undefined ? '' : `, which process ${second.process} had`;
    return `${whose(first)} was told that it holds the lock of lane ${lane}${owner}, but by etcd's own revisions it never owned it with token ${tokenOf(first)}`;
  },
  'shared-revision': ({ first, second, lane }) =>
    `${whose(first)} and ${whose(second, false)} were both told that the lock of lane ${lane} is theirs by one and the same key of etcd, revision ${tokenOf(first)}`,
  'token-reused': ({ first, second, lane }) =>
    `${whose(first)} and ${whose(second, false)} were given the same fencing token, ${tokenOf(first)}, for two holds of the lock of lane ${lane}`,
  'token-order': ({ first, second, lane }) =>
    `${whose(second)} was granted the lock of lane ${lane} after ${whose(first, false)}, and its fencing token is not the larger one: ${tokenOf(second)} after ${tokenOf(first)}`,
  'watch-anomaly': ({ lane, events = [] }, index) => {
    const member = index.event(events.at(-1) ?? -1)?.member;
    const where = lane < 0 ? '' : ` of lane ${lane}`;
    return `A watch on the lock keys${where}${member === undefined ? '' : `, at ${member},`} told what cannot have been so`;
  },
  'refused-owner': ({ first, second, key, lane, decisions }, index) => {
    const refused = index.decision(decisions.at(-1) ?? -1);
    const against = second === undefined ? '' : `, with which it had by then heard of process ${second.process}'s`;
    const act = refused === undefined ? 'an operation' : refused.f === 'write' ? 'a write' : 'a read';
    return `The storage refused ${whose(first, false)} ${act}${of(key ?? refused?.key)} with token ${tokenOf(first)}${against}, although the lock of lane ${lane} was still its own`;
  },
  'never-free': ({ first, lane, numbers: { waitedNs } }) => {
    const last = first === undefined ? '' : ` after process ${first.process} had it`;
    const long =
      waitedNs === undefined ? 'until the end of the run' : `for ${duration(waitedNs)}, until the end of the run`;
    return `Nobody got the lock of lane ${lane} any more${last}, ${long}`;
  },
  'starved-waiter': ({ first, lane, operations, numbers: { waitedNs, grants } }, index) => {
    const process = index.operation(operations?.[0] ?? first?.acquire ?? -1)?.invocation.process ?? first?.process;
    const long = waitedNs === undefined ? '' : ` for ${duration(waitedNs)}`;
    const meanwhile = grants === undefined ? '' : ` while others were granted it ${plural(grants, 'time')}`;
    return `${process === undefined ? 'A client' : `Process ${process}`} waited in vain for the lock of lane ${lane}${long}${meanwhile}`;
  },
};

const of = (key: string | undefined): string => (key === undefined ? '' : ` of ${value(key)}`);
const tokenOf = (section: WitnessSection | undefined): string => section?.token || '?';

function since({ second, numbers: { lateNs } }: Violation): string {
  const long = lateNs === undefined ? '' : `${duration(lateNs)} `;
  return `${long}after ${whose(second, false)} had been granted the lock with token ${tokenOf(second)}`;
}

/** The checker says in `numbers` which decision was lost and which one undid it. */
function lossText({ key, first, numbers }: Violation, index: RecordIndex): string {
  const lost = index.decision(numbers.lostSeq ?? -1);
  const undoer = index.decision(numbers.undoneBySeq ?? -1);
  const resource = value(key ?? 'the resource');
  if (lost === undefined || undoer === undefined)
    return `An accepted update of ${resource} by ${whose(first, false)} or the one that it ran into is lost`;
  return `The update ${resource} = ${value(lost.value)} by process ${lost.process} is lost: process ${undoer.process} wrote ${value(undoer.value)} over it, made from a value without it`;
}

function whose(section: WitnessSection | undefined, isStart = true, unknown = 'another'): string {
  if (section === undefined) return isStart ? 'A client' : unknown;
  return `${isStart ? 'Process' : 'process'} ${section.process}`;
}

/** Who had been under which fault, for how long: a client where the fault names it, what was hit where it hindered all. */
function causeOf(violation: Violation, index: RecordIndex): string {
  const { fault, first, second } = violation;
  const found = index.fault(fault);
  if (found === undefined) return wantsCause(violation) ? '; no fault was in force on them' : '';
  const record = found.inject.value;
  const hit = [first, second].find((section) => section && index.reach(record, section.process) === 'named');
  const who = hit === undefined ? targetsText(record) : `process ${hit.process}`;
  const long = found.heal === undefined ? '' : ` for ${duration(found.heal.time - beginOf(found))}`;
  return `; ${faultHad(record, who)}${long}`;
}

/** What was not well: lanes and members. */
export function unwell({ lanesNotLocked, cluster, tookMs }: RecoveredJson): string {
  const lanes = lanesNotLocked.slice(0, MAX_NAMED).join(', ');
  const more = lanesNotLocked.length > MAX_NAMED ? ` and ${lanesNotLocked.length - MAX_NAMED} more` : '';
  const noun = lanesNotLocked.length === 1 ? 'lane' : 'lanes';
  const parts = [
    ...(lanes === '' ? [] : [`nobody got the lock of ${noun} ${lanes}${more}`]),
    ...cluster.slice(0, MAX_NAMED).map((line) => shorten(line, 160)),
  ];
  if (parts.length === 0) return tookMs === undefined ? 'nothing is said of it' : `it took ${milliseconds(tookMs)}`;
  return parts.join('; ');
}

const MAX_NAMED = 8;
