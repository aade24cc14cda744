/** The report of a campaign as a page: the runs side by side, what went wrong in one, what fencing prevented in another. */
import { answerText } from './expectation-text.js';
import type { CampaignJson } from './campaign.js';
import { campaignRows } from './campaign.js';
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
  const { name, date, command, runs, met, versions, environment } = campaign;
  const { sign, text } = answerText(campaign);
  const few = runs.length <= 2;
  const asExpected = runs.filter((run) => run.expectation.met).length;
  const facts = Object.entries({ ...versions, ...environment }).map(([key, value]) => `${key} ${value}`);
  return page(
    `${name}: ${met ? 'as expected' : 'not as expected'}`,
    html`<header>
<p class="soft">leasebreaker · campaign ${name} · <time datetime="${date}">${date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time></p>
<h1>${few ? runs.map(({ summary }) => html`${summary} `) : `${asExpected} of ${runs.length} runs came out as expected.`}</h1>
<p><strong>${sign} ${text}</strong></p>
<p>Carry it out again: <code>${command}</code></p>
<p class="soft">${facts.join(' · ')}</p>
</header>
<main>
${few ? undefined : html`<section aria-labelledby="pairs"><h2 id="pairs">Recipes and fencing schemes</h2>${pairsHtml(campaign.pairs)}</section>`}
<section aria-labelledby="runs"><h2 id="runs">The runs side by side</h2>${runs.length > MAX_COLUMNS ? tallTable(campaign) : table(campaign)}</section>
${few ? undefined : html`<section aria-labelledby="words"><h2 id="words">In words</h2>${runs.map((run) => html`<p><strong>${run.name}:</strong> ${run.summary}</p>`)}</section>`}
${pictures(campaign, models)}
</main>
<footer><p>The same as data: <a href="campaign.json">campaign.json</a>; for dashboards: <a href="junit.xml">junit.xml</a>.</p></footer>`,
  );
}

function table(campaign: CampaignJson): Markup {
  const head = campaign.runs.map(
    ({ name, path }) => html`<th scope="col"><a href="${reportHref(path)}">${name}</a></th>`,
  );
  const rows = campaignRows(campaign).map(
    ({ name, values }) => html`<tr><th scope="row">${name}</th>${values.map(cellHtml)}</tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="The runs side by side"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** A run a row. */
function tallTable(campaign: CampaignJson): Markup {
  const columns = campaignRows(campaign);
  const head = ['Run', ...columns.map(({ name }) => name)].map((name) => html`<th scope="col">${name}</th>`);
  const rows = campaign.runs.map(
    ({ name, path }, at) =>
      html`<tr><th scope="row"><a href="${reportHref(path)}">${name}</a></th>${columns.map(({ values }) => cellHtml(values[at] ?? ''))}</tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="The runs side by side"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function cellHtml(value: string): Markup {
  return html`<td>${isOutcome(value) ? outcomeChip(value) : value}</td>`;
}

function isOutcome(value: string): value is 'clean' | 'violated' | 'unknown' {
  return value === 'clean' || value === 'violated' || value === 'unknown';
}

/** A folder's name may hold anything; each part of it is one part of the address, and no part is a scheme. */
function reportHref(path: string): string {
  return `./${[...path.split('/'), 'report.html'].map(encodeURIComponent).join('/')}`;
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
