/** The report of a shrunk plan as a page and as text: what was left out of it, what is left, and how often that shows the finding. */
import { page } from './html.js';
import { html } from './markup.js';
import { count, plural } from './format.js';

/** Everything in words: what a plan is, reports do not know. */
export interface ShrinkStory {
  name: string;
  /** ISO 8601. */
  date: string;
  /** Where it started, as it was given. */
  source: string;
  /** `a stale write`. */
  finding: string;
  /** One sentence: what became of how much. */
  headline: string;
  steps: readonly { title: string; text: string; tries: number; faults: number }[];
  /** What is left of the plan, a line each. */
  minimal: readonly string[];
  /** The plan file; undefined where no plan file shows it. */
  file?: string;
  /** `reproduced 5 of 5 (95 % interval 57 to 100 %)`; undefined where it was not measured. */
  share?: string;
  /** Tries in all, and how long they took. */
  tries: number;
  seconds: number;
  /** Why it ended before it was through. */
  over?: string;
  /** Commands that carry the plan out again, and that do the same again. */
  again: string;
  command: string;
  /** The report of a run of the plan that shows it, from the report's own folder. */
  example?: string;
}

export function shrinkHtml(story: ShrinkStory): string {
  const { name, date, source, finding, headline, steps, minimal, file, share, tries, seconds, over, again, command } =
    story;
  const rows = steps.map(
    (step) =>
      html`<tr><th scope="row">${step.title}</th><td>${step.text}</td><td class="number">${count(step.faults)}</td><td class="number">${count(step.tries)}</td></tr>`,
  );
  return page(
    `${name}: ${headline}`,
    html`<header>
<p class="soft">leasebreaker · shrink · ${name} · <time datetime="${date}">${date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time></p>
<h1>${headline}</h1>
<p class="lead">Looked for: ${finding}, in what <code>${source}</code> does. ${share === undefined ? 'How often what is left shows it was not measured.' : html`What is left: <strong>${share}</strong>.`}</p>
<p>Carry it out again: <code>${again}</code></p>
${over === undefined ? undefined : html`<p class="notice"><strong>It ended before it was through: ${over}.</strong> What is left may not be the least; the same command goes on where it stopped: <code>${command}</code></p>`}
</header>
<main>
<section aria-labelledby="left"><h2 id="left">What is left</h2>
<ul>${minimal.map((line) => html`<li>${line}</li>`)}</ul>
${file === undefined ? html`<p>No plan file shows it, so that the stored plan is what there is: <a href="minimal.plan.json">minimal.plan.json</a></p>` : html`<pre>${file}</pre><p class="soft">As a file: <a href="minimal.yaml">minimal.yaml</a>, and with everything drawn: <a href="minimal.plan.json">minimal.plan.json</a></p>`}
${story.example === undefined ? undefined : html`<p><a href="${hrefOf(story.example)}">The report of a run of it</a> shows ${finding}, with the operations that prove it.</p>`}
</section>
<section aria-labelledby="story"><h2 id="story">How it got there</h2>
<div class="scroll" role="region" tabindex="0" aria-label="The steps, a row each"><table><thead><tr><th scope="col">Step</th><th scope="col">What came of it</th><th scope="col" class="number">Faults left</th><th scope="col" class="number">Tries</th></tr></thead><tbody>${rows}</tbody></table></div>
<p class="soft">${plural(tries, 'try', 'tries')} in ${count(Math.round(seconds))} s. A try is a run of a smaller plan on a real cluster. What is left out is out as soon as one try without it shows the finding; what is made shorter or slower has to show it in two tries of two. That something did not show in its tries is no proof that it never would.</p>
</section>
</main>
<footer><p>Every try, a line each: <a href="shrink.jsonl">shrink.jsonl</a>.</p></footer>`,
  );
}

/** The same for terminals. */
export function shrinkText(story: ShrinkStory): string {
  const { headline, steps, minimal, file, share, over, again, tries, seconds, command } = story;
  const width = Math.max(...steps.map(({ title }) => title.length)) + 2;
  return [
    headline,
    '',
    ...steps.map((step) => `  ${step.title.padEnd(width)}${step.text} (${plural(step.tries, 'try', 'tries')})`),
    '',
    ...minimal.map((line) => `  ${line}`),
    ...(file === undefined
      ? []
      : [
          '',
          ...file
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`),
        ]),
    '',
    share === undefined ? 'How often it shows it was not measured.' : `What is left: ${share}.`,
    `${plural(tries, 'try', 'tries')} in ${count(Math.round(seconds))} s.`,
    ...(over === undefined ? [] : [`It ended before it was through: ${over}. To go on: ${command}`]),
    `again: ${again}`,
  ].join('\n');
}

function hrefOf(path: string): string {
  return `./${path.split('/').map(encodeURIComponent).join('/')}`;
}
