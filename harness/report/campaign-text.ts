/** Parts of a campaign in words, for pages and terminals alike. Pure. */
import type { CampaignJson } from './campaign.js';
import type { CellStatistics } from './campaign-statistics.js';
import { COLOURS } from './colour-names.js';
import { answerText } from './expectation-text.js';
import { count, milliseconds, plural } from './format.js';
import { KINDS } from './kinds.js';

/** Reasons that are told at the head of a page, or the end of a text. */
const MAX_REASONS = 5;

/** Whether all came out as expected, and some of the reasons why not. */
export function campaignAnswer({ met, unmet, exitCode }: CampaignJson): ReturnType<typeof answerText> {
  const left = unmet.length - MAX_REASONS;
  const told = left > 0 ? [...unmet.slice(0, MAX_REASONS), `and ${count(left)} more`] : unmet;
  return answerText({ met, unmet: told, exitCode });
}

/** How many cells have which colour, the worst first. */
export function tally(cells: CampaignJson['cells']): { colour: (typeof COLOURS)[number]; cells: number }[] {
  return COLOURS.map((colour) => ({ colour, cells: cells.filter((cell) => cell.colour === colour).length })).filter(
    (each) => each.cells > 0,
  );
}

/** What is to be known before the numbers: that it is a part, that runs are missing or were carried out twice; a sentence each. */
export function campaignRemarks({ shard, complete, cells, runs, failed }: CampaignJson): string[] {
  const planned = cells.reduce((sum, cell) => sum + cell.planned, 0);
  const took = new Set(runs.map(({ cell, n }) => `${cell} ${n}`)).size;
  const again = [...runs, ...failed].filter(({ attempt }) => attempt === 2).length;
  return [
    ...(shard === null ? [] : [`This is part ${shard.index} of ${shard.of} of the campaign.`]),
    ...(complete
      ? []
      : [`The campaign is not complete: ${count(took)} of ${plural(planned, 'planned run')} took place.`]),
    ...(again === 0
      ? []
      : [
          `${plural(again, 'run was', 'runs were')} carried out once more, because the environment had failed the first time.`,
        ]),
  ];
}

/** `1.2 s / 3.4 s`: median and 90th percentile. */
export function spreadText(spread: CellStatistics['stopMs']): string {
  if (spread === null) return '–';
  return `${milliseconds(Math.round(spread.median))} / ${milliseconds(Math.round(spread.p90))}`;
}

export function ttlText({ ttlMs }: CellStatistics): string {
  if (ttlMs === null) return '–';
  const { min, max } = ttlMs;
  return min === max ? milliseconds(min) : `${milliseconds(min)} to ${milliseconds(max)}`;
}

/** `stale writes: 37, lost updates: 12`. */
export function foundText({ violations }: CellStatistics): string {
  const parts = KINDS.flatMap(({ kind, title }) => {
    const n = violations[kind] ?? 0;
    return n === 0 ? [] : [`${title.toLowerCase()}: ${count(n)}`];
  });
  return parts.join(', ') || 'nothing';
}
