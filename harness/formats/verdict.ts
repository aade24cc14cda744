/** The verdict on a history file, as JSON and as text. docs/history-formats.md describes both. */
import type { LinearizabilityResult, Outcome, Witness } from '../../checkers/linearizability/operations.js';
import { INDETERMINATE } from '../../checkers/linearizability/operations.js';
import { describe, type Described, objectName } from './describe.js';
import type { Format } from './formats.js';
import type { History } from './operations-builder.js';

/** Operations of a long order that a witness lists: the last ones, for those before them fit. */
const SHOWN = 12;

export interface WitnessJson {
  kind: Witness['kind'];
  /** Missing for the only object of a history. */
  object?: string;
  why: string;
  /** `contradiction`: the operations that cannot all be true. `stuck`: the last ones of the longest order that fits. */
  operations: Described[];
  /** `stuck`: operations of that order before those listed. */
  before?: number;
  /** `stuck`: the operation that cannot follow. */
  stuck?: Described;
}

export interface FileVerdictJson {
  schemaVersion: 1;
  file: string;
  format: Format;
  model: History['model'];
  verdict: 'linearizable' | 'not-linearizable' | 'unknown';
  /** Operations judged, and how many of them nobody knows the end of. */
  operations: number;
  indeterminate: number;
  /** Keys or locks; 1 for a history without keys. */
  objects: number;
  violatedObjects: number;
  /** Events on other objects than the model's, by name; they were left out. */
  skipped: Record<string, number>;
  /** Whether a torn last line was left out. */
  torn: boolean;
  decidedBy: Record<string, number>;
  fallbacks: Record<string, number>;
  doubts: Record<string, number>;
  witnesses: WitnessJson[];
  /** Time that reading and judging took, in ms. */
  readMs: number;
  judgeMs: number;
}

const VERDICTS: Record<Outcome, FileVerdictJson['verdict']> = {
  clean: 'linearizable',
  violated: 'not-linearizable',
  unknown: 'unknown',
};

export interface JudgedFile {
  file: string;
  format: Format;
  torn: boolean;
  history: History;
  result: LinearizabilityResult;
  readMs: number;
  judgeMs: number;
}

export function verdictJson({ file, format, torn, history, result, readMs, judgeMs }: JudgedFile): FileVerdictJson {
  const { operations } = history;
  let indeterminate = 0;
  for (let at = 0; at < operations.length; at++) if (operations.outcome[at] === INDETERMINATE) indeterminate += 1;
  return {
    schemaVersion: 1,
    file,
    format,
    model: history.model,
    verdict: VERDICTS[result.outcome],
    operations: operations.length,
    indeterminate,
    objects: Math.max(1, history.objects.length - 1),
    violatedObjects: result.violated,
    skipped: history.skipped,
    torn,
    decidedBy: result.decidedBy,
    fallbacks: result.fallbacks,
    doubts: result.doubts,
    witnesses: result.witnesses.map((witness) => witnessJson(history, witness)),
    readMs,
    judgeMs,
  };
}

function witnessJson(history: History, witness: Witness): WitnessJson {
  const name = objectName(history, witness.object);
  const common = { kind: witness.kind, ...(name === undefined ? {} : { object: name }), why: witness.why };
  if (witness.kind === 'contradiction')
    return { ...common, operations: witness.operations.map((at) => describe(history, at)) };
  const shown = witness.order.slice(-SHOWN);
  return {
    ...common,
    operations: shown.map((at) => describe(history, at)),
    before: witness.order.length - shown.length,
    stuck: describe(history, witness.stuck),
  };
}

const HEADLINES: Record<FileVerdictJson['verdict'], string> = {
  linearizable: 'linearizable',
  'not-linearizable': 'NOT linearizable',
  unknown: 'unknown',
};

/** Witnesses that the text shows; the rest is in the JSON. */
const WITNESSES = 3;

export function verdictText(verdict: FileVerdictJson): string {
  const { objects, violatedObjects, indeterminate } = verdict;
  const lines = [
    `${verdict.file}: ${HEADLINES[verdict.verdict]}${violatedObjects > 0 && objects > 1 ? ` (${count(violatedObjects, 'object')} of ${objects})` : ''}`,
    '',
    `  ${count(verdict.operations, 'operation')} on ${count(objects, 'object')} of the model ${verdict.model}, ${indeterminate} of them indeterminate`,
    ...tally('decided by', verdict.decidedBy),
    ...tally('not by a faster algorithm, because', verdict.fallbacks),
    ...tally('not decided, because', verdict.doubts),
    ...tally('left out, as they touch something else', verdict.skipped, 'event'),
    ...(verdict.torn ? ['  a torn last line was left out'] : []),
    `  read in ${Math.round(verdict.readMs)} ms, judged in ${Math.round(verdict.judgeMs)} ms`,
  ];
  for (const witness of verdict.witnesses.slice(0, WITNESSES)) lines.push('', ...witnessLines(witness));
  const more = violatedObjects - Math.min(WITNESSES, verdict.witnesses.length);
  if (more > 0) lines.push('', `  and ${count(more, 'object')} more; --json lists a hundred`);
  return lines.join('\n');
}

function witnessLines({ kind, object, why, operations, before = 0, stuck }: WitnessJson): string[] {
  const where = object === undefined ? '' : ` of ${object}`;
  if (kind === 'contradiction') return [`  these operations${where} cannot all be true: ${why}`, ...table(operations)];
  if (operations.length === 0)
    return [`  this operation${where} cannot even come first: ${why}`, ...table(stuck ? [stuck] : [])];
  return [
    `  the longest order of operations${where} that fits${before === 0 ? '' : ` (after ${before} more)`}:`,
    ...table(operations),
    `  and this one cannot follow: ${why}`,
    ...table(stuck ? [stuck] : []),
  ];
}

function table(operations: readonly Described[]): string[] {
  const rows = operations.map(({ line, completionLine, who, what, outcome }) => [
    completionLine === undefined ? `line ${line}` : `lines ${line}, ${completionLine}`,
    who,
    what,
    outcome === 'ok' ? '' : outcome,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `    ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}

function tally(title: string, counts: Readonly<Record<string, number>>, unit = 'object'): string[] {
  const entries = Object.entries(counts).map(([name, number]) => `${name} (${count(number, unit)})`);
  return entries.length === 0 ? [] : [`  ${title}: ${entries.join(', ')}`];
}

function count(number: number, unit: string): string {
  return `${number.toLocaleString('en-US')} ${unit}${number === 1 ? '' : 's'}`;
}
