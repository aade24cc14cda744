/** `campaign --resume`: a campaign that was interrupted, killed or out of time, read from its folder. */
import type { Command } from 'commander';
import { campaignsIn, type CampaignPlan, isFinished, readCampaign, type RunLine } from '../campaign/journal.js';
import { livingOwner } from './campaign-owner.js';
import type { CampaignFlags } from './campaign-request.js';
import { VERSION } from './version.js';

export type Resumed =
  | { kind: 'campaign'; plan: CampaignPlan; lines: RunLine[]; folder: string }
  | { kind: 'invalid'; message: string };

/** Options that say how a campaign is carried out, and nothing of what it is. */
const ASIDE: readonly string[] = ['resume', 'output', 'subnet', 'edn', 'dryRun', 'parallel', 'budget', 'table'];

const invalid = (message: string): Resumed => ({ kind: 'invalid', message });

/** `folder` is `true` for the newest unfinished one. */
export async function resumedCampaign(
  called: Command,
  file: string | undefined,
  folder: string | true,
): Promise<Resumed> {
  const { output, budget } = called.opts<CampaignFlags>();
  const strange = called.options.find(
    (option) =>
      called.getOptionValueSource(option.attributeName()) === 'cli' && !ASIDE.includes(option.attributeName()),
  );
  if (file !== undefined || strange !== undefined)
    return invalid(`--resume goes on with what was planned: leave out ${file ?? strange?.long}`);
  const found = folder === true ? await newestUnfinished(output) : folder;
  if (found === undefined) return invalid(`--resume: there is no unfinished campaign in ${output}`);
  const owner = await livingOwner(found);
  if (owner !== undefined) return invalid(`${found} is being carried out by process ${owner}`);
  const read = await readCampaign(found, { mend: true });
  if (read.kind === 'unreadable') return invalid(read.message);
  const { plan, lines } = read;
  if (plan.leasebreaker !== VERSION)
    return invalid(`${found} was begun by leasebreaker ${plan.leasebreaker}, and this is ${VERSION}: begin again`);
  // What it had has been used up, or there would be nothing to go on with.
  const definition = budget === undefined ? plan.definition : { ...plan.definition, budget };
  return { kind: 'campaign', plan: { ...plan, definition }, lines, folder: found };
}

async function newestUnfinished(output: string): Promise<string | undefined> {
  for (const folder of (await campaignsIn(output)).toReversed()) if (!(await isFinished(folder))) return folder;
  return undefined;
}
