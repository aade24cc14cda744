/** The parts of the page of a campaign: findings, the states reached, the curve, cells and runs. */
import { type Axis, commonText, varying } from './campaign-axes.js';
import { axisClass } from './campaign-style.js';
import type { CampaignCell, CampaignJson, CampaignRun } from './campaign.js';
import { foundText, spreadText, ttlText } from './campaign-text.js';
import { colourChip } from './colour-chip.js';
import { COLOUR_MEANINGS, COLOURS } from './colour-names.js';
import { binText, curveSvg } from './curve-svg.js';
import { count, plural } from './format.js';
import { outcomeChip } from './html.js';
import { html, type Markup, trusted } from './markup.js';
import { rateText } from './pairs.js';
import { STATE_TITLES } from './reached-states.js';

/** Reasons, and links, that are told of one cell. */
const MAX_TOLD = 6;

/** A folder's name may hold anything; each part of it is one part of the address, and no part is a scheme. */
export function reportHref(path: string): string {
  return `./${[...path.split('/'), 'report.html'].map(encodeURIComponent).join('/')}`;
}

/** Cells that are not green, the worst first, each with its reasons and the runs to look at. */
export function findingsHtml({ cells, runs, failed }: CampaignJson): Markup {
  const found = cells
    .filter(({ colour }) => colour !== 'green')
    .sort((a, b) => COLOURS.indexOf(a.colour) - COLOURS.indexOf(b.colour));
  if (found.length === 0) return html`<p>Every cell came out as expected.</p>`;
  return html`<ul class="found">${found.map((cell) => {
    const own = runs.filter((run) => run.cell === cell.id && run.colour !== 'green');
    const fell = failed.filter((run) => run.cell === cell.id);
    const told = [
      ...cell.why,
      ...fell.map(({ n, message }) => `run ${n} did not come about: ${message.split('\n')[0] ?? ''}`),
    ];
    return html`<li>${colourChip(cell.colour)} <strong>${cell.id}</strong> <span class="soft">${COLOUR_MEANINGS[cell.colour]}${cell.expect === '' ? '' : `; expected: ${cell.expect}`}</span>
<ul>${cut(told).map((why) => html`<li>${why}</li>`)}</ul>${own.length === 0 ? undefined : html`<p>${own.slice(0, MAX_TOLD).map((run, at) => html`${at === 0 ? 'Look at ' : ', '}${runLink(run)}`)}${own.length > MAX_TOLD ? ` and ${count(own.length - MAX_TOLD)} more in the table of runs` : ''}.</p>`}</li>`;
  })}</ul>`;
}

function cut(lines: readonly string[]): string[] {
  const left = lines.length - MAX_TOLD;
  return left > 0 ? [...lines.slice(0, MAX_TOLD), `and ${count(left)} more`] : [...lines];
}

function runLink({ path, n }: CampaignRun): Markup {
  return html`<a class="whole" href="${reportHref(path)}">run ${n}</a>`;
}

export function coverageHtml({ coverage, runs }: CampaignJson): Markup {
  const rows = coverage.map(({ state, count: n, runs: reached, wanted }) => {
    const word = n > 0 ? outcomeChip('clean', 'yes') : wanted ? outcomeChip('unknown', 'never') : undefined;
    return html`<tr><th scope="row">${STATE_TITLES[state]}</th><td class="number">${count(n)}</td><td class="number">${count(reached)}</td><td>${word ?? html`<span class="soft">no</span>`}</td><td>${wanted ? 'yes' : ''}</td></tr>`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of states"><table class="narrow"><thead><tr><th scope="col">State</th><th scope="col" class="number">How often</th><th scope="col" class="number">In how many of ${plural(runs.length, 'run')}</th><th scope="col">Reached</th><th scope="col">Needed</th></tr></thead><tbody>${rows}</tbody></table></div>
<p class="soft">States that a test of a lock is about, as far as the records prove them. Without one that is needed the campaign is unknown: it has not tried what it is for. A refused late write counts like an accepted one.</p>`;
}

/** Nothing, where no holder was stopped. */
export function curveHtml({ curve }: CampaignJson): Markup | undefined {
  if (curve.length === 0) return undefined;
  const rows = curve.map((point) => {
    const { stops, stale, low, high } = point;
    return html`<tr><th scope="row">${binText(point)}</th><td class="number">${count(stops)}</td><td class="number">${rateText({ hits: stale, of: stops, low, high })}</td></tr>`;
  });
  return html`<section aria-labelledby="curve"><h2 id="curve">Late writes by the length of the stop</h2>
<div class="scroll" role="region" tabindex="0" aria-label="Picture: late writes by the length of the stop">${trusted(curveSvg(curve))}</div>
<p class="soft">Of all stops of a client that held the lock (pause, freeze, stall), those after which a write of that hold came to the storage though a newer holder was there: accepted, or refused by the fence. Lines: 95 % intervals by Wilson.</p>
<details><summary>The same as a table</summary><table class="narrow"><thead><tr><th scope="col">Length in TTLs</th><th scope="col" class="number">Stops</th><th scope="col" class="number">With a late write</th></tr></thead><tbody>${rows}</tbody></table></details></section>`;
}

/** What can be chosen to be shown alone, of the tables below it. */
export function filterHtml(cells: readonly CampaignCell[]): Markup {
  const colours = COLOURS.filter((colour) => cells.some((cell) => cell.colour === colour));
  const axes = varying(cells).map(({ name, values }, axis) =>
    select(
      name,
      values.map((value, at) => ({ of: `only-${axisClass(axis, at)}`, text: value === '' ? 'none' : value })),
    ),
  );
  const byColour = select(
    'colour',
    colours.map((colour) => ({ of: `only-${colour}`, text: colour })),
  );
  return html`<fieldset class="filter"><legend>Show only</legend>${byColour}${axes}</fieldset>`;
}

function select(name: string, options: readonly { of: string; text: string }[]): Markup {
  return html`<label>${name} <select autocomplete="off"><option selected>all</option>${options.map(({ of, text }) => html`<option class="${of}">${text}</option>`)}</select></label>`;
}

/** Classes by which the filter knows the row. */
function rowClasses(cell: CampaignCell | undefined, colour: string, axes: readonly Axis[]): string {
  const places = axes.map(({ name, values }, axis) => axisClass(axis, values.indexOf(cell?.axes[name] ?? '')));
  return ['row', `is-${colour}`, ...places].join(' ');
}

const axisCells = ({ axes: own, id }: Pick<CampaignCell, 'axes' | 'id'>, axes: readonly Axis[]): Markup[] =>
  axes.length === 0
    ? [html`<th scope="row">${id}</th>`]
    : axes.map(({ name }, at) =>
        at === 0 ? html`<th scope="row">${own[name] ?? ''}</th>` : html`<td>${own[name] ?? ''}</td>`,
      );

const axisHeads = (axes: readonly Axis[]): Markup[] =>
  (axes.length === 0 ? ['cell'] : axes.map(({ name }) => name)).map((name) => html`<th scope="col">${name}</th>`);

const NUMBERS = [
  'Runs',
  'Runs with harm',
  'Stops with a late write',
  'First harm: median / p90',
  'TTL',
  'Stops: median / p90',
  'Hand-overs under a fault',
  'Holds',
] as const;

export function cellsHtml({ cells }: CampaignJson): Markup {
  const axes = varying(cells);
  const rows = cells.map((cell) => {
    const { colour, expect, planned, statistics: each } = cell;
    const numbers = [
      each.runs === planned ? count(planned) : `${count(each.runs)} of ${count(planned)}`,
      rateText(each.harmed),
      rateText(each.staleStops),
      spreadText(each.firstViolationMs),
      ttlText(each),
      spreadText(each.stopMs),
      count(each.handOversUnderFault),
      count(each.holds),
    ];
    return html`<tr class="${rowClasses(cell, colour, axes)}">${axisCells(cell, axes)}<td>${colourChip(colour)}</td><td>${expect}</td>${numbers.map((value) => html`<td class="number">${unbroken(value)}</td>`)}<td class="found">${foundText(each)}</td></tr>`;
  });
  const common = commonText(cells);
  return html`${common === '' ? undefined : html`<p>All of them: ${common}.</p>`}
<div class="scroll" role="region" tabindex="0" aria-label="Table of cells"><table class="wide"><thead><tr>${axisHeads(axes)}<th scope="col">Colour</th><th scope="col">Expected</th>${NUMBERS.map((name) => html`<th scope="col" class="number">${name}</th>`)}<th scope="col">Found</th></tr></thead><tbody>${rows}</tbody></table></div>
<p class="soft">Runs with harm: those whose data came to harm, of those of which that is known. First harm: from the beginning of the traffic, over the runs that had one. In brackets: 95 % interval by Wilson.</p>`;
}

/** Lines are broken before an interval and between two times, and nowhere else. */
function unbroken(text: string): Markup {
  const parts = text.split(/(?<=\/) | (?=\()/);
  return html`${parts.map((part, at) => html`${at === 0 ? '' : ' '}<span class="whole">${part}</span>`)}`;
}

/** A run a row; those that did not come about, too. */
export function runsHtml({ cells, runs, failed }: CampaignJson): Markup {
  const axes = varying(cells);
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const lines = runs.map((run) => {
    const cell = byId.get(run.cell);
    const { counts, settings, seed, verdict, exclusion, statistics, attempt } = run;
    const numbers = [
      counts['stale-write'] + counts['late-write'],
      counts['lost-update'],
      statistics?.handOversUnderFault ?? 0,
      statistics?.stops.length ?? 0,
    ];
    return html`<tr class="${rowClasses(cell, run.colour, axes)}">${axisCells({ id: run.cell, axes: cell?.axes ?? {} }, axes)}<td>${runLink(run)}${again(attempt)}</td><td>${colourChip(run.colour)}</td><td class="number">${seed}</td><td class="number">${settings.ttlMs / 1000} s</td><td>${outcomeChip(verdict)}</td><td>${outcomeChip(exclusion)}</td>${numbers.map((n) => html`<td class="number">${count(n)}</td>`)}</tr>`;
  });
  const missing = failed.map(({ cell: id, n, attempt, exitCode, message }) => {
    const cell = byId.get(id);
    const colour = exitCode === 3 ? 'environment' : 'harness';
    return html`<tr class="${rowClasses(cell, colour, axes)}">${axisCells({ id, axes: cell?.axes ?? {} }, axes)}<td>run ${n}${again(attempt)}</td><td>${colourChip(colour)}</td><td colspan="8">${message.split('\n')[0] ?? ''}</td></tr>`;
  });
  const numbers = ['Stale and late writes', 'Lost updates', 'Hand-overs under a fault', 'Stops of holders'];
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of runs"><table class="wide"><thead><tr>${axisHeads(axes)}<th scope="col">Run</th><th scope="col">Colour</th><th scope="col" class="number">Seed</th><th scope="col" class="number">TTL</th><th scope="col">The guarded data</th><th scope="col">Mutual exclusion</th>${numbers.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${lines}${missing}</tbody></table></div>`;
}

const again = (attempt: 1 | 2): string => (attempt === 2 ? ', second attempt' : '');
