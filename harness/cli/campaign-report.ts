/**
 * Writes what several runs found together: `campaign.json`, `report.html` with the runs side by side, `junit.xml` for dashboards and
 * `summary.md` for documents.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { wallClock } from '../history/clock.js';
import { campaignHtml, type Shown } from '../report/campaign-html.js';
import { type CampaignJson, campaignOfRuns, type RunFigures, runFigures, toCampaignJson } from '../report/campaign.js';
import { type JobRun, jobRun } from '../report/github.js';
import { type JunitSuite, junitSuite, junitXml } from '../report/junit.js';
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

/** `isShown`: whether its pictures are wanted. */
export function finishedRun({ run, answer, verdict, page }: JudgedRun, { isShown = true } = {}): FinishedRun {
  const { example, refusal } = isShown ? page().model : {};
  return {
    dir: run.dir,
    run: runFigures({ verdict, path: '' }),
    versions: verdict.versions,
    environment: verdict.environment,
    suite: junitSuite(verdict),
    job: jobRun(verdict),
    reasons: answer.reasons,
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
  const folder = await newFolder(output, `${timeStamp(date)}-campaign`);
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
  await writeJson(join(folder, FILES.campaign), campaign);
  const report = join(folder, FILES.report);
  await writeFile(
    report,
    campaignHtml(
      campaign,
      runs.map(({ shown }) => shown),
    ),
  );
  await writeFile(join(folder, FILES.junit), junitXml(name, [...runs.map(({ suite }) => suite), ...missing]));
  await writeFile(
    join(folder, 'summary.md'),
    `## leasebreaker: ${campaign.name}\n\n\`\`\`text\n${campaignText(campaign, { color: false })}\n\`\`\`\n`,
  );
  return { report, campaign };
}

/** Two campaigns may be written within one second. */
async function newFolder(output: string, name: string): Promise<string> {
  await mkdir(output, { recursive: true });
  for (let n = 1; ; n++) {
    const folder = join(output, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
