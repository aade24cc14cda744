/**
 * The report of one run as a page: one file without anything to fetch. It writes the model down and
 * decides nothing.
 */
import { createHash } from 'node:crypto';
import { answerText } from './expectation-text.js';
import { count, duration, offset, plural } from './format.js';
import { html, type Markup, trusted } from './markup.js';
import type { Group, PageModel, Picture } from './model.js';
import { type Row, serviceWord } from './rows.js';
import { intervalsSvg } from './intervals-svg.js';
import { LIVE_LINKS, LIVE_PARTS } from './live-html.js';
import { LIVE_STYLE } from './live-style.js';
import { EVENT_COLUMNS, OPERATION_COLUMNS } from './proof-rows.js';
import { sequenceSvg } from './sequence-svg.js';
import { STYLE } from './style.js';
import type { Step } from './story.js';
import type { VerdictJson } from './verdict-schema.js';

/** What makes a page more than text and pictures: its program (page/main.ts, compiled) and the run as `encode` gives it. */
export interface Live {
  program: string;
  data: string;
}

/** Without `live` it is a page for reading only, on which no script can run. */
export function reportHtml(model: PageModel, live?: Live): string {
  const { verdict, groups, refusal, example } = model;
  const first = refusal ?? example?.picture;
  return page(
    `${verdict.name}: ${verdict.verdict}`,
    html`${header(model)}
<main>
${doubts(verdict)}
${first && html`<section aria-labelledby="first"><h2 id="first">${refusal ? 'What fencing prevented' : exampleTitle(model)}</h2>${pictureHtml(first, 'open')}${LEGEND}</section>`}
${live && LIVE_PARTS}
${numbers(model)}
${groups.map((group) => groupHtml(group, first))}
</main>
<footer><p>Written by leasebreaker ${verdict.versions.leasebreaker ?? ''}. The same as data, with every operation of every proof: <a href="verdict.json">verdict.json</a>.</p></footer>`,
    { live },
  );
}

function exampleTitle({ example }: PageModel): string {
  if (example === undefined) return '';
  const { singular, count: total, title } = example.group;
  return total === 1
    ? `${singular.charAt(0).toUpperCase()}${singular.slice(1)}`
    : `One of ${count(total)} ${title.toLowerCase()}`;
}

export interface PageParts {
  live?: Live | undefined;
  /** Rules beyond those of all pages. */
  style?: string;
}

/**
 * The frame that all pages share. Whatever a value may contain, no script is allowed to run but the page's own, which is known by
 * its hash (W3C, "Content Security Policy Level 3", section 2.3.1).
 */
export function page(title: string, body: Markup, { live, style = '' }: PageParts = {}): string {
  const policy = [
    "default-src 'none'",
    ...(live === undefined
      ? []
      : [`script-src 'sha256-${createHash('sha256').update(live.program).digest('base64')}'`]),
    "style-src 'unsafe-inline'",
    'img-src data:',
  ].join('; ');
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="leasebreaker">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(STYLE)}${trusted(LIVE_STYLE)}${trusted(style)}</style>
</head>
<body>
<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7"/></pattern></defs></svg>
${body}
${live && html`<script type="application/octet-stream" id="page-data">${trusted(live.data)}</script>\n<script>${trusted(live.program)}</script>`}
</body>
</html>`.markup
  }\n`;
}

const SIGN = { clean: '✓', violated: '✗', unknown: '?' } as const;

export function outcomeChip(outcome: keyof typeof SIGN, word: string = outcome): Markup {
  return html`<span class="chip-outcome ${outcome}">${SIGN[outcome]} ${word}</span>`;
}

function header({ verdict, plan, answers, groups }: PageModel): Markup {
  const links = groups.map(({ kind, title, count: n }) => html` · <a href="#${kind}">${title} (${count(n)})</a>`);
  return html`<header>
<p class="soft">leasebreaker · ${verdict.name} · <time datetime="${verdict.date}">${verdict.date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time></p>
${summaryHtml(verdict.summary)}
<ul class="chips">${answers.map(({ about, outcome, word }) => html`<li>${about}: ${outcomeChip(outcome, word)}</li>`)}</ul>
<p>${plan}</p>
<p>Carry it out again: <code>${verdict.command}</code></p>
<nav aria-label="Parts of this report">${LIVE_LINKS}<a href="#numbers">Numbers and expectations</a>${links}</nav>
</header>`;
}

/** The first sentence is the verdict. */
function summaryHtml(summary: string): Markup {
  const end = summary.search(/\. [A-Z]/) + 1;
  if (end === 0) return html`<h1>${summary}</h1>`;
  return html`<h1>${summary.slice(0, end)}</h1><p class="lead">${summary.slice(end + 1)}</p>`;
}

/** Said before anything else: what is not certain. */
function doubts({ doubts: list, assumptions, verdict }: VerdictJson): Markup {
  if (list.length === 0) return html``;
  const start =
    verdict === 'unknown'
      ? 'This run proves nothing either way, because'
      : assumptions === 'unknown'
        ? 'The run had flaws; what it found stands, what it did not find is not proven absent'
        : 'Not everything could be judged';
  return html`<section class="notice" aria-label="Doubts"><strong>${start}:</strong><ul>${list.map(({ checker, doubt }) => html`<li>${doubt} <span class="soft">(${checker})</span></li>`)}</ul></section>`;
}

function numbers(model: PageModel): Markup {
  const { verdict, rows, figures } = model;
  const entries = (record: Record<string, string>): Row[] =>
    Object.entries(record).map(([name, value]) => ({ name, value }));
  return html`<section aria-labelledby="numbers"><h2 id="numbers">Numbers and expectations</h2>
<p>${expectationText(verdict)}</p>
<div class="tables">
${table('What was found', rows)}
${table('What was measured', figures)}
${table('Versions and environment', [...entries(verdict.versions), ...entries(verdict.environment)], 'long')}
</div>
${faultTable(model)}</section>`;
}

function expectationText({ expectation, exitCode }: VerdictJson): Markup {
  const { data, exclusion, service, kinds = [] } = expectation;
  const expected = [
    data && `data ${data}`,
    exclusion && `exclusion ${exclusion}`,
    service && `etcd's word ${serviceWord(service)}`,
    ...kinds.map((kind) => `at least one ${kind}`),
  ];
  const named = expected.filter((part) => part !== undefined);
  const { sign, text } = answerText({ ...expectation, exitCode });
  return html`${named.length === 0 ? 'Nothing was expected of this run.' : `Expected: ${named.join(', ')}.`} <strong>${sign} ${text}</strong>`;
}

/** `long`: the values are, not the names. */
function table(caption: string, rows: readonly Row[], shape: 'long' | '' = ''): Markup {
  if (rows.length === 0) return html``;
  return html`<div class="${shape}"><h3>${caption}</h3><table><tbody>${rows.map(({ name, value }) => html`<tr><th scope="row">${name}</th><td class="number">${value}</td></tr>`)}</tbody></table></div>`;
}

/** By kind: a fault that nobody can prove, or that was not undone, is seen at a glance; then what came of it. */
function faultTable({ faults }: PageModel): Markup {
  if (faults.length === 0) return html``;
  const names = (group: readonly string[]): Markup[] =>
    group.map((name) => html`<th scope="col" class="number">${name}</th>`);
  const rows = faults.map(({ kind, injected, proven, healed, violations, firstStale, gap }) => {
    const times = [firstStale?.min, firstStale?.median, gap?.min, gap?.median, gap?.p99, gap?.max];
    const cells = [
      ...[injected, proven, healed, violations].map(count),
      ...times.map((ns) => (ns === undefined ? '–' : duration(ns))),
    ];
    return html`<tr><th scope="row">${kind}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
  });
  return html`<div class="faults"><h3>Faults by kind</h3><div class="scroll" role="region" tabindex="0" aria-label="Faults by kind"><table><thead><tr><td rowspan="2"></td>${['injected', 'proven', 'healed', 'violations covered'].map((name) => html`<th rowspan="2" scope="col" class="number">${name}</th>`)}<th colspan="2" scope="colgroup">from injection to first stale write</th><th colspan="4" scope="colgroup">gap between belief and truth</th></tr><tr>${names(['min', 'median'])}${names(['min', 'median', 'p99', 'max'])}</tr></thead><tbody>${rows}</tbody></table></div><p class="soft">Violations covered: of those listed, those that such a fault explains. Gap: for how long clients went on believing in a lock that etcd had ended. A dash: it did not come to that.</p></div>`;
}

function groupHtml({ kind, title, meaning, count: total, pictures }: Group, shown: Picture | undefined): Markup {
  const isAbove = shown !== undefined && pictures.includes(shown);
  const rest = pictures.filter((picture) => picture !== shown);
  const open = isAbove ? undefined : rest[0];
  const folded = isAbove ? rest : rest.slice(1);
  const above = isAbove ? html` One of them is drawn <a href="#${shown.id}">above</a>.` : html``;
  const more =
    total > pictures.length
      ? ` There are ${count(total)}; ${plural(pictures.length, 'picture')} of them ${pictures.length === 1 ? 'is' : 'are'} here.`
      : '';
  return html`<section aria-labelledby="${kind}"><h2 id="${kind}">${title}: ${count(total)}</h2>
<p>${meaning}${more}${above}</p>
${open && pictureHtml(open)}
${folded.map((picture) => html`<details><summary>${picture.sentence}</summary>${pictureHtml(picture)}</details>`)}
</section>`;
}

/** One violation three ways: as a picture, in sentences, and raw; beside each other where there is room. `proof`: how the last begins. */
export function pictureHtml(picture: Picture, proof: 'open' | 'closed' = 'closed'): Markup {
  const { id, sentence, steps, remarks, operations, events, raw } = picture;
  return html`<article class="picture" id="${id}"><p>${sentence}</p>
<div class="ways">
${drawing(picture)}
<div class="told">${steps.length === 0 ? undefined : html`<ol class="steps">${steps.map(stepHtml)}</ol>`}
${remarks.map((remark) => html`<p class="soft">${remark}</p>`)}
${proofTable('Operations that prove it', OPERATION_COLUMNS, operations)}
${proofTable('Events of the watch on etcd that prove it', EVENT_COLUMNS, events)}</div>
<details class="raw"${proof === 'open' ? OPEN : undefined}><summary>The proof, raw</summary><pre tabindex="0">${raw.join('\n')}</pre></details>
</div></article>`;
}

const OPEN = trusted(' open');

function drawing({ sentence, story, intervals }: Picture): Markup | undefined {
  const svg = story ? sequenceSvg(story, sentence) : intervals && intervalsSvg(intervals, sentence);
  if (svg === undefined) return undefined;
  return html`<div class="scroll drawing" role="region" tabindex="0" aria-label="Picture: ${sentence}">${trusted(svg)}</div>`;
}

function proofTable(caption: string, columns: readonly string[], rows: readonly string[][]): Markup {
  if (rows.length === 0) return html``;
  return html`<div class="scroll proof" role="region" tabindex="0" aria-label="${caption}"><h3>${caption}</h3><table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

function stepHtml({ number, offset: ns, text, tone }: Step): Markup {
  return html`<li><b>${number}</b><time>${offset(ns)}</time><span class="${tone}">${text}</span></li>`;
}

const swatch = (shapes: string): Markup => trusted(`<svg width="34" height="18" aria-hidden="true">${shapes}</svg>`);

export const LEGEND = html`<ul class="legend" aria-label="Legend">
<li>${swatch('<rect class="bar hold first" x="1" y="2" width="32" height="14"/>')}holds the lock, as the client believes</li>
<li>${swatch('<rect class="bar waiting first" x="1" y="4" width="32" height="10"/>')}waits for it</li>
<li>${swatch('<rect class="bar lost first" x="1" y="4" width="32" height="10"/>')}knows that it is gone and goes on</li>
<li>${swatch('<rect class="bar paused first" x="1" y="2" width="32" height="14"/><rect fill="url(#hatch)" x="1" y="2" width="32" height="14"/>')}stopped</li>
<li>${swatch('<rect class="bar fault" x="1" y="3" width="32" height="12"/>')}goes on under a fault</li>
<li>${swatch('<circle class="mark accepted" cx="17" cy="9" r="8"/><path class="sign" d="M13 9l3 3l5 -6"/>')}accepted by the storage</li>
<li>${swatch('<rect class="mark refused" x="9" y="1" width="16" height="16"/><path class="sign" d="M13 5l8 8m0 -8l-8 8"/>')}refused</li>
<li>${swatch('<path class="mark stale" d="M17 0l9 9l-9 9l-9 -9z"/><path class="sign" d="M17 4v6m0 2v2"/>')}accepted and should not have been</li>
<li>Distances follow the time, but not to scale; where the axis is cut, the time that passed is written.</li>
</ul>`;
