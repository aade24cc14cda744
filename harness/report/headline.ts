/** The verdict in one sentence, and every violation in one sentence. Pure text. */
import type { Outcome, Violation, WitnessSection } from '../../checkers/verdict.js';
import type { RunEnd, RunSettings } from '../history/run-record.js';
import { duration, plural, value } from './format.js';
import type { RecordIndex } from './record-index.js';
import type { VerdictJson } from './verdict-schema.js';

export interface Told extends Pick<VerdictJson, 'counts' | 'refused' | 'doubts'> {
  settings: RunSettings;
  end: RunEnd;
  verdict: Outcome;
  exclusion: Outcome;
}

/** What the run showed. It claims no more than the verdict does: a run that proves nothing says so first. */
export function headline(told: Told): string {
  const { verdict, settings, counts, end } = told;
  const scheme = `With fencing ${settings.fencing}`;
  const wrong = dataSentence(told);
  if (wrong !== '') return `${scheme} ${wrong}.${exclusionSentence(told, false)}${endSentence(end)}`;
  if (verdict === 'unknown') return `Unknown: ${reason(told)}.${overlapCount(counts)}${endSentence(end)}`;
  return `${scheme} ${refusedSentence(told)}${exclusionSentence(told, true)}${endSentence(end)}`;
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

function causeOf({ fault }: Violation, index: RecordIndex): string {
  const found = index.fault(fault);
  if (found === undefined) return '';
  const { kind, target } = found.inject.value;
  const how = kind === 'pause' ? 'paused' : `under the fault ${value(kind)}`;
  const long = found.heal === undefined ? '' : ` for ${duration(found.heal.time - found.inject.time)}`;
  return `; process ${target} had been ${how}${long}`;
}
