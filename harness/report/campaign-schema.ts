/** The shape of `campaign.json`; docs/campaign.schema.json is this schema as JSON Schema. */
import { z } from 'zod';
import { COLOURS } from './colour-names.js';
import { pairSchema, rateSchema } from './pairs.js';
import { STATES } from './reached-states.js';
import { verdictSchema } from './verdict-schema.js';

/** 3: cells with their statistics, coverage, the curve of stale writes. */
export const CAMPAIGN_VERSION = 3;

const count = z.number().int().min(0);
const colour = z.enum(COLOURS);
const share = z.number().min(0).max(1);

/** What a campaign keeps of a run: without its violations, and without what its checkers measured over time. */
export const runFiguresSchema = verdictSchema
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
    statistics: true,
  })
  .extend({
    checkers: z.array(verdictSchema.shape.checkers.element.omit({ series: true })),
    path: z.string().describe("The run's folder, as seen from this file."),
  });

export const runPlaceSchema = z.object({
  cell: z.string().describe('Id of its cell.'),
  n: count.describe('Which of the runs of its cell, from 0; runs of the same number have the same seed in every cell.'),
  attempt: z
    .union([z.literal(1), z.literal(2)])
    .describe('2: once more, because the environment had failed the first time.'),
});

export const campaignRunSchema = runFiguresSchema.extend({ ...runPlaceSchema.shape, colour });

export const failedRunSchema = runPlaceSchema.extend({
  exitCode: z.number().int(),
  message: z.string(),
});

/** What a campaign says of a cell before its runs are counted. */
export const campaignCellSchema = z.object({
  id: z.string().describe('Unique in the campaign, and the same in every shard and every night.'),
  axes: z.record(z.string(), z.string()).describe('What tells it from other cells: options by name.'),
  expect: z.string().describe('What is expected of its runs, in words; empty: nothing.'),
  planned: count.describe('Runs, without repetitions.'),
  colour,
  why: z.array(z.string()).describe('What the colour rests on, one sentence fragment each.'),
});

const spread = z
  .object({ of: count, median: z.number(), p90: z.number(), max: z.number() })
  .nullable()
  .describe('In ms, over `of` values; null: there are none.');

export const cellStatisticsSchema = z.object({
  runs: count.describe('Runs that ended in a verdict.'),
  unknown: count.describe('Of them, those of which it is not known whether the data came to harm.'),
  holds: count,
  handOvers: count,
  handOversUnderFault: count.describe("The next holder was told while a fault lay on the former one's client."),
  violations: z.record(z.string(), count).describe('By kind, true numbers; without kinds that did not occur.'),
  harmed: rateSchema.describe('Runs whose data came to harm, of those of which that is known.'),
  staleStops: rateSchema.describe(
    "Stops of a holder after which a write came that was no longer the holder's to make, of all stops of holders.",
  ),
  firstViolationMs: spread.describe(
    'From the beginning of the traffic to the first violation that befell the data, over the runs that had one, in ms; null: none had.',
  ),
  ttlMs: z.object({ min: z.number(), max: z.number() }).nullable().describe('TTLs asked for; null: no run.'),
  stopMs: spread.describe('Lengths of the stops of holders, in ms; null: there were none.'),
});

export const coverageSchema = z.object({
  state: z.enum(STATES),
  count: count.describe('How often, in all runs.'),
  runs: count.describe('Runs that reached it.'),
  wanted: z.boolean().describe('Whether the campaign is unknown without it.'),
});

export const curveSchema = z.object({
  from: z.number().min(0).describe('Length of the stop in TTLs, this and longer.'),
  to: z.number().nullable().describe('Shorter than this; null: any length.'),
  stops: count.describe('Stops of holders of that length.'),
  stale: count.describe("Of them, those after which a write came that was no longer the holder's to make."),
  low: share.describe('95 % score interval by Wilson.'),
  high: share,
});

export const campaignSchema = z.object({
  schemaVersion: z.literal(CAMPAIGN_VERSION),
  name: z.string(),
  date: z.iso.datetime(),
  command: z.string().describe('The command line that carries the campaign out again.'),
  versions: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
  met: z.boolean().describe('Whether everything was as expected, of each run and of all together.'),
  unmet: z.array(z.string()),
  exitCode: z.number().int().describe('The worst of the cells: 130 > 70 > 64 > 3 > 1 > 2 > 0.'),
  seed: z.number().int().nullable().describe('Of the campaign; null: it is made of runs that were put together later.'),
  shard: z
    .object({ index: z.number().int().min(1), of: z.number().int().min(1) })
    .nullable()
    .describe('Which part of the campaign this is; null: all of it.'),
  complete: z.boolean().describe('Whether every planned run of this part took place.'),
  cells: z.array(campaignCellSchema.extend({ statistics: cellStatisticsSchema })),
  coverage: z.array(coverageSchema).describe('The interesting states, and how often they were reached.'),
  curve: z
    .array(curveSchema)
    .describe('How often a stop of the lock holder led to a stale write, by its length; without empty bins.'),
  pairs: z.array(pairSchema).describe('The runs by recipe and fencing scheme.'),
  runs: z.array(campaignRunSchema),
  failed: z.array(failedRunSchema).describe('Runs that did not come about.'),
});
