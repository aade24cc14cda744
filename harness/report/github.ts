/**
 * What a GitHub job is told: annotations (workflow commands) and a summary for the job's page. Pure text.
 *
 * Everything here is data to GitHub: commands are escaped as its runner reads them, and the summary is HTML, in which Markdown means nothing
 * as long as no blank line ends the block.
 */
import type { CampaignJson } from './campaign.js';
import { COLOURS } from './colour-names.js';
import { answerText } from './expectation-text.js';
import { count, shorten } from './format.js';
import { KINDS } from './kinds.js';
import { html, type Markup } from './markup.js';
import { rateText } from './pairs.js';
import type { VerdictJson } from './verdict-schema.js';

/** A run as a job hears of it; one that did not come about has no counts. */
export interface JobRun {
  name: string;
  /** The verdict in a sentence, or why there is none. */
  summary: string;
  exitCode: number;
  unmet: readonly string[];
  /** The command line that carries it out again. */
  command?: string;
  counts?: VerdictJson['counts'];
  refused?: VerdictJson['refused'];
  /** Sentences of its violations, the most telling first. */
  violations?: readonly string[];
}

/** GitHub shows ten annotations of a kind from one step; ten in all are as many as anybody reads. */
export const MAX_ANNOTATIONS = 10;

/** Bytes, and not one more: GitHub refuses the whole summary of a step above 1 MiB. */
export const MAX_SUMMARY = 1024 * 1024 - 1;

const MAX_SENTENCES = 10;

export function jobRun(verdict: VerdictJson): JobRun {
  const { name, summary, exitCode, expectation, command, counts, refused, violations } = verdict;
  const sentences = violations.slice(0, MAX_SENTENCES).map(({ id, sentence }) => `${id}: ${sentence}`);
  return { name, summary, exitCode, unmet: expectation.unmet, command, counts, refused, violations: sentences };
}

/** A run that did not come about. */
export function missingRun(name: string, { message, code }: { message: string; code: number }): JobRun {
  const [summary = ''] = message.split('\n');
  return { name, summary, exitCode: code, unmet: [message] };
}

type Level = 'error' | 'warning' | 'notice';

function levelOf({ exitCode }: JobRun): Level {
  if (exitCode === 0) return 'notice';
  return exitCode === 2 ? 'warning' : 'error';
}

const LEVELS: readonly Level[] = ['error', 'warning', 'notice'];

/** Workflow commands, a line each, without newlines; the worst runs first, and of more than ten the last says how many are left out. */
export function annotations(runs: readonly JobRun[]): string[] {
  const ordered = LEVELS.flatMap((level) =>
    runs.filter((run) => levelOf(run) === level).map((run) => ({ level, ...spoken(run) })),
  );
  if (ordered.length <= MAX_ANNOTATIONS) return ordered.map(commandLine);
  const shown = ordered.slice(0, MAX_ANNOTATIONS - 1);
  const left = ordered.slice(MAX_ANNOTATIONS - 1);
  const message = `${left.length} more runs, the worst of them ${left[0]?.title ?? ''}: see the summary of the job.`;
  return [...shown, { level: left[0]?.level ?? 'notice', title: 'leasebreaker: more runs', message }].map(commandLine);
}

interface Annotation {
  level: Level;
  title: string;
  message: string;
}

function spoken({ name, summary, unmet, command, exitCode }: JobRun): Omit<Annotation, 'level'> {
  const { text } = answerText({ met: exitCode === 0, unmet, exitCode });
  const again = command === undefined ? [] : [`Carry it out again: ${command}`];
  return {
    title: shorten(`leasebreaker: ${name}`, 200),
    message: shorten([summary, text, ...again].join('\n'), 4000),
  };
}

/** As the runner unescapes it (actions/runner, src/Runner.Common/ActionCommand.cs). */
function commandLine({ level, title, message }: Annotation): string {
  return `::${level} title=${escapeProperty(title)}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

export interface JobReport {
  title: string;
  exitCode: number;
  unmet: readonly string[];
  /** The command line that carries all of it out again. */
  command: string;
  runs: readonly JobRun[];
  /** Cells of the campaign, if it is one. */
  cells?: readonly JobCell[];
}

/** What a job's page tells of a cell. */
export type JobCell = Pick<CampaignJson['cells'][number], 'id' | 'colour' | 'why' | 'planned' | 'statistics'>;

/** Rows of the table of cells; the report has more. */
const MAX_CELLS = 300;

/** Of one run. */
export function jobReport(title: string, runs: readonly [JobRun], command: string): JobReport {
  const [{ exitCode, unmet }] = runs;
  return { title, exitCode, unmet, command, runs };
}

/**
 * The summary, at most `room` bytes of UTF-8: whole runs are left out from the end, and that is said. Empty where not even that fits.
 */
export function jobSummary({ title, exitCode, unmet, command, runs, cells = [] }: JobReport, room: number): string {
  const { sign, text } = answerText({ met: exitCode === 0, unmet: unmet.slice(0, MAX_SENTENCES), exitCode });
  const head = block(
    html`<h2>leasebreaker: ${line(title)}</h2><p><strong>${sign} ${line(text)}</strong></p><p>Carry it out again: <code>${line(command)}</code></p>`,
  );
  const cut = (left: number): string =>
    block(html`<p><strong>Cut here:</strong> ${left} of ${runs.length} runs are not shown; the reports have them.</p>`);
  const parts = [head];
  let used = bytes(head);
  const reserve = bytes(cut(runs.length));
  if (used + reserve > room) return '';
  const table = cells.length === 0 ? '' : cellsBlock(cells);
  if (used + bytes(table) + reserve <= room) {
    parts.push(table);
    used += bytes(table);
  }
  for (const [at, run] of runs.entries()) {
    const part = runBlock(run);
    const isLast = at === runs.length - 1;
    if (used + bytes(part) + (isLast ? 0 : reserve) > room) {
      parts.push(cut(runs.length - at));
      break;
    }
    parts.push(part);
    used += bytes(part);
  }
  return parts.join('');
}

/** The worst first. */
function cellsBlock(cells: readonly JobCell[]): string {
  const ordered = cells.toSorted((a, b) => COLOURS.indexOf(a.colour) - COLOURS.indexOf(b.colour)).slice(0, MAX_CELLS);
  const rows = ordered.map(
    ({ id, colour, why, planned, statistics: each }) =>
      html`<tr><td>${line(id)}</td><td>${colour}</td><td align="right">${count(each.runs)} of ${count(planned)}</td><td align="right">${rateText(each.harmed)}</td><td align="right">${count(each.handOversUnderFault)}</td><td>${line(why[0] ?? '')}</td></tr>`,
  );
  const left = cells.length - ordered.length;
  return block(
    html`<table><thead><tr><th>Cell</th><th>Colour</th><th>Runs</th><th>Runs with harm</th><th>Hand-overs under a fault</th><th>Why</th></tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p>${count(left)} more cells are in the report.</p>` : undefined}`,
  );
}

function runBlock({ name, summary, exitCode, unmet, command, counts, refused, violations = [] }: JobRun): string {
  const { sign, text } = answerText({ met: exitCode === 0, unmet, exitCode });
  const numbers = [
    ...KINDS.flatMap(({ kind, title }) => (counts?.[kind] ? [{ title, n: counts[kind] }] : [])),
    ...(refused === undefined ? [] : [{ title: 'Refused by the storage', n: refused.reads + refused.writes }]),
  ];
  const table =
    numbers.length === 0
      ? undefined
      : html`<table><tbody>${numbers.map(({ title, n }) => html`<tr><td>${title}</td><td align="right">${count(n)}</td></tr>`)}</tbody></table>`;
  const told =
    violations.length === 0
      ? undefined
      : html`<details><summary>The first violations</summary><ul>${violations.map((sentence) => html`<li>${line(sentence)}</li>`)}</ul></details>`;
  const again = command === undefined ? undefined : html`<p>Carry it out again: <code>${line(command)}</code></p>`;
  return block(html`<h3>${line(name)}</h3><p>${line(summary)}</p><p>${sign} ${line(text)}</p>${table}${told}${again}`);
}

/** A blank line ends an HTML block in Markdown, so that there is none inside. */
const block = ({ markup }: Markup): string => `${markup}\n\n`;

/** No string is so long that one run alone could fill a job's page. */
const line = (text: string): string => shorten(text.replace(/\s+/g, ' '), 1000);

const encoder = new TextEncoder();
const bytes = (text: string): number => encoder.encode(text).length;
