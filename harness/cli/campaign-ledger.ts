/** The ledger of findings in a campaign: its plans as cells of their own, and what came of all runs written back to it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cell } from '../campaign/cells.js';
import { type CampaignPlan, finalLines, type JudgedLine, type RunLine } from '../campaign/journal.js';
import { cellOfFinding } from '../campaign/ledger.js';
import { readLedger, rewriteLedger } from '../campaign/ledger-file.js';
import { wallClock } from '../history/clock.js';
import { FILES } from '../run/results.js';
import { forShell } from './options.js';

/** A cell for each finding: what is expected of it, its plan says. */
export async function ledgerCells(
  path: string,
): Promise<{ kind: 'cells'; cells: Cell[] } | { kind: 'invalid'; message: string }> {
  if (!existsSync(path)) return { kind: 'invalid', message: `there is no ledger ${path}` };
  const read = await readLedger(path);
  if (read.kind === 'invalid') return read;
  const cells = read.findings.map(
    ({ finding, plan }): Cell => ({
      id: cellOfFinding(finding),
      axes: { regression: finding.id },
      expect: plan.expect,
      isMeasured: false,
      planned: finding.runs,
      source: {
        kind: 'stored',
        plan,
        replay: `npx leasebreaker replay ${forShell(join(dirname(path), finding.plan))}`,
      },
    }),
  );
  return { kind: 'cells', cells };
}

/** Undefined: it was written, or there is none; else why not. What was found stands in the campaign's report in any case. */
export async function tellLedger({
  folder,
  plan,
  lines,
  say,
}: {
  folder: string;
  plan: CampaignPlan;
  lines: readonly RunLine[];
  say: (line: string) => void;
}): Promise<string | undefined> {
  const { ledger } = plan.definition;
  if (ledger === undefined) return undefined;
  const judged = finalLines(lines).filter((line): line is JudgedLine => line.kind === 'judged');
  const dirOf = (cell: string, n: number): string =>
    judged.find((line) => line.cell === cell && line.n === n)?.dir ?? '';
  try {
    const written = await rewriteLedger({
      path: ledger,
      runs: judged.map(({ cell, n, attempt, colour, figures }) => ({ ...figures, cell, n, attempt, colour })),
      now: { date: wallClock().toISOString(), version: plan.leasebreaker },
      planOf: ({ cell, n }) => join(folder, dirOf(cell, n), FILES.plan),
    });
    if (written.kind === 'invalid') return `the ledger was not updated: ${written.message}`;
    for (const { id, what } of written.added) say(`new in ${ledger}: ${id}: ${what}`);
    return undefined;
  } catch (error) {
    return `the ledger ${ledger} was not updated: ${(error as Error).message}`;
  }
}
