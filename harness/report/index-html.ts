/** The list of all runs as a page: it works without script, by one form that filters and one that compares. Pure. */
import { count } from './format.js';
import { outcomeChip, page } from './html.js';
import { html, type Markup, trusted } from './markup.js';
import { type RunEntry, STATES } from './run-entry.js';
import { choicesOf, matching, newestFirst, type RunFilter } from './run-filter.js';

/** Rows of one page. */
export const PAGE_SIZE = 200;

export interface IndexView {
  /** The folder, as the user named it. */
  folder: string;
  entries: readonly RunEntry[];
  filter: RunFilter;
  /** From 0. */
  page: number;
}

const STYLE = `
form.filters { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: end; margin: 10px 0 18px; }
form.filters label { display: grid; gap: 2px; color: var(--soft); font-size: 13px; }
input, select, button { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; }
input[type='checkbox'] { width: 18px; height: 18px; }
button { border-color: var(--one); cursor: pointer; }
input:focus-visible, select:focus-visible, button:focus-visible { outline: 3px solid var(--one); outline-offset: 2px; }
.runs td.summary { min-width: 24em; }
.runs td.when { white-space: nowrap; }
.bar { display: flex; gap: 16px; align-items: center; flex-wrap: wrap; margin: 10px 0; }
`;

/** The frame of the server's pages. */
export function serverPage(title: string, body: Markup): string {
  return page(title, html`<style>${trusted(STYLE)}</style>${body}`);
}

export function indexHtml({ folder, entries, filter, page: asked }: IndexView): string {
  const found = newestFirst(matching(entries, filter));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const at = Math.min(Math.max(0, asked), pages - 1);
  const shown = found.slice(at * PAGE_SIZE, (at + 1) * PAGE_SIZE);
  const total =
    found.length === entries.length ? count(found.length) : `${count(found.length)} of ${count(entries.length)}`;
  return serverPage(
    `runs in ${folder}`,
    html`<header><p class="soft">leasebreaker · ${folder}</p><h1>${total} ${entries.length === 1 ? 'folder' : 'folders'} of results</h1></header>
<main>
${filters(entries, filter)}
${entries.length === 0 ? html`<p>Nothing is there yet. A run makes the first: <code>npx leasebreaker run</code></p>` : list(shown)}
${pager(at, pages, filter)}
</main>
<footer><p>Read from the files at each visit; nothing is changed from here.</p></footer>`,
  );
}

function filters(entries: readonly RunEntry[], filter: RunFilter): Markup {
  const { recipes, faults } = choicesOf(entries);
  const verdicts = ['clean', 'violated', 'unknown', 'none'];
  return html`<form class="filters" method="get" action="/" aria-label="Filter the runs">
${choice('verdict', 'Verdict', verdicts, filter.verdict)}
${choice('recipe', 'Recipe', recipes, filter.recipe)}
${choice('fault', 'Fault', faults, filter.fault)}
<label>Text <input type="search" name="text" value="${filter.text}"></label>
<button type="submit">Show</button> <a href="/">all</a>
</form>`;
}

function choice(name: keyof RunFilter, label: string, values: readonly string[], chosen: string): Markup {
  const option = (value: string, text: string): Markup =>
    value === chosen
      ? html`<option value="${value}" selected>${text}</option>`
      : html`<option value="${value}">${text}</option>`;
  return html`<label>${label} <select name="${name}">${option('', 'any')}${values.map((value) => option(value, value))}</select></label>`;
}

function list(entries: readonly RunEntry[]): Markup {
  const head = ['Compare', 'When', 'Run', 'Verdict', 'Recipe', 'Fencing', 'Faults', 'What was found', 'Files'];
  return html`<form method="get" action="/compare" aria-label="Compare two runs">
<div class="bar"><button type="submit">Compare the two that are ticked</button></div>
<div class="scroll" role="region" tabindex="0" aria-label="Runs, the newest first"><table class="runs"><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${entries.map(row)}
</tbody></table></div></form>`;
}

function row(entry: RunEntry): Markup {
  const { name, date, state, settings, faults, summary, verdict, hasReport } = entry;
  const tick =
    verdict === undefined
      ? undefined
      : html`<input type="checkbox" name="run" value="${name}" aria-label="Compare ${name}">`;
  const title = hasReport ? html`<a href="${fileHref(name, 'report.html')}">${name}</a>` : html`${name}`;
  return html`<tr><td>${tick}</td><td class="when"><time datetime="${date}">${when(date)}</time></td><th scope="row">${title}</th><td>${verdict === undefined ? STATES[state] : outcomeChip(verdict.verdict)}</td><td>${settings['recipe']}</td><td>${settings['fencing']}</td><td>${faults.join(', ')}</td><td class="summary">${summary}</td><td><a href="${folderHref(name)}">files</a></td></tr>`;
}

function pager(at: number, pages: number, filter: RunFilter): Markup | undefined {
  if (pages === 1) return undefined;
  const to = (page: number, text: string): Markup =>
    html`<a href="/?${new URLSearchParams({ ...filter, page: String(page) }).toString()}">${text}</a>`;
  return html`<nav class="bar" aria-label="Pages">${at > 0 ? to(at - 1, 'newer') : undefined}<span>page ${at + 1} of ${pages}</span>${at < pages - 1 ? to(at + 1, 'older') : undefined}</nav>`;
}

/** `2026-01-31 12:00:00 UTC`. */
export function when(date: string): string {
  return date.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}

/** Each part of a name is one part of the address, whatever is in it. */
export function fileHref(...parts: string[]): string {
  return `/runs/${parts.map(encodeURIComponent).join('/')}`;
}

export const folderHref = (...parts: string[]): string => `${fileHref(...parts)}/`;

export interface FolderView {
  /** From below the results folder. */
  path: readonly string[];
  /** Sorted by the caller. */
  files: readonly { name: string; bytes: number; isFolder: boolean }[];
}

/** The files of a folder. */
export function folderHtml({ path, files }: FolderView): string {
  const rows = files.map(({ name, bytes, isFolder }) => {
    const href = isFolder ? folderHref(...path, name) : fileHref(...path, name);
    return html`<tr><th scope="row"><a href="${href}">${name}${isFolder ? '/' : ''}</a></th><td class="number">${isFolder ? '' : count(bytes)}</td></tr>`;
  });
  const up =
    path.length > 1 ? html` · <a href="${folderHref(...path.slice(0, -1))}">${path.at(-2) ?? ''}</a>` : undefined;
  return serverPage(
    path.join('/'),
    html`<header><p class="soft"><a href="/">All runs</a>${up}</p><h1>${path.join(' / ')}</h1></header>
<main><table><thead><tr><th scope="col">File</th><th scope="col" class="number">Bytes</th></tr></thead><tbody>${rows}</tbody></table>
${files.length === 0 ? html`<p>There is nothing in it.</p>` : undefined}</main>`,
  );
}

/** Why there is nothing to show. */
export function messageHtml(title: string, message: string): string {
  return serverPage(
    title,
    html`<header><p class="soft"><a href="/">All runs</a></p><h1>${title}</h1></header><main><p>${message}</p></main>`,
  );
}
