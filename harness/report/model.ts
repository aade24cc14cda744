/**
 * What a report's page shows, as data: from a run's record, judgement and meta to texts, numbers and stories. Pure; the
 * page (html.ts) only writes it down. Nothing in it is escaped.
 */
import { evidenceOf } from '../../checkers/evidence.js';
import type { Outcome } from '../../checkers/verdict.js';
import { type FaultFigures, faultFigures } from './fault-figures.js';
import { count, milliseconds, plural, value, words } from './format.js';
import { indexRecord, type RecordIndex } from './record-index.js';
import { firstRefusal } from './refusal.js';
import type { StorySubject } from './scene.js';
import { buildStory } from './story-build.js';
import { plainStory } from './story-plain.js';
import type { Step, Story } from './story.js';
import { eventRow, operationRow } from './proof-rows.js';
import { type Intervals, intervalsOf } from './intervals.js';
import { type KindText, KINDS } from './kinds.js';
import { evidenceWord, livenessWord, recoveryWord, type Row, rowsOf, serviceWord } from './rows.js';
import { inOrder, operationJson, type RunReport, toVerdictJson } from './verdict-json.js';
import type { VerdictJson } from './verdict-schema.js';

export interface PageModel {
  verdict: VerdictJson;
  /** The plan in one line. */
  plan: string;
  answers: { about: string; outcome: Outcome; word: string }[];
  rows: Row[];
  /** What every checker measured. */
  figures: Row[];
  /** By kind of fault. */
  faults: FaultFigures[];
  /** The refused attempt of a run with fencing, if there was one. */
  refusal: Picture | undefined;
  /** What a reader should see first: of the most telling kind the violation that explains itself best. */
  example: { group: Group; picture: Picture } | undefined;
  groups: Group[];
}

/** Violations of one kind. */
export interface Group extends KindText {
  /** True number; `pictures` shows some of them. */
  count: number;
  pictures: Picture[];
}

export interface Picture {
  /** Address within the page, such as `v1`. */
  id: string;
  sentence: string;
  /** Missing where there is no section to draw. */
  story: Story | undefined;
  /** The operations as bars over time, where nothing else draws them. */
  intervals: Intervals | undefined;
  /** What happened, a sentence each: those of the story, where there is one. */
  steps: Step[];
  /** What a reader of all this must know about it. */
  remarks: string[];
  /** Operations that prove it by themselves, and the watch's events; rows under `OPERATION_COLUMNS` and `EVENT_COLUMNS`. */
  operations: string[][];
  events: string[][];
  /** The operations, decisions and faults that it rests on, raw, a line each. */
  raw: string[];
}

/** More pictures than anybody looks at only make the file heavy; verdict.json has the rest. */
export const MAX_PICTURES_PER_KIND = 30;

/** Rows of a table below a picture; verdict.json has the rest. */
const MAX_ROWS = 60;

/** `index` is `indexRecord(report.record)` and `verdict` is `toVerdictJson(report)`, where they have been made already. */
export function pageModel(
  report: RunReport,
  index: RecordIndex = indexRecord(report.record),
  verdict: VerdictJson = toVerdictJson(report, index),
): PageModel {
  const violations = inOrder(report.judgement);
  const pictures = violations.map((violation, n) => ({ violation, shown: verdict.violations[n] }));
  const groups = KINDS.flatMap((kind): Group[] => {
    const total = verdict.counts[kind.kind];
    if (total === 0) return [];
    const shown = pictures.filter(({ violation }) => violation.kind === kind.kind).slice(0, MAX_PICTURES_PER_KIND);
    return [
      {
        ...kind,
        count: total,
        pictures: shown.map(({ violation, shown: told }) =>
          picture(violation, told?.id ?? '', told?.sentence ?? '', index),
        ),
      },
    ];
  });
  return {
    verdict,
    plan: planLine(verdict),
    answers: answersOf(verdict),
    rows: rowsOf(verdict),
    figures: verdict.checkers.flatMap(({ checker, figures }) =>
      Object.entries(figures).map(([name, figure]) => ({
        name: `${words(checker)}: ${words(name)}`,
        value: count(figure),
      })),
    ),
    faults: faultFigures(evidenceOf(report.record), index, violations, verdict.faults.kinds),
    refusal: refusalPicture(verdict, index),
    example: exampleOf(groups[0]),
    groups,
  };
}

/** The best is one that shows a lease ending, does harm, and whose late client did not yet know; among those the shortest. */
function exampleOf(group: Group | undefined): PageModel['example'] {
  const cost = ({ story }: Picture): number => {
    if (story === undefined) return Number.POSITIVE_INFINITY;
    const { marks, bars, steps } = story;
    const lacks = [
      marks.some(({ kind }) => kind === 'expired'),
      marks.some(({ undoes }) => undoes),
      !bars.some(({ kind }) => kind === 'lost'),
    ];
    return steps.length + 100 * lacks.filter((has) => !has).length;
  };
  const [picture] = group?.pictures.toSorted((a, b) => cost(a) - cost(b)) ?? [];
  return group === undefined || picture === undefined ? undefined : { group, picture };
}

function planLine({ settings, seed }: VerdictJson): string {
  const { recipe, ttlMs, fencing, onLoss, lanes, clients, storage, workload, plannedFaults, timeMs } = settings;
  const kinds = settings.faultKinds?.length ? ` (${settings.faultKinds.join(', ')})` : '';
  const faults = plannedFaults === 0 ? 'no faults' : `${plural(plannedFaults, 'planned fault')}${kinds}`;
  return [
    `recipe ${recipe}, TTL ${milliseconds(ttlMs)}`,
    `fencing ${fencing}`,
    `loss of the lock: ${onLoss}`,
    `${plural(lanes, 'lane')} of ${plural(clients, 'client')}`,
    `${workload} on ${storage} storage`,
    faults,
    `${milliseconds(timeMs)} of traffic`,
    `seed ${seed}`,
  ].join(' · ');
}

function answersOf(run: VerdictJson): PageModel['answers'] {
  const { verdict, exclusion, assumptions, service, liveness, recovery } = run;
  return [
    { about: 'The guarded data', outcome: verdict, word: verdict },
    { about: 'Mutual exclusion', outcome: exclusion, word: exclusion },
    { about: 'The evidence', outcome: assumptions, word: evidenceWord(assumptions) },
    { about: 'The word of etcd and the lock', outcome: service, word: serviceWord(service) },
    { about: 'Liveness', outcome: liveness, word: livenessWord(liveness) },
    { about: 'Recovery', outcome: recovery, word: recoveryWord(run) },
  ];
}

function picture(subject: StorySubject, id: string, sentence: string, index: RecordIndex): Picture {
  const sections = [subject.first, subject.second].filter((section) => section !== undefined);
  const named = (subject.operations ?? []).slice(0, MAX_ROWS).flatMap((op) => index.operation(op) ?? []);
  const events = (subject.events ?? []).slice(0, MAX_ROWS).flatMap((place) => index.event(place) ?? []);
  const operations = sections
    .flatMap(({ acquire, operations: used }) => [acquire, ...used])
    .flatMap((op) => index.operation(op) ?? [])
    .concat(named);
  const fault = index.fault(subject.fault);
  const parts: [title: string, entries: readonly unknown[]][] = [
    ['The operations:', operations.sort((a, b) => a.invocation.index - b.invocation.index).map(operationJson)],
    ["The storage's decisions:", subject.decisions.map(index.decision)],
    ["The watch's events:", events],
    ['The fault:', [fault?.inject, fault?.heal]],
    ['What was recorded of the recovery:', [subject.recovery]],
  ];
  const story = buildStory(subject, index);
  const plain = story ?? plainStory(subject, index);
  return {
    id,
    sentence,
    story,
    intervals: story === undefined && named.length > 1 ? intervalsOf(named) : undefined,
    steps: plain.steps,
    remarks: plain.remarks,
    operations: named.map(operationRow),
    events: events.map(eventRow),
    raw: parts.flatMap(([title, entries]) => rawPart(title, entries)),
  };
}

function rawPart(title: string, entries: readonly unknown[]): string[] {
  const lines = entries.filter((entry) => entry !== undefined).map((entry) => JSON.stringify(entry));
  return lines.length === 0 ? [] : [title, ...lines, ''];
}

function refusalPicture({ settings, refused }: VerdictJson, index: RecordIndex): Picture | undefined {
  if (settings.fencing === 'off' || refused.reads + refused.writes === 0) return undefined;
  const subject = firstRefusal(index);
  if (subject === undefined) return undefined;
  const late = index.decision(subject.decisions[1] ?? -1);
  const did = late?.f === 'read' ? 'read' : `write ${value(late?.value, 40)}`;
  const sentence = `Process ${subject.first?.process ?? '?'} tried to ${did} with token ${late?.token ?? '?'}, although the storage had seen token ${late?.highest ?? '?'} of process ${subject.second?.process ?? '?'}. The storage refused.`;
  return picture(subject, 'refused', sentence, index);
}
