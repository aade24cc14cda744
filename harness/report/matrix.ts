/**
 * A matrix: recipe by fencing scheme, each pair measured in a run of its own under the same faults. What was found of each, as data, as
 * Markdown for documents and as a page. Pure.
 */
import { z } from 'zod';
import { FENCING } from '../history/decision.js';
import { count } from './format.js';
import { outcomeChip, page } from './html.js';
import { html, type Markup } from './markup.js';
import { acceptedOf, PAIRS_MEANING, rateText, staleOf } from './pairs.js';
import type { RunFigures } from './campaign.js';
import { wilson } from './wilson.js';

const outcome = z.enum(['clean', 'violated', 'unknown']);
const number = z.number().int().min(0);

export const matrixSchema = z.object({
  schemaVersion: z.literal(1),
  date: z.iso.datetime(),
  command: z.string().describe('The command line that measures it again.'),
  versions: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
  cells: z.array(
    z.object({
      recipe: z.string(),
      fencing: z.enum(FENCING),
      seed: z.number().int(),
      data: outcome.describe('Did the storage keep what the lock was to guard?'),
      exclusion: outcome.describe('Did two sections overlap?'),
      harmful: number.describe(
        'Stale writes that were accepted, and updates that were lost; one lost to a stale write counts as both.',
      ),
      overlaps: number,
      refused: number.describe('Requests that the storage refused for their token.'),
      ownersRefused: number.describe(
        'Those of them whose client had the lock: what a scheme costs that is too strict.',
      ),
      holds: number,
      stale: number.optional().describe('Stale and late writes.'),
      accepted: number.optional().describe('Requests that the storage accepted.'),
      doubts: z.array(z.string()),
      path: z.string().optional().describe("The run's folder, as seen from this file; missing: it did not run."),
    }),
  ),
});
export type Matrix = z.infer<typeof matrixSchema>;
export type MatrixCell = Matrix['cells'][number];

/** Of a verdict, what a cell is made of. */
type Measured = Pick<
  RunFigures,
  'checkers' | 'counts' | 'refused' | 'settings' | 'seed' | 'verdict' | 'exclusion' | 'doubts'
>;

/** What a run came to, as a cell. */
export function matrixCell(verdict: Measured, path: string): MatrixCell {
  const figures = Object.assign({}, ...verdict.checkers.map((each) => each.figures)) as Record<string, number>;
  const { counts, refused, settings } = verdict;
  return {
    recipe: settings.recipe,
    fencing: settings.fencing,
    seed: verdict.seed,
    data: verdict.verdict,
    exclusion: verdict.exclusion,
    harmful: counts['stale-write'] + counts['lost-update'],
    overlaps: counts['overlapping-sections'],
    refused: refused.reads + refused.writes,
    ownersRefused: counts['refused-owner'],
    holds: figures['holds'] ?? 0,
    stale: staleOf(verdict),
    accepted: acceptedOf(verdict),
    doubts: verdict.doubts.map(({ doubt }) => doubt),
    path,
  };
}

/** A pair that did not run. */
export function emptyCell(recipe: string, fencing: MatrixCell['fencing'], seed: number, why: string): MatrixCell {
  const none = { harmful: 0, overlaps: 0, refused: 0, ownersRefused: 0, holds: 0 };
  return { recipe, fencing, seed, data: 'unknown', exclusion: 'unknown', ...none, doubts: [why] };
}

/** The schema as JSON Schema, as docs/matrix.schema.json holds it. */
export function matrixJsonSchema(): Record<string, unknown> {
  return { title: 'leasebreaker matrix.json', ...z.toJSONSchema(matrixSchema, { io: 'input' }) };
}

interface Row {
  recipe: string;
  cells: (MatrixCell | undefined)[];
}

function rowsOf({ cells }: Matrix): { schemes: MatrixCell['fencing'][]; rows: Row[] } {
  const schemes = FENCING.filter((scheme) => cells.some(({ fencing }) => fencing === scheme));
  const recipes = [...new Set(cells.map(({ recipe }) => recipe))];
  const find = (recipe: string, scheme: string) =>
    cells.find((cell) => cell.recipe === recipe && cell.fencing === scheme);
  return { schemes, rows: recipes.map((recipe) => ({ recipe, cells: schemes.map((scheme) => find(recipe, scheme)) })) };
}

const WORDS: Record<MatrixCell['data'], string> = { clean: 'safe', violated: 'UNSAFE', unknown: 'unknown' };

function cellText(cell: MatrixCell): string {
  const detail = detailOf(cell);
  return `${WORDS[cell.data]}${detail === '' ? '' : ` (${detail})`}`;
}

/** A violation without harm is of sections whose operations came in turns: the reads of a former holder, as a rule. */
function detailOf({ data, harmful, refused, ownersRefused }: MatrixCell): string {
  const harm = data !== 'violated' ? [] : [harmful === 0 ? 'in turns' : count(harmful)];
  const kept = data === 'violated' || refused === 0 ? [] : [`${count(refused)} refused`];
  const strict = ownersRefused === 0 ? [] : [`${count(ownersRefused)} of owners`];
  return [...harm, ...kept, ...strict].join(', ');
}

/** The table, with what its words mean and how it was measured; ends with a newline. */
export function matrixMarkdown(matrix: Matrix): string {
  const { schemes, rows } = rowsOf(matrix);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const versions = Object.entries(matrix.versions).map(([name, version]) => `${name} ${version}`);
  const seeds = [...new Set(matrix.cells.map(({ seed }) => seed))];
  const doubts = matrix.cells.filter(({ data, doubts }) => data === 'unknown' && doubts.length > 0);
  return [
    line(['recipe', ...schemes, 'sections overlapped']),
    line(['---', ...schemes.map(() => '---'), '---']),
    ...rows.map(({ recipe, cells }) =>
      line([`\`${recipe}\``, ...cells.map((cell) => (cell === undefined ? '–' : cellText(cell))), overlapText(cells)]),
    ),
    '',
    'UNSAFE (n): n stale writes that the storage accepted, and updates that were lost, each proven in the report of its run.',
    'UNSAFE (in turns): none of these, but operations of two sections in turns, such as the read of a former holder between two of the next.',
    'safe: no harm to the data was found in a run with enough evidence; (n refused): requests that the scheme kept out; (n of owners): refused although their',
    'client had the lock. Sections overlap whatever the scheme is: the last column counts them over the runs of the row.',
    '',
    `Measured ${matrix.date.slice(0, 10)}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}; ${versions.join(', ')}. Again: \`${matrix.command}\`.`,
    ...(doubts.length === 0 ? [] : ['', ...doubtLines(doubts)]),
    '',
  ].join('\n');
}

const BEGIN = '<!-- matrix: written by leasebreaker campaign --matrix -->';
const END = '<!-- end of matrix -->';

/** A Markdown document with the table put between its two marks; behind its text where it has none, as a new one where it is empty. */
export function withTable(document: string, matrix: Matrix): string {
  const table = `${BEGIN}\n\n${matrixMarkdown(matrix)}\n${END}\n`;
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin < 0 || end < 0) return `${document === '' ? '# Measured results\n' : document.trimEnd() + '\n'}\n${table}`;
  return document.slice(0, begin) + table + document.slice(end + END.length).replace(/^\n/, '');
}

/** A line for each recipe and reason. */
function doubtLines(cells: readonly MatrixCell[]): string[] {
  const groups = new Map<string, { recipe: string; why: string; schemes: string[] }>();
  for (const { recipe, fencing, doubts } of cells) {
    const why = doubts[0] ?? '';
    const key = `${recipe}: ${why}`;
    const group = groups.get(key) ?? { recipe, why, schemes: [] };
    group.schemes.push(fencing);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ recipe, why, schemes }) => `- \`${recipe}\`, ${schemes.join(', ')}: ${why}`);
}

function overlapText(cells: readonly (MatrixCell | undefined)[]): string {
  return count(cells.reduce((sum, cell) => sum + (cell?.overlaps ?? 0), 0));
}

/** The same as a page, each cell with a link to its run. */
export function matrixHtml(matrix: Matrix): string {
  const { schemes, rows } = rowsOf(matrix);
  const facts = Object.entries({ ...matrix.versions, ...matrix.environment }).map(
    ([name, value]) => `${name} ${value}`,
  );
  const unsafe = matrix.cells.filter(({ data }) => data === 'violated').length;
  return page(
    'recipes and fencing schemes',
    html`<header>
<p class="soft">leasebreaker · matrix fencing · <time datetime="${matrix.date}">${matrix.date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time></p>
<h1>${unsafe} of ${matrix.cells.length} pairs of recipe and fencing scheme let the guarded data come to harm.</h1>
<p>Measure it again: <code>${matrix.command}</code></p>
<p class="soft">${facts.join(' · ')}</p>
</header>
<main>
<section aria-labelledby="pairs"><h2 id="pairs">The pairs</h2>
<div class="scroll" role="region" tabindex="0" aria-label="The pairs"><table><thead><tr><th scope="col">Recipe</th>${schemes.map((scheme) => html`<th scope="col">${scheme}</th>`)}<th scope="col">Sections overlapped</th></tr></thead><tbody>
${rows.map(({ recipe, cells }) => html`<tr><th scope="row">${recipe}</th>${cells.map((cell) => html`<td>${cell === undefined ? '–' : cellHtml(cell)}</td>`)}<td>${overlapText(cells)}</td></tr>`)}
</tbody></table></div>
<p>Violated: the guarded data came to harm. The number counts stale writes that the storage accepted and updates that were lost, and the run's own report proves each; <i>in turns</i>: none of these, but operations of two sections in turns. Clean: no harm to the data was found in a run with enough evidence. <i>Refused</i>: requests that the scheme kept out; <i>of owners</i>: those of them whose client had the lock. Whether sections overlap does not depend on the scheme.</p>
</section>
${rates(schemes, rows)}
</main>
<footer><p>The same as data: <a href="matrix.json">matrix.json</a>; for documents: <a href="matrix.md">matrix.md</a>, for dashboards: <a href="junit.xml">junit.xml</a>.</p></footer>`,
  );
}

/** Stale writes among what the storage accepted: pairs of unlike traffic can be compared by it. */
function rates(schemes: readonly string[], rows: readonly Row[]): Markup | undefined {
  const isCounted = rows.some(({ cells }) => cells.some((cell) => cell?.accepted !== undefined));
  if (!isCounted) return undefined;
  return html`<section aria-labelledby="rates"><h2 id="rates">Stale writes, of the requests that the storage accepted</h2>
<div class="scroll" role="region" tabindex="0" aria-label="Rates"><table><thead><tr><th scope="col">Recipe</th>${schemes.map((scheme) => html`<th scope="col">${scheme}</th>`)}</tr></thead><tbody>
${rows.map(({ recipe, cells }) => html`<tr><th scope="row">${recipe}</th>${cells.map((cell) => html`<td>${rateOf(cell)}</td>`)}</tr>`)}
</tbody></table></div>
<p class="soft">${PAIRS_MEANING}</p>
</section>`;
}

function rateOf(cell: MatrixCell | undefined): string {
  const { stale = 0, accepted = 0 } = cell ?? {};
  const interval = wilson(stale, accepted);
  return rateText(interval === undefined ? null : { hits: stale, of: accepted, ...interval });
}

function cellHtml(cell: MatrixCell): Markup {
  const { data, path, doubts } = cell;
  const chip = html`${outcomeChip(data)} ${detailOf(cell)}`;
  if (path === undefined) return html`<span title="${doubts.join('; ')}">${chip}</span>`;
  const href = `./${[...path.split('/'), 'report.html'].map(encodeURIComponent).join('/')}`;
  return html`<a href="${href}">${chip}</a>`;
}
