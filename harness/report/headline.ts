/** The verdict in one sentence. Pure text. */
import type { Outcome } from '../../checkers/verdict.js';
import type { RunEnd, RunSettings } from '../history/run-record.js';
import { milliseconds, plural } from './format.js';
import type { VerdictJson } from './verdict-schema.js';
import { unwell } from './violation-text.js';

export interface Told
  extends Pick<VerdictJson, 'counts' | 'refused' | 'doubts' | 'faults' | 'unexplained' | 'recovery' | 'recovered'> {
  settings: RunSettings;
  end: RunEnd;
  verdict: Outcome;
  exclusion: Outcome;
  service: Outcome;
  liveness: Outcome;
  /** Listed violations that a fault could explain; for `unexplained` of them none was in force. */
  caused: number;
}

/** What the run showed. It claims no more than the verdict does: a run that proves nothing says so first. */
export function headline(told: Told): string {
  const { verdict, settings, counts, end } = told;
  const rest = `${causeSentence(told)}${serviceSentence(told)}${livenessSentence(told)}${recoverySentence(told)}${endSentence(end)}`;
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
  const replayed = counts['replayed-write'];
  if (replayed > 0) parts.push(`${plural(replayed, 'write')} ${replayed === 1 ? 'was' : 'were'} carried out twice`);
  const interleaved = counts['interleaved-sections'];
  if (parts.length === 0 && interleaved > 0)
    parts.push(`${plural(interleaved, 'section')} came back to the storage after another had been there`);
  const wrong = counts['wrong-count'] + counts['wrong-value'];
  if (wrong > 0) parts.push(`${plural(wrong, 'value')} of the storage ${wrong === 1 ? 'does' : 'do'} not add up`);
  const unordered = counts['not-linearizable'];
  if (unordered > 0)
    parts.push(
      `the answers about ${plural(unordered, 'resource')} fit no order of the operations on ${unordered === 1 ? 'it' : 'them'}`,
    );
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

function exclusionSentence(told: Told, isClean: boolean): string {
  const { counts, exclusion, settings } = told;
  const late = lateSentence(told);
  const overlaps = counts['overlapping-sections'];
  if (overlaps > 0) {
    const still = isClean && settings.fencing !== 'off';
    return still
      ? ` Sections still overlapped ${times(overlaps)}: fencing guards the data, it does not restore mutual exclusion.${late}`
      : ` Sections overlapped ${times(overlaps)}.${late}`;
  }
  return `${isClean && exclusion === 'clean' ? ' No two sections overlapped.' : ''}${late}`;
}

/** What no fence refuses for certain: it came when the lock had passed on, and no larger token gave it away. */
function lateSentence({ counts }: Pick<Told, 'counts'>): string {
  const [writes, reads] = [counts['late-write'], counts['stale-read']];
  const what = [
    ...(writes > 0 ? [`${plural(writes, 'late write')} that no larger token gave away`] : []),
    ...(reads > 0 ? [plural(reads, 'read')] : []),
  ];
  return what.length === 0 ? '' : ` When the lock had passed on, the storage still accepted ${what.join(', and ')}.`;
}

const times = (n: number): string => (n === 1 ? 'once' : plural(n, 'time'));

function overlapCount(counts: VerdictJson['counts']): string {
  const overlaps = counts['overlapping-sections'];
  return `${overlaps === 0 ? '' : ` Sections overlapped ${times(overlaps)}; that is proven.`}${lateSentence({ counts })}`;
}

/** Never mixed with leases that simply ran out, which is their right. */
function serviceSentence({ service, counts }: Told): string {
  if (service !== 'violated') return '';
  const premature = counts['premature-expiry'];
  const ghosts = counts['never-owned'];
  const others = counts['shared-revision'] + counts['token-reused'] + counts['token-order'];
  const events = counts['watch-anomaly'];
  const parts = [
    ...(premature > 0
      ? [`${plural(premature, 'lock')} ${premature === 1 ? 'was' : 'were'} taken away before the promised time`]
      : []),
    ...(ghosts > 0
      ? [
          `${plural(ghosts, 'lock')} ${ghosts === 1 ? 'was' : 'were'} granted that etcd had for somebody else or for nobody`,
        ]
      : []),
    ...(others > 0
      ? [`${plural(others, 'token')} ${others === 1 ? 'does' : 'do'} not tell the holders apart or in order`]
      : []),
    ...(events > 0 ? [`watches told ${plural(events, 'thing')} that cannot have been so`] : []),
  ];
  const what = parts.length === 0 ? '' : `: ${parts.join('; ')}`;
  return ` etcd or the lock on it did not keep its word${what}.`;
}

function livenessSentence({ liveness, counts }: Told): string {
  if (liveness !== 'violated') return '';
  const [refused, stuck, starved] = [counts['refused-owner'], counts['never-free'], counts['starved-waiter']];
  const parts = [
    ...(refused > 0
      ? [`${plural(refused, 'operation')} of rightful holders ${refused === 1 ? 'was' : 'were'} refused`]
      : []),
    ...(stuck > 0 ? [`${plural(stuck, 'lock')} ${stuck === 1 ? 'was' : 'were'} never free again`] : []),
    ...(starved > 0 ? [`${plural(starved, 'client')} waited in vain`] : []),
  ];
  return parts.length === 0 ? '' : ` The lock did not always serve those who had a right to it: ${parts.join('; ')}.`;
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
