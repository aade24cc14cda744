/**
 * Writes what several runs found together: `campaign.json`, `report.html`, `junit.xml` for dashboards and `summary.md` for
 * documents.
 */
import { writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createFolder } from '../campaign/journal.js';
import { wallClock } from '../history/clock.js';
import { campaignHtml, type Shown } from '../report/campaign-html.js';
import { type CampaignJson, campaignOfRuns, type RunFigures, runFigures, toCampaignJson } from '../report/campaign.js';
import { type JobRun, jobRun } from '../report/github.js';
import { cellsSuite, type JunitSuite, junitSuite, junitXml } from '../report/junit.js';
import { campaignText } from '../report/summary.js';
import { FILES, timeStamp, writeJson } from '../run/results.js';
import type { ExitCode } from './exit-codes.js';
import type { JudgedRun } from './judge-run.js';

/** What a campaign keeps of a run: its record is let go, so that their number does not matter. */
export interface FinishedRun {
  dir: string;
  run: RunFigures;
  versions: Record<string, string>;
  environment: Record<string, string>;
  suite: JunitSuite;
  job: JobRun;
  /** Of its answer, a line each. */
  reasons: string[];
  /** What it has to show beside its numbers. */
  shown: Shown | undefined;
}

/** `isShown`: whether its pictures are wanted. `isMeasured`: nothing was expected of it. */
export function finishedRun(
  { run, verdict, page }: Omit<JudgedRun, 'answer'>,
  { isShown = true, isMeasured = false } = {},
): FinishedRun {
  const { example, refusal } = isShown ? page().model : {};
  return {
    dir: run.dir,
    run: runFigures({ verdict, path: '' }),
    versions: verdict.versions,
    environment: verdict.environment,
    suite: junitSuite(verdict, { isMeasured }),
    job: jobRun(verdict),
    reasons: verdict.expectation.unmet,
    shown: isShown ? { example, refusal } : undefined,
  };
}

export interface CampaignOptions {
  name: string;
  runs: readonly FinishedRun[];
  /** Folder in which the campaign's own folder is made. */
  output: string;
  command: string;
  code: ExitCode;
  /** What kept the campaign from its end, if anything did. */
  unmet: string[];
  /** Runs that did not come about, for dashboards. */
  missing?: readonly JunitSuite[];
}

export async function writeCampaign({
  name,
  runs,
  output,
  command,
  code,
  unmet,
  missing = [],
}: CampaignOptions): Promise<{ report: string; campaign: CampaignJson }> {
  const date = wallClock();
  const folder = await createFolder(output, `${timeStamp(date)}-campaign`);
  const [first] = runs;
  const meta = {
    name,
    date: date.toISOString(),
    command,
    versions: first?.versions ?? {},
    environment: first?.environment ?? {},
    met: code === 0,
    unmet: [...runs.flatMap(({ run, reasons }) => reasons.map((reason) => `${run.name}: ${reason}`)), ...unmet],
    exitCode: code,
  };
  const placed = runs.map(({ run, dir }) => ({ ...run, path: relative(folder, dir).split(sep).join('/') }));
  const campaign = toCampaignJson(campaignOfRuns(meta, placed));
  const report = await writeReports({
    folder,
    campaign,
    shown: runs.map(({ shown }) => shown),
    suites: [...runs.map(({ suite }) => suite), ...missing],
  });
  return { report, campaign };
}

export interface Reports {
  folder: string;
  campaign: CampaignJson;
  /** In the order of its runs. */
  shown: readonly (Shown | undefined)[];
  suites: readonly JunitSuite[];
}

/** Writes all of them again where they are there already; the path of what people read. */
export async function writeReports({ folder, campaign, shown, suites }: Reports): Promise<string> {
  await writeJson(join(folder, FILES.campaign), campaign);
  const report = join(folder, FILES.report);
  await writeFile(report, campaignHtml(campaign, shown));
  // Runs that no campaign planned have no cells that anything was expected of.
  const all = campaign.seed === null ? suites : [cellsSuite(campaign), ...suites];
  await writeFile(join(folder, FILES.junit), junitXml(campaign.name, all));
  await writeFile(
    join(folder, 'summary.md'),
    `## leasebreaker: ${campaign.name}\n\n\`\`\`text\n${campaignText(campaign, { color: false })}\n\`\`\`\n`,
  );
  return report;
}
