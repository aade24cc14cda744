/**
 * The report of a campaign as a page. Few runs stand side by side, with what went wrong in one and what fencing prevented in
 * another; of many the findings come first, then what was reached, and then tables that can be filtered.
 */
import { varying } from './campaign-axes.js';
import { campaignStyle } from './campaign-style.js';
import {
  cellsHtml,
  coverageHtml,
  curveHtml,
  filterHtml,
  findingsHtml,
  reportHref,
  runsHtml,
} from './campaign-tables.js';
import { campaignAnswer, campaignRemarks, tally } from './campaign-text.js';
import type { CampaignJson } from './campaign.js';
import { campaignRows } from './campaign.js';
import { colourChip } from './colour-chip.js';
import { count } from './format.js';
import { LEGEND, outcomeChip, page, pictureHtml } from './html.js';
import { html, type Markup } from './markup.js';
import type { PageModel, Picture } from './model.js';
import { pairsHtml } from './pairs.js';

/** What a run has to show beside its numbers. */
export type Shown = Pick<PageModel, 'example' | 'refusal'>;

/** More runs than this stand below each other: a table of so many columns is read by nobody. */
const MAX_COLUMNS = 6;

/** `models` are those of the runs, in the campaign's order; runs of which none is there have nothing to show. */
export function campaignHtml(campaign: CampaignJson, models: readonly (Shown | undefined)[]): string {
  const { name, met, runs, cells } = campaign;
  return page(
    `${name}: ${met ? 'as expected' : 'not as expected'}`,
    html`${header(campaign)}
<main>${runs.length > MAX_COLUMNS ? manyRuns(campaign, models) : fewRuns(campaign, models)}
</main>
<footer><p>The same as data: <a href="campaign.json">campaign.json</a>; for dashboards: <a href="junit.xml">junit.xml</a>.</p></footer>`,
    { style: campaignStyle(varying(cells)) },
  );
}

function header(campaign: CampaignJson): Markup {
  const { name, date, command, runs, cells, versions, environment, seed } = campaign;
  const { sign, text } = campaignAnswer(campaign);
  const few = runs.length > 0 && runs.length <= 2;
  const asExpected = cells.filter(({ colour }) => colour === 'green').length;
  const facts = Object.entries({ ...versions, ...environment }).map(([key, value]) => `${key} ${value}`);
  const remarks = campaignRemarks(campaign);
  return html`<header>
<p class="soft">leasebreaker · campaign ${name}${seed === null ? '' : ` · seed ${seed}`} · <time datetime="${date}">${date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time></p>
<h1>${few ? runs.map(({ summary }) => html`${summary} `) : `${count(asExpected)} of ${count(cells.length)} cells came out as expected, in ${count(runs.length)} runs.`}</h1>
${few ? undefined : html`<ul class="chips">${tally(cells).map((each) => html`<li>${colourChip(each.colour, `: ${count(each.cells)}`)}</li>`)}</ul>`}
<p><strong>${sign} ${text}</strong></p>
${remarks.length === 0 ? undefined : html`<div class="notice">${remarks.map((remark) => html`<p>${remark}</p>`)}</div>`}
<p>Carry it out again: <code>${command}</code></p>
<p class="soft">${facts.join(' · ')}</p>
</header>`;
}

function fewRuns(campaign: CampaignJson, models: readonly (Shown | undefined)[]): Markup {
  const { runs, cells } = campaign;
  const isNoted = cells.some(({ colour }) => colour !== 'green');
  return html`${isNoted ? findings(campaign) : undefined}
${runs.length > 2 ? pairs(campaign) : undefined}
<section aria-labelledby="runs"><h2 id="runs">The runs side by side</h2>${table(campaign)}</section>
${runs.length > 2 ? html`<section aria-labelledby="words"><h2 id="words">In words</h2>${runs.map((run) => html`<p><strong>${run.name}:</strong> ${run.summary}</p>`)}</section>` : undefined}
${pictures(campaign, models)}
${reached(campaign)}
<section aria-labelledby="cells"><h2 id="cells">Cells</h2>${cellsHtml(campaign)}</section>`;
}

function manyRuns(campaign: CampaignJson, models: readonly (Shown | undefined)[]): Markup {
  const { cells, pairs: all, runs, failed } = campaign;
  return html`${findings(campaign)}
${reached(campaign)}
<section aria-labelledby="cells"><h2 id="cells">Cells</h2>${filterHtml(cells)}${cellsHtml(campaign)}</section>
${all.length < cells.length ? pairs(campaign) : undefined}
<section aria-labelledby="runs"><h2 id="runs">Runs</h2><details><summary>All ${count(runs.length + failed.length)} runs, filtered like the cells</summary>${runsHtml(campaign)}</details></section>
${pictures(campaign, models)}`;
}

const findings = (campaign: CampaignJson): Markup =>
  html`<section aria-labelledby="found"><h2 id="found">What is not as expected</h2>${findingsHtml(campaign)}</section>`;

const pairs = ({ pairs: all }: CampaignJson): Markup =>
  html`<section aria-labelledby="pairs"><h2 id="pairs">Recipes and fencing schemes</h2>${pairsHtml(all)}</section>`;

const reached = (campaign: CampaignJson): Markup =>
  html`<section aria-labelledby="reached"><h2 id="reached">What was reached</h2>${coverageHtml(campaign)}</section>
${curveHtml(campaign)}`;

function table(campaign: CampaignJson): Markup {
  const head = campaign.runs.map(
    ({ name, path }) => html`<th scope="col"><a href="${reportHref(path)}">${name}</a></th>`,
  );
  const rows = campaignRows(campaign).map(
    ({ name, values }) => html`<tr><th scope="row">${name}</th>${values.map(cellHtml)}</tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of the runs side by side"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function cellHtml(value: string): Markup {
  return html`<td>${isOutcome(value) ? outcomeChip(value) : value}</td>`;
}

function isOutcome(value: string): value is 'clean' | 'violated' | 'unknown' {
  return value === 'clean' || value === 'violated' || value === 'unknown';
}

function pictures(campaign: CampaignJson, models: readonly (Shown | undefined)[]): Markup {
  const wrong = models.findIndex(
    (model, at) => campaign.runs[at]?.verdict === 'violated' && model?.example !== undefined,
  );
  const prevented = models.findIndex((model) => model?.refusal !== undefined);
  const parts = [
    part('What went wrong', campaign, wrong, models[wrong]?.example?.picture),
    part('What fencing prevented', campaign, prevented, models[prevented]?.refusal),
  ];
  return html`${parts}${wrong < 0 && prevented < 0 ? undefined : LEGEND}`;
}

function part(title: string, { runs }: CampaignJson, at: number, picture: Picture | undefined): Markup {
  const run = runs[at];
  if (run === undefined || picture === undefined) return html``;
  return html`<section aria-labelledby="${picture.id}-title"><h2 id="${picture.id}-title">${title}, in <a href="${reportHref(run.path)}">${run.name}</a></h2>${pictureHtml(picture)}</section>`;
}
