/**
 * Runs by recipe and fencing scheme: how many of a pair's runs came to harm, out of how many of which that is known, and how large a
 * share of the requests that the storage accepted was stale, each with its 95 % interval. Pure.
 *
 * Runs of one pair are taken for tries of one experiment. They are as far as they differ in their seeds alone: which recipes, storages and
 * faults were put together is for the reader to know. The requests of a run are not independent of each other (one pause
 * makes several stale), so that their interval is narrower than the truth.
 */
import { z } from 'zod';
import { FENCING } from '../history/decision.js';
import { count } from './format.js';
import { html, type Markup } from './markup.js';
import type { VerdictJson } from './verdict-schema.js';
import { wilson } from './wilson.js';

const number = z.number().int().min(0);
export const rateSchema = z
  .object({ hits: number, of: number, low: z.number(), high: z.number() })
  .nullable()
  .describe('With its 95 % score interval by Wilson, as shares of 1; null: nothing to take a share of.');

export const pairSchema = z.object({
  recipe: z.string(),
  fencing: z.enum(FENCING),
  runs: number,
  unknown: number.describe('Runs of which it is not known whether the data came to harm.'),
  harmed: rateSchema.describe('Runs whose data came to harm, of those of which that is known.'),
  stale: rateSchema.describe('Stale and late writes, of the requests that the storage accepted.'),
  lost: number.describe('Lost updates.'),
  overlaps: number.describe('Overlapping sections.'),
  refused: number.describe('Requests that the storage refused for their token.'),
  holds: number,
});
export type Pair = z.infer<typeof pairSchema>;

/** What of a run is counted. */
export type Measured = Pick<VerdictJson, 'settings' | 'verdict' | 'counts' | 'refused' | 'checkers'>;

/** In the order of the recipes' first runs, and of the schemes. */
export function pairsOf(runs: readonly Measured[]): Pair[] {
  const recipes = [...new Set(runs.map(({ settings }) => settings.recipe))];
  return recipes.flatMap((recipe) =>
    FENCING.flatMap((fencing) => {
      const own = runs.filter(({ settings }) => settings.recipe === recipe && settings.fencing === fencing);
      return own.length === 0 ? [] : [pairOf(recipe, fencing, own)];
    }),
  );
}

function pairOf(recipe: string, fencing: Pair['fencing'], runs: readonly Measured[]): Pair {
  const sum = (of: (run: Measured) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const unknown = runs.filter(({ verdict }) => verdict === 'unknown').length;
  const violated = runs.filter(({ verdict }) => verdict === 'violated').length;
  return {
    recipe,
    fencing,
    runs: runs.length,
    unknown,
    harmed: rate(violated, runs.length - unknown),
    stale: rate(sum(staleOf), sum(acceptedOf)),
    lost: sum(({ counts }) => counts['lost-update']),
    overlaps: sum(({ counts }) => counts['overlapping-sections']),
    refused: sum(({ refused }) => refused.reads + refused.writes),
    holds: sum((run) => figure(run, 'holds')),
  };
}

/** Stale and late writes. */
export const staleOf = ({ counts }: Pick<Measured, 'counts'>): number => counts['stale-write'] + counts['late-write'];

/** Requests that the storage accepted, as far as a checker counted them. */
export const acceptedOf = (run: Pick<Measured, 'checkers'>): number => figure(run, 'acceptedDecisions');

function figure({ checkers }: Pick<Measured, 'checkers'>, name: string): number {
  return checkers.find(({ figures }) => figures[name] !== undefined)?.figures[name] ?? 0;
}

export function rate(hits: number, of: number): Pair['harmed'] {
  const interval = wilson(hits, of);
  return interval === undefined ? null : { hits, of, ...interval };
}

/** `3 of 4 (30–95 %)`. */
export function rateText(found: Pair['harmed']): string {
  if (found === null) return '–';
  const { hits, of, low, high } = found;
  return `${count(hits)} of ${count(of)} (${percent(low)}–${percent(high)} %)`;
}

/** As many digits as a small share needs. */
function percent(share: number): string {
  const value = 100 * share;
  if (value === 0 || value >= 10) return value.toFixed(0);
  return value >= 0.1 ? value.toFixed(1) : value.toPrecision(1);
}

export const PAIRS_MEANING =
  'In brackets: 95 % confidence interval by Wilson. It takes runs, and requests, for independent tries: several stale requests often go back to one fault, so that the truth about requests is less certain than it says.';

/** The table, with what its numbers mean. */
export function pairsHtml(pairs: readonly Pair[]): Markup {
  const head = ['Runs', 'Not known', 'Runs with harm', 'Stale of accepted requests', 'Lost updates', 'Refused'];
  const rows = pairs.map((pair) => {
    const { recipe, fencing, runs, unknown, harmed, stale, lost, refused, overlaps, holds } = pair;
    const cells = [count(runs), count(unknown), rateText(harmed), rateText(stale), count(lost), count(refused)];
    return html`<tr><th scope="row">${recipe}</th><td>${fencing}</td>${[...cells, count(overlaps), count(holds)].map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of recipes and fencing schemes"><table><thead><tr><th scope="col">Recipe</th><th scope="col">Fencing</th>${[...head, 'Overlapping sections', 'Holds'].map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
<p class="soft">${PAIRS_MEANING}</p>`;
}
