/**
 * `campaign.json`: what several runs found, side by side, and whether that is what was expected of them together. The shape
 * is versioned like verdict.json's; docs/campaign.schema.json is the schema as JSON Schema.
 */
import { z } from 'zod';
import { pairSchema, pairsOf } from './pairs.js';
import { evidenceWord, type Row, rowsOf } from './rows.js';
import { type VerdictJson, verdictSchema } from './verdict-schema.js';

export const CAMPAIGN_VERSION = 2;

const runSchema = verdictSchema
  .pick({
    name: true,
    seed: true,
    command: true,
    settings: true,
    summary: true,
    verdict: true,
    exclusion: true,
    assumptions: true,
    service: true,
    liveness: true,
    recovery: true,
    recovered: true,
    expectation: true,
    exitCode: true,
    doubts: true,
    counts: true,
    refused: true,
    operations: true,
    faults: true,
    unexplained: true,
    checkers: true,
  })
  .extend({ path: z.string().describe("The run's folder, as seen from this file.") });

export const campaignSchema = z.object({
  schemaVersion: z.literal(CAMPAIGN_VERSION),
  name: z.string(),
  date: z.iso.datetime(),
  command: z.string().describe('The command line that carries the campaign out again.'),
  versions: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
  met: z.boolean().describe('Whether everything was as expected, of each run and of all together.'),
  unmet: z.array(z.string()),
  exitCode: z.number().int().describe('The worst of the runs: 130 > 70 > 64 > 3 > 1 > 2 > 0.'),
  pairs: z.array(pairSchema).describe('The runs by recipe and fencing scheme.'),
  runs: z.array(runSchema),
});

export type CampaignJson = z.infer<typeof campaignSchema>;

/** A run as a campaign keeps it: without its violations. */
export type CampaignRun = z.infer<typeof runSchema>;

/** `path`: the run's folder, relative to where the campaign's files are written, with forward slashes. */
export interface PlacedVerdict {
  verdict: VerdictJson;
  path: string;
}

export function campaignRun({ verdict, path }: PlacedVerdict): CampaignRun {
  return runSchema.parse({ ...verdict, path });
}

export interface CampaignReport {
  meta: Omit<CampaignJson, 'schemaVersion' | 'runs' | 'pairs'>;
  runs: readonly (PlacedVerdict | CampaignRun)[];
}

export function toCampaignJson({ meta, runs: given }: CampaignReport): CampaignJson {
  const runs = given.map((run) => ('settings' in run ? run : campaignRun(run)));
  return { schemaVersion: CAMPAIGN_VERSION, ...meta, pairs: pairsOf(runs), runs };
}

export function campaignJsonSchema(): Record<string, unknown> {
  return { title: 'leasebreaker campaign.json', ...z.toJSONSchema(campaignSchema, { io: 'input' }) };
}

/** Rows of the table with one value a run. */
export function campaignRows({ runs }: CampaignJson): { name: string; values: string[] }[] {
  const columns = runs.map((run): Row[] => [
    { name: 'Fencing', value: run.settings.fencing },
    { name: 'The guarded data', value: run.verdict },
    { name: 'Mutual exclusion', value: run.exclusion },
    { name: 'The evidence', value: evidenceWord(run.assumptions) },
    { name: 'The word of etcd and the lock', value: run.service },
    { name: 'Liveness', value: run.liveness },
    ...rowsOf(run, runs),
    { name: 'As expected', value: run.expectation.met ? 'yes' : 'no' },
    { name: 'Exit code', value: String(run.exitCode) },
  ]);
  return (columns[0] ?? []).map(({ name }, row) => ({
    name,
    values: columns.map((column) => column[row]?.value ?? ''),
  }));
}
