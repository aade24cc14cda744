/** A campaign that was never carried out, for the report's tests: cells of all colours, runs that did not come about. */
import { type CampaignCell, type CampaignJson, type CampaignRun, runFigures, toCampaignJson } from '../campaign.js';
import { COLOURS } from '../colour-names.js';
import type { FailedRun } from '../campaign.js';
import type { Stop, VerdictJson } from '../verdict-schema.js';
import { metaOf } from './records.js';

export interface CampaignSize {
  recipes: number;
  /** Runs a cell. */
  runs: number;
}

/** `verdict`: of every run. Two schemes a recipe; the cells' colours take turns. */
export function campaignOf(verdict: VerdictJson, { recipes, runs: n }: CampaignSize): CampaignJson {
  const { date, versions, environment } = metaOf('off');
  const cells: CampaignCell[] = [];
  const runs: CampaignRun[] = [];
  const failed: FailedRun[] = [];
  const figures = runFigures({ verdict, path: '' });
  const stops = [0.5, 0.9, 1.1, 2, 2.5, 7].map(
    (ttls, at): Stop => ({ kind: 'pause', lengthMs: 2000 * ttls, ttlMs: 2000, stale: at > 1 }),
  );
  for (let at = 0; at < 2 * recipes; at++) {
    const axes = { recipe: `recipe-${at >> 1}`, fencing: at % 2 === 0 ? 'off' : 'on', storage: 'http' };
    const colour = COLOURS[at % COLOURS.length] ?? 'green';
    const id = `recipe=${axes.recipe},fencing=${axes.fencing}`;
    const why = colour === 'green' ? [] : [`run 0: <b>${colour}</b>`];
    cells.push({ id, axes, expect: 'data clean', planned: n, colour, why });
    for (let run = 0; run < n; run++) {
      const place = { cell: id, n: run, attempt: 1 } as const;
      if (colour === 'environment') failed.push({ ...place, exitCode: 3, message: 'no engine\nstart it' });
      else {
        const statistics = {
          handOvers: 4,
          handOversUnderFault: 2,
          firstViolationMs: {},
          stops,
          coverage: { 'two-holders': 3 },
        };
        runs.push({ ...figures, ...place, statistics, colour, path: `../run-${at}-${run}` });
      }
    }
  }
  return toCampaignJson({
    meta: {
      ...{ name: 'nightly', date, versions, environment, command: 'npx leasebreaker campaign --matrix nightly' },
      ...{ met: false, exitCode: 70, unmet: cells.flatMap(({ id, why }) => why.map((each) => `${id}: ${each}`)) },
    },
    ...{ cells, runs, failed, seed: 1, shard: { index: 1, of: 2 }, complete: false },
    wanted: ['two-holders', 'leader-change-in-hold'],
  });
}
