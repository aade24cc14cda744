/** What a terminal shows when a run or a campaign is done. Plain text; whether colours are wanted is the caller's to know. */
import type { Outcome } from '../../checkers/verdict.js';
import { type CampaignJson, campaignRows } from './campaign.js';
import { answerText } from './expectation-text.js';
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

/** The runs of a campaign side by side. */
export function campaignText(campaign: CampaignJson, { color }: SummaryOptions): string {
  const head = { name: '', values: campaign.runs.map(({ name }) => name) };
  const rows = [head, ...campaignRows(campaign)];
  const widths = head.values.map((_, column) => Math.max(...rows.map(({ values }) => (values[column] ?? '').length)));
  const wide = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, values }) => {
    const cells = values.map((value, column) => paintedCell(value, (widths[column] ?? 0) - value.length, color));
    return `  ${name.padEnd(wide)}  ${cells.join('  ')}`.trimEnd();
  });
  return [
    ...lines,
    ...campaign.runs.map(({ summary }) => `  ${printable(summary)}`),
    printable(answerText(campaign).text),
  ].join('\n');
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
