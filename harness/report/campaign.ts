/**
 * `campaign.json`: what several runs found, cell by cell, and whether that is what was expected of them together. The shape
 * (campaign-schema.ts) is versioned like verdict.json's.
 */
import { z } from 'zod';
import {
  CAMPAIGN_VERSION,
  type campaignCellSchema,
  type campaignRunSchema,
  campaignSchema,
  type failedRunSchema,
  runFiguresSchema,
  type runPlaceSchema,
} from './campaign-schema.js';
import { cellStatistics, coverageOf, curveOf } from './campaign-statistics.js';
import { COLOURS, type Colour } from './colour-names.js';
import { pairsOf } from './pairs.js';
import type { State } from './reached-states.js';
import { evidenceWord, type Row, rowsOf } from './rows.js';
import type { VerdictJson } from './verdict-schema.js';

export type CampaignJson = z.infer<typeof campaignSchema>;
export type RunFigures = z.infer<typeof runFiguresSchema>;
export type RunPlace = z.infer<typeof runPlaceSchema>;
export type CampaignRun = z.infer<typeof campaignRunSchema>;
export type CampaignCell = z.infer<typeof campaignCellSchema>;
export type FailedRun = z.infer<typeof failedRunSchema>;

/** `path`: the run's folder, relative to where the campaign's files are written, with forward slashes. */
export interface PlacedVerdict {
  verdict: VerdictJson;
  path: string;
}

/** What a campaign keeps of a verdict. */
export function runFigures({ verdict, path }: PlacedVerdict): RunFigures {
  return runFiguresSchema.parse({ ...verdict, path });
}

export interface CampaignReport {
  meta: Pick<CampaignJson, 'name' | 'date' | 'command' | 'versions' | 'environment' | 'met' | 'unmet' | 'exitCode'>;
  cells: readonly CampaignCell[];
  /** Both attempts where there are two. */
  runs: readonly CampaignRun[];
  failed: readonly FailedRun[];
  seed: number | null;
  shard: CampaignJson['shard'];
  complete: boolean;
  /** States without which the campaign is unknown; it is the caller's to say so in `meta` (`missingStates`). */
  wanted: readonly State[];
}

export function toCampaignJson(report: CampaignReport): CampaignJson {
  const { meta, cells, runs, failed, seed, shard, complete, wanted } = report;
  return {
    schemaVersion: CAMPAIGN_VERSION,
    ...meta,
    seed,
    shard,
    complete,
    cells: cells.map((cell) => ({ ...cell, statistics: cellStatistics(runs.filter((run) => run.cell === cell.id)) })),
    coverage: coverageOf(runs, wanted),
    curve: curveOf(runs),
    pairs: pairsOf(runs),
    runs: [...runs],
    failed: [...failed],
  };
}

/** Runs that no campaign planned, for a report of runs that were put together later: a cell for each set of the same settings. */
export function campaignOfRuns(meta: CampaignReport['meta'], given: readonly RunFigures[]): CampaignReport {
  const cells = new Map<string, CampaignCell>();
  const runs = given.map((run): CampaignRun => {
    const { recipe, storage, fencing, workload } = run.settings;
    const axes = { recipe, storage, fencing, workload, faults: run.settings.faultKinds?.join(',') ?? 'none' };
    const id = Object.values(axes).join(' ');
    const known = cells.get(id);
    const colour = runColour(run);
    const place: RunPlace = { cell: id, n: known?.planned ?? 0, attempt: 1 };
    if (known === undefined) cells.set(id, { id, axes, expect: '', planned: 1, colour, why: whyOf(run) });
    else {
      known.planned++;
      known.why.push(...whyOf(run));
      if (COLOURS.indexOf(colour) < COLOURS.indexOf(known.colour)) known.colour = colour;
    }
    return { ...run, ...place, colour };
  });
  return { meta, cells: [...cells.values()], runs, failed: [], seed: null, shard: null, complete: true, wanted: [] };
}

const whyOf = ({ expectation, name }: RunFigures): string[] => expectation.unmet.map((what) => `${name}: ${what}`);

/** Of a run by itself: by its exit code, and, of one that is not as expected, by whether a violation is what is too much or what is missing. */
export function runColour(run: RunFigures): Colour {
  switch (run.exitCode) {
    case 0:
      return 'green';
    case 1:
      return isOnlyMissing(run) ? 'blind' : 'red';
    case 3:
      return 'environment';
    case 64:
    case 70:
      return 'harness';
    default:
      return 'yellow';
  }
}

function isOnlyMissing({ expectation, verdict, exclusion, service, recovery, counts }: RunFigures): boolean {
  const { data, exclusion: overlaps, service: word, kinds = [] } = expectation;
  const parts = [
    [data, verdict],
    [overlaps, exclusion],
    [word, service],
    ['clean', recovery],
  ];
  const isWrong = (wanted: string, found: string): boolean => parts.some(([a, b]) => a === wanted && b === found);
  const isKindMissing = kinds.some((kind) => !((counts as Record<string, number>)[kind] ?? 0));
  return !isWrong('clean', 'violated') && (isWrong('violated', 'clean') || isKindMissing);
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
