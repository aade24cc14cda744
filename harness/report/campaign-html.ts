/** The report of a campaign as a page: the runs side by side, what went wrong in one, what fencing prevented in another. */
import { answerText } from './expectation-text.js';
import type { CampaignJson } from './campaign.js';
import { campaignRows } from './campaign.js';
import { LEGEND, outcomeChip, page, pictureHtml } from './html.js';
import { html, type Markup } from './markup.js';
import type { PageModel, Picture } from './model.js';

/** `models` are those of the runs, in the campaign's order. */
export function campaignHtml(campaign: CampaignJson, models: readonly PageModel[]): string {
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
<section aria-labelledby="runs"><h2 id="runs">The runs side by side</h2>${table(campaign)}</section>
${few ? undefined : html`<section aria-labelledby="words"><h2 id="words">In words</h2>${runs.map((run) => html`<p><strong>${run.name}:</strong> ${run.summary}</p>`)}</section>`}
${pictures(campaign, models)}
</main>
<footer><p>The same as data: <a href="campaign.json">campaign.json</a>.</p></footer>`,
  );
}

function table(campaign: CampaignJson): Markup {
  const head = campaign.runs.map(
    ({ name, path }) => html`<th scope="col"><a href="${reportHref(path)}">${name}</a></th>`,
  );
  const rows = campaignRows(campaign).map(
    ({ name, values }) =>
      html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td>${isOutcome(value) ? outcomeChip(value) : value}</td>`)}</tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="The runs side by side"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function isOutcome(value: string): value is 'clean' | 'violated' | 'unknown' {
  return value === 'clean' || value === 'violated' || value === 'unknown';
}

/** A folder's name may hold anything; each part of it is one part of the address, and no part is a scheme. */
function reportHref(path: string): string {
  return `./${[...path.split('/'), 'report.html'].map(encodeURIComponent).join('/')}`;
}

function pictures(campaign: CampaignJson, models: readonly PageModel[]): Markup {
  const wrong = models.findIndex(({ verdict, example }) => verdict.verdict === 'violated' && example !== undefined);
  const prevented = models.findIndex(({ refusal }) => refusal !== undefined);
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
