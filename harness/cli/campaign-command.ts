/** `leasebreaker campaign`: many runs, from a definition; of the smallest, fencing off and on, `npm run test:chaos` is made. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { optionsOf, planHash, seedOf, type Cell } from '../campaign/cells.js';
import { estimateSeconds, timeText, weightOf } from '../campaign/estimate.js';
import { CAMPAIGN_FILES, type CampaignPlan, createFolder, type RunLine } from '../campaign/journal.js';
import { inShard } from '../campaign/shard.js';
import { makePlan } from '../plan/make-plan.js';
import { plural } from '../report/format.js';
import { campaignText } from '../report/summary.js';
import { createClusterPool } from '../run/cluster-pool.js';
import { timeStamp, writeJson } from '../run/results.js';
import { cannotWrite, ROOM } from '../run/surroundings.js';
import { clusterOf } from './campaign-cells.js';
import { finishCampaign } from './campaign-end.js';
import { runCampaign } from './campaign-loop.js';
import { tellLedger } from './campaign-ledger.js';
import { fitCampaign } from './campaign-machine.js';
import { addCampaignOptions } from './campaign-options.js';
import { own } from './campaign-owner.js';
import { type CampaignFlags, campaignRequest } from './campaign-request.js';
import { resumedCampaign } from './campaign-resume.js';
import { EXIT, type Ended, type ExitCode, worst } from './exit-codes.js';
import { withMending } from './execute.js';
import { isMatrix, writeMatrix } from './matrix-campaign.js';
import { forShell } from './options.js';
import { useColor } from './progress.js';
import { startSession } from './session.js';
import { defaultParallel } from './parallel.js';

export function addCampaignCommand(program: Command, ended: Ended): void {
  const command = program
    .command('campaign')
    .description(
      'many runs, each held against what is expected of it, and one answer; by default the same plan with fencing off and with fencing on: off must find stale writes and lost updates, on none',
    )
    .argument('[file]', 'YAML or JSON that says what to run: docs/campaigns.md (default: that of --matrix)');
  addCampaignOptions(command).action(async (file: string | undefined, _: unknown, called: Command) =>
    ended(await campaign(called, file)),
  );
}

async function campaign(called: Command, file: string | undefined): Promise<ExitCode> {
  const flags = called.opts<CampaignFlags>();
  const { table, subnet, output } = flags;
  const atOnce = flags.parallel ?? defaultParallel();
  if (table !== undefined && !existsSync(dirname(table)))
    return refuse(`--table ${table}: there is no folder ${dirname(table)}`);
  if (subnet !== undefined && atOnce > 1) return refuse('--subnet names the network of one run: give --parallel 1');
  const asked =
    flags.resume === undefined ? await fromDefinition(called, file) : await resumedCampaign(called, file, flags.resume);
  if (asked.kind === 'invalid') return refuse(asked.message);
  const { plan } = asked;
  if (table !== undefined && !isMatrix(plan))
    return refuse('--table is about recipes and fencing schemes alone: give --matrix fencing');
  const cells = inShard(plan.cells, plan.shard, weightOf);
  if (flags.dryRun === true) {
    process.stdout.write(`${dryRun(plan, cells, atOnce)}\n`);
    return EXIT.asExpected;
  }
  return carryOut({ ...asked, cells, flags, parallel: atOnce, output });
}

interface Asked {
  plan: CampaignPlan;
  lines: RunLine[];
  /** Of a campaign that goes on; a new one gets its own. */
  folder?: string;
}

async function fromDefinition(
  called: Command,
  file: string | undefined,
): Promise<({ kind: 'campaign' } & Asked) | { kind: 'invalid'; message: string }> {
  const request = await campaignRequest(called, file);
  return request.kind === 'invalid' ? request : { kind: 'campaign', plan: request.plan, lines: [] };
}

interface CarryOut extends Asked {
  cells: readonly Cell[];
  flags: CampaignFlags;
  parallel: number;
  output: string;
}

async function carryOut({ plan, lines, cells, flags, parallel, output, ...asked }: CarryOut): Promise<ExitCode> {
  const session = startSession();
  const { screen, interrupts } = session;
  const { subnet, table } = flags;
  const clusters = createClusterPool({ keep: parallel });
  try {
    const machine = await fitCampaign(cells, screen.say);
    if (machine.kind === 'refused') {
      process.stderr.write(`leasebreaker: ${machine.message}\n`);
      return EXIT.environment;
    }
    const folder = asked.folder ?? (await newCampaign(output, plan));
    await own(folder);
    screen.say(`seed ${plan.seed}; again: ${plan.command}`);
    for (const { id, why } of plan.skipped) screen.say(`left out, since it cannot be: ${id}: ${why}`);
    const ending = await runCampaign({
      plan,
      cells,
      lines,
      folder,
      parallel,
      output,
      ...(subnet === undefined ? {} : { subnet }),
      edn: flags.edn === true,
      fit: machine.fit,
      clusters,
      interrupts,
      screen,
    });
    await clusters.close();
    const { code, campaign, report } = await finishCampaign({ folder, plan, lines, ending, screen });
    const text = isMatrix(plan)
      ? await writeMatrix({ plan, folder, lines, output, ...(table === undefined ? {} : { table }) })
      : campaignText(campaign, { color: useColor(process.stdout, process.env) });
    // A shard has no ledger to itself: what all of them found is written when they are merged.
    const isLedgerDue = plan.shard === null && ending !== 'interrupted';
    const unwritten = isLedgerDue ? await tellLedger({ folder, plan, lines, say: screen.say }) : undefined;
    const goesOn = `To go on: npx leasebreaker campaign --resume ${forShell(folder)}`;
    process.stdout.write(`\n${text}\n\nreport: ${report}\n`);
    process.stdout.write(`${campaign.complete ? '' : `${goesOn}\n`}seed ${plan.seed}; again: ${plan.command}\n`);
    if (unwritten === undefined) return code;
    process.stderr.write(`leasebreaker: ${unwritten}\n`);
    return worst([code, EXIT.environment]);
  } catch (error) {
    if (!cannotWrite(error)) throw error;
    const message = `the campaign's results could not be written: ${(error as Error).message}`;
    process.stderr.write(`leasebreaker: ${withMending(message, ROOM)}\n`);
    return EXIT.environment;
  } finally {
    await clusters.close();
    interrupts.dispose();
  }
}

async function newCampaign(output: string, plan: CampaignPlan): Promise<string> {
  const folder = await createFolder(output, `${timeStamp(new Date(plan.date))}-campaign-${plan.name}`);
  await writeJson(join(folder, CAMPAIGN_FILES.plan), plan);
  return folder;
}

/** What would be done: a line for each run, and how long it should take. */
function dryRun(plan: CampaignPlan, cells: readonly Cell[], parallel: number): string {
  const lines = cells.flatMap((cell) => {
    const { source, planned } = cell;
    return Array.from({ length: planned ?? 1 }, (_, n) => {
      const made = source.kind === 'stored' ? source : makePlan(optionsOf(source, seedOf(plan.seed, n)));
      if (made.kind === 'invalid') return `${cell.id}, run ${n}: ${made.message}`;
      return `${cell.id}, run ${n}: seed ${made.plan.seed}, plan ${planHash(made.plan)}`;
    });
  });
  const seconds = estimateSeconds(cells, clusterOf, parallel);
  const shard = plan.shard === null ? '' : `, shard ${plan.shard.index}/${plan.shard.of}`;
  const time = seconds === null ? 'until its budget ends' : `about ${timeText(seconds)} with --parallel ${parallel}`;
  return [
    ...lines,
    ...plan.skipped.map(({ id, why }) => `left out, since it cannot be: ${id}: ${why}`),
    `${plan.name}${shard}: ${plural(cells.length, 'cell')}, ${plural(lines.length, 'run')}, ${time}`,
  ].join('\n');
}

function refuse(message: string): ExitCode {
  process.stderr.write(`leasebreaker: ${message}\n`);
  return EXIT.badArguments;
}
