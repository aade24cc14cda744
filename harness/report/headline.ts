/** The verdict in one sentence, and every violation in one sentence. Pure text. */
import { beginOf } from '../history/pairing.js';
import type { Outcome, Violation, WitnessSection } from '../../checkers/verdict.js';
import type { RunEnd, RunSettings } from '../history/run-record.js';
import { faultHad, targetsText } from './fault-words.js';
import { duration, milliseconds, plural, shorten, value } from './format.js';
import type { RecordIndex } from './record-index.js';
import type { RecoveredJson, VerdictJson } from './verdict-schema.js';

export interface Told
  extends Pick<VerdictJson, 'counts' | 'refused' | 'doubts' | 'faults' | 'unexplained' | 'recovery' | 'recovered'> {
  settings: RunSettings;
  end: RunEnd;
  verdict: Outcome;
  exclusion: Outcome;
  /** Listed violations that a fault could explain; for `unexplained` of them none was in force. */
  caused: number;
}

/** What the run showed. It claims no more than the verdict does: a run that proves nothing says so first. */
export function headline(told: Told): string {
  const { verdict, settings, counts, end } = told;
  const rest = `${causeSentence(told)}${recoverySentence(told)}${endSentence(end)}`;
  const scheme = `With fencing ${settings.fencing}`;
  const wrong = dataSentence(told);
  if (wrong !== '') return `${scheme} ${wrong}.${exclusionSentence(told, false)}${rest}`;
  if (verdict === 'unknown') return `Unknown: ${reason(told)}.${overlapCount(counts)}${rest}`;
  return `${scheme} ${refusedSentence(told)}${exclusionSentence(told, true)}${rest}`;
}

function dataSentence({ counts }: Told): string {
  const parts: string[] = [];
  const stale = counts['stale-write'];
  const lost = counts['lost-update'];
  if (stale > 0) parts.push(`the storage accepted ${plural(stale, 'write')} by clients that no longer held the lock`);
  if (lost > 0) parts.push(`${plural(lost, 'update')} ${lost === 1 ? 'was' : 'were'} lost`);
  const interleaved = counts['interleaved-sections'];
  if (parts.length === 0 && interleaved > 0)
    parts.push(`${plural(interleaved, 'section')} came back to the storage after another had been there`);
  const miscounts = counts['wrong-count'];
  if (miscounts > 0)
    parts.push(`${plural(miscounts, 'value')} of the storage ${miscounts === 1 ? 'does' : 'do'} not add up`);
  return parts.join(', and ');
}

/**
 * Outdated is a token smaller than one that the storage has seen. That is less than late: what a late client sends before the next
 * holder's first operation passes. With `equality` even the rightful next owner is refused, which says nothing about lateness.
 */
function refusedSentence({ settings, refused }: Told): string {
  const attempts = refused.reads + refused.writes;
  if (attempts === 0) return 'no write with an outdated token came to the storage.';
  if (settings.fencing === 'equality')
    return `the storage refused ${plural(attempts, 'operation')} whose token differed from the first.`;
  const noun = refused.reads > 0 ? 'attempt' : 'write';
  if (attempts === 1) return `the storage refused the one ${noun} with an outdated token.`;
  return `the storage refused all ${plural(attempts, noun)} with an outdated token.`;
}

function exclusionSentence({ counts, exclusion, settings }: Told, isClean: boolean): string {
  const overlaps = counts['overlapping-sections'];
  if (overlaps > 0) {
    const still = isClean && settings.fencing !== 'off';
    return still
      ? ` Sections still overlapped ${times(overlaps)}: fencing guards the data, it does not restore mutual exclusion.`
      : ` Sections overlapped ${times(overlaps)}.`;
  }
  return isClean && exclusion === 'clean' ? ' No two sections overlapped.' : '';
}

const times = (n: number): string => (n === 1 ? 'once' : plural(n, 'time'));

function overlapCount(counts: VerdictJson['counts']): string {
  const overlaps = counts['overlapping-sections'];
  return overlaps === 0 ? '' : ` Sections overlapped ${times(overlaps)}; that is proven.`;
}

/** A violation needs no fault to be true, but whoever reads of it wants to know what made the lease end. */
function causeSentence({ faults, caused, unexplained }: Told): string {
  if (unexplained === 0 || unexplained < caused) return '';
  return faults.injected === 0
    ? ' No fault was in force: none was injected. Either the lock is broken, or leases ended on an overloaded machine.'
    : ` No fault was in force on these clients: none of the ${plural(faults.injected, 'injected fault')} explains it.`;
}

function recoverySentence({ recovery, recovered }: Told): string {
  if (recovery !== 'violated' || recovered === null) return '';
  return ` The system did not recover within ${milliseconds(recovered.withinMs)} of the last heal: ${unwell(recovered)}.`;
}

/** What was not well: lanes and members. */
function unwell({ lanesNotLocked, cluster, tookMs }: RecoveredJson): string {
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

function reason({ doubts, end }: Told): string {
  if (doubts[0] !== undefined)
    return `${doubts[0].doubt}${doubts.length > 1 ? ` (and ${plural(doubts.length - 1, 'further doubt')})` : ''}`;
  return end.kind === 'completed' ? 'the run does not allow a verdict' : 'the run did not end as planned';
}

function endSentence(end: RunEnd): string {
  switch (end.kind) {
    case 'completed':
      return '';
    case 'interrupted':
      return ' The run was interrupted before its plan was done.';
    case 'environment':
      return ` The run ended early: ${end.message}.`;
    case 'defect':
      return ` The run ended by a defect of leasebreaker itself: ${end.message}.`;
  }
}

/** One violation, for people who see nothing but this sentence. */
export function violationSentence(violation: Violation, index: RecordIndex): string {
  const { kind, lane, key, first, second, numbers } = violation;
  const resource = key === undefined ? '' : ` of ${value(key)}`;
  const cause = causeOf(violation, index);
  switch (kind) {
    case 'stale-write':
      return `${whose(first)} had a write${resource} accepted with token ${first?.token ?? '?'}, after the storage had accepted ${whose(second, false)}'s with token ${second?.token ?? '?'}${cause}.`;
    case 'interleaved-sections':
      return `${whose(first)} used ${key === undefined ? 'the resource' : value(key)} again after ${whose(second, false)} had been there: their sections are entangled${cause}.`;
    case 'lost-update':
      return `${lossText(violation, index)}${cause}.`;
    case 'wrong-count':
      return `The value${resource} is ${String(numbers.found ?? 'another')} where ${String(numbers.expected ?? 'one')} follows from the accepted writes.`;
    case 'overlapping-sections': {
      const long = numbers.overlapNs === undefined ? '' : ` for ${duration(numbers.overlapNs)}`;
      return `${whose(first)} and ${whose(second, false)} were both inside their sections under the lock of lane ${lane}${long}${cause}.`;
    }
    case 'not-recovered': {
      const { recovery } = violation;
      if (recovery === undefined) return 'The system did not recover.';
      return `Within ${milliseconds(recovery.withinMs)} of the last heal the system was not itself again: ${unwell(recovery)}.`;
    }
  }
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

function whose(section: WitnessSection | undefined, isStart = true): string {
  if (section === undefined) return isStart ? 'A client' : 'another';
  return `${isStart ? 'Process' : 'process'} ${section.process}`;
}

/** Who had been under which fault, for how long: a client where the fault names it, what was hit where it hindered all. */
function causeOf({ fault, first, second }: Violation, index: RecordIndex): string {
  const found = index.fault(fault);
  if (found === undefined) return '; no fault was in force on them';
  const record = found.inject.value;
  const hit = [first, second].find((section) => section && index.reach(record, section.process) === 'named');
  const who = hit === undefined ? targetsText(record) : `process ${hit.process}`;
  const long = found.heal === undefined ? '' : ` for ${duration(found.heal.time - beginOf(found))}`;
  return `; ${faultHad(record, who)}${long}`;
}
