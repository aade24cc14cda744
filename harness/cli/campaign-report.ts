/** Writes what a campaign found: `campaign.json`, `report.html` with the runs side by side, `summary.md` for a job's page. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { wallClock } from '../history/clock.js';
import { campaignHtml } from '../report/campaign-html.js';
import { toCampaignJson, type CampaignJson } from '../report/campaign.js';
import { campaignText } from '../report/summary.js';
import { timeStamp, writeJson } from '../run/results.js';
import type { ExitCode } from './exit-codes.js';
import type { JudgedRun } from './judge-run.js';

export interface CampaignOptions {
  runs: readonly JudgedRun[];
  /** Folder in which the runs' folders lie, and the campaign's beside them. */
  output: string;
  command: string;
  code: ExitCode;
  /** What kept the campaign from its end, if anything did. */
  unmet: string[];
}

export async function writeCampaign({
  runs,
  output,
  command,
  code,
  unmet,
}: CampaignOptions): Promise<{ report: string; campaign: CampaignJson }> {
  const date = wallClock();
  const folder = join(output, `${timeStamp(date)}-campaign`);
  const [first] = runs;
  const campaign = toCampaignJson({
    meta: {
      name: 'fencing off and on',
      date: date.toISOString(),
      command,
      versions: first?.run.run.versions ?? {},
      environment: first?.run.run.environment ?? {},
      met: code === 0,
      unmet: [
        ...runs.flatMap(({ run, answer }) => answer.reasons.map((reason) => `${run.plan.name}: ${reason}`)),
        ...unmet,
      ],
      exitCode: code,
    },
    runs: runs.map(({ run, verdict }) => ({ verdict, path: `../${basename(run.dir)}` })),
  });
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, 'campaign.json'), campaign);
  const report = join(folder, 'report.html');
  await writeFile(
    report,
    campaignHtml(
      campaign,
      runs.map(({ page }) => page()),
    ),
  );
  await writeFile(
    join(folder, 'summary.md'),
    `## leasebreaker: ${campaign.name}\n\n\`\`\`text\n${campaignText(campaign, { color: false })}\n\`\`\`\n`,
  );
  return { report, campaign };
}
