/** What a terminal shows when a run or a campaign is done. Plain text; whether colours are wanted is the caller's to know. */
import type { Outcome } from '../../checkers/verdict.js';
import { type CampaignJson, campaignRows } from './campaign.js';
import { campaignAnswer, campaignRemarks, spreadText } from './campaign-text.js';
import { answerText } from './expectation-text.js';
import { count, plural } from './format.js';
import { rateText } from './pairs.js';
import { STATE_TITLES } from './reached-states.js';
import { tallyText } from './fault-words.js';
import { rowsOf } from './rows.js';
import type { VerdictJson } from './verdict-schema.js';

export interface SummaryOptions {
  /** Whether to use ANSI colours. */
  color: boolean;
}

const COLORS: Record<Outcome, number> = { clean: 32, violated: 31, unknown: 33 };

/** What came out of one run, several lines without a newline at the end. */
export function summaryText(verdict: VerdictJson, { color }: SummaryOptions): string {
  const rows = rowsOf(verdict);
  const wide = Math.max(...rows.map(({ name }) => name.length));
  return [
    `${painted(verdict.verdict, color)}  ${printable(verdict.summary)}`,
    ...rows.map(({ name, value }) => `  ${name.padEnd(wide)}  ${value}`),
    ...verdict.faults.kinds.map((each) => `  ${printable(`Fault ${each.kind}`).padEnd(wide)}  ${tallyText(each)}`),
    ...verdict.doubts.map(({ checker, doubt }) => `  in doubt (${checker}): ${printable(doubt)}`),
    printable(answerText({ ...verdict.expectation, exitCode: verdict.exitCode }).text),
    `Carry it out again: ${verdict.command}`,
  ].join('\n');
}

/** More runs stand side by side on no terminal. */
const MAX_COLUMNS = 4;

/** What a campaign came to: few runs side by side, of many the cells; then the states reached. */
export function campaignText(campaign: CampaignJson, { color }: SummaryOptions): string {
  const isMany = campaign.runs.length > MAX_COLUMNS;
  return [
    ...(isMany ? cellLines(campaign, color) : sideBySide(campaign, color)),
    ...coverageLines(campaign),
    ...campaignRemarks(campaign).map((remark) => `  ${remark}`),
    printable(campaignAnswer(campaign).text),
  ].join('\n');
}

function sideBySide(campaign: CampaignJson, color: boolean): string[] {
  const head = { name: '', values: campaign.runs.map(({ name }) => name) };
  const rows = [head, ...campaignRows(campaign)];
  const widths = head.values.map((_, column) => Math.max(...rows.map(({ values }) => (values[column] ?? '').length)));
  const wide = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, values }) => {
    const cells = values.map((value, column) => paintedCell(value, (widths[column] ?? 0) - value.length, color));
    return `  ${name.padEnd(wide)}  ${cells.join('  ')}`.trimEnd();
  });
  return [...lines, ...campaign.runs.map(({ summary }) => `  ${printable(summary)}`)];
}

/** A cell a line, and the reasons of those that are not green. */
function cellLines({ cells }: CampaignJson, color: boolean): string[] {
  const head = ['cell', 'colour', 'runs', 'with harm', 'stops with a late write', 'first harm', 'under fault'];
  const rows = cells.map(({ id, colour, planned, statistics: each }) => [
    printable(id),
    colour,
    `${each.runs}/${planned}`,
    rateText(each.harmed),
    rateText(each.staleStops),
    spreadText(each.firstViolationMs),
    count(each.handOversUnderFault),
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, at) => (at === 1 ? paintedColour(cell, (widths[at] ?? 0) - cell.length, color) : cell.padEnd(widths[at] ?? 0))).join('  ')}`.trimEnd();
  const reasons = cells.flatMap(({ id, colour, why }) =>
    colour === 'green' ? [] : why.slice(0, MAX_WHY).map((each) => `  ${colour}: ${printable(`${id}: ${each}`)}`),
  );
  return [line(head), ...rows.map(line), ...reasons];
}

/** Reasons that are told of one cell. */
const MAX_WHY = 3;

/** `  Reached: two clients held one lock at once (86 times, in 2 of 2 runs)`. */
function coverageLines({ coverage, runs }: CampaignJson): string[] {
  if (runs.every(({ statistics }) => statistics === undefined)) return [];
  return coverage.map(({ state, count: n, runs: reached, wanted }) => {
    if (n > 0) return `  Reached: ${STATE_TITLES[state]} (${count(n)}, in ${reached} of ${plural(runs.length, 'run')})`;
    return `  ${wanted ? 'Never reached, and needed' : 'Not reached'}: ${STATE_TITLES[state]}`;
  });
}

const COLOUR_CODES: Partial<Record<string, number>> = {
  green: 32,
  red: 31,
  yellow: 33,
  blind: 35,
  harness: 35,
  environment: 34,
};

function paintedColour(colour: string, pad: number, color: boolean): string {
  const code = color ? COLOUR_CODES[colour] : undefined;
  return `${code === undefined ? colour : `\u001b[${code}m${colour}\u001b[0m`}${' '.repeat(pad)}`;
}

function painted(outcome: Outcome, color: boolean): string {
  return color ? `\u001b[1;${COLORS[outcome]}m${outcome.toUpperCase()}\u001b[0m` : outcome.toUpperCase();
}

function paintedCell(value: string, pad: number, color: boolean): string {
  const code = color && Object.hasOwn(COLORS, value) ? COLORS[value as Outcome] : undefined;
  return `${code === undefined ? value : `\u001b[${code}m${value}\u001b[0m`}${' '.repeat(pad)}`;
}

/** What the system under test says must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
