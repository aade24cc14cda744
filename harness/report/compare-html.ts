/** Two runs side by side as a page: the settings that differ, then what was found. Pure. */
import { count, words } from './format.js';
import { outcomeChip } from './html.js';
import { fileHref, folderHref, serverPage, when } from './index-html.js';
import { KINDS } from './kinds.js';
import { html, type Markup } from './markup.js';
import { type EntryVerdict, type RunEntry, STATES } from './run-entry.js';

/** A line of a table: undefined where a run does not say. */
export interface Line {
  name: string;
  values: readonly [string | undefined, string | undefined];
}

type Two = readonly [RunEntry, RunEntry];

export function compareHtml(two: Two): string {
  const settings = [...recordLines(two, (entry) => ({ ...entry.settings, ...seedOf(entry) })), ...versionLines(two)];
  const differ = settings.filter(({ values: [a, b] }) => a !== b);
  const same = settings.filter(({ values: [a, b] }) => a === b);
  const names = two.map(({ name }) => name);
  return serverPage(
    `${names.join(' and ')}`,
    html`<header><p class="soft"><a href="/">All runs</a></p><h1>Two runs side by side</h1></header>
<main>
<section aria-labelledby="found"><h2 id="found">What was found</h2>${table(two, 'What was found', [
      { name: 'When', values: each(two, ({ date }) => when(date)) },
      ...answerLines(two),
      { name: 'In a sentence', values: each(two, ({ summary }) => summary) },
      ...countLines(two),
    ])}</section>
<section aria-labelledby="differ"><h2 id="differ">Settings and versions that differ</h2>
${differ.length === 0 ? html`<p>None: both are runs of the same settings, the same seed, the same versions and the same machine.</p>` : table(two, 'Settings and versions that differ', differ)}
${same.length === 0 ? undefined : html`<details><summary>${count(same.length)} are the same</summary>${table(two, 'Settings and versions that are the same', same)}</details>`}</section>
<section aria-labelledby="measured"><h2 id="measured">What was measured</h2>${table(two, 'What was measured', figureLines(two))}</section>
</main>`,
  );
}

function each<T>([a, b]: Two, of: (entry: RunEntry) => T): [T, T] {
  return [of(a), of(b)];
}

function seedOf({ seed }: RunEntry): Record<string, string> {
  return seed === undefined ? {} : { seed: String(seed) };
}

/** Names of either, those of the first run before what only the second has. */
function recordLines(two: Two, of: (entry: RunEntry) => Record<string, string>): Line[] {
  const [a, b] = each(two, of);
  const get = (record: Record<string, string>, name: string): string | undefined =>
    Object.hasOwn(record, name) ? record[name] : undefined;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => ({
    name: words(name),
    values: [get(a, name), get(b, name)],
  }));
}

const versionLines = (two: Two): Line[] =>
  recordLines(two, ({ verdict }) => ({ ...verdict?.versions, ...verdict?.environment }));

const ANSWERS = {
  verdict: 'The guarded data',
  exclusion: 'Mutual exclusion',
  assumptions: 'The evidence',
  service: 'The word of etcd and the lock',
  liveness: 'Liveness',
  recovery: 'Recovery',
} as const satisfies Partial<Record<keyof EntryVerdict, string>>;

function answerLines(two: Two): Line[] {
  const answers = Object.entries(ANSWERS) as [keyof typeof ANSWERS, string][];
  return [
    ...answers.map(([key, name]) => ({
      name,
      values: each(two, ({ verdict, state }) => verdict?.[key] ?? (key === 'verdict' ? STATES[state] : undefined)),
    })),
    { name: 'Exit code', values: each(two, ({ verdict }) => numberText(verdict?.exitCode)) },
  ];
}

const numberText = (n: number | undefined): string | undefined => (n === undefined ? undefined : count(n));

/** Kinds of which either run has any, the refusals, the operations, the faults. */
function countLines(two: Two): Line[] {
  const kinds = KINDS.filter(({ kind }) => two.some(({ verdict }) => (verdict?.counts[kind] ?? 0) > 0));
  const faults = [...new Set(two.flatMap(({ verdict }) => verdict?.faults.kinds.map(({ kind }) => kind) ?? []))];
  return [
    ...kinds.map(({ kind, title }) => ({
      name: title,
      values: each(two, ({ verdict }) => numberText(verdict && (verdict.counts[kind] ?? 0))),
    })),
    ...(['writes', 'reads'] as const).map((what) => ({
      name: `Refused ${what}`,
      values: each(two, ({ verdict }) => numberText(verdict?.refused[what])),
    })),
    {
      name: 'Operations: ok / failed / unknown to their client',
      values: each(two, ({ verdict }) =>
        verdict === undefined
          ? undefined
          : ['ok', 'fail', 'info'].map((type) => numberText(verdict.operations[type]) ?? '?').join(' / '),
      ),
    },
    ...faults.map((kind) => ({
      name: `Fault ${kind}: injected / proven / healed`,
      values: each(two, ({ verdict }) => {
        const tally = verdict?.faults.kinds.find((other) => other.kind === kind);
        return tally && [tally.injected, tally.proven, tally.healed].map(count).join(' / ');
      }),
    })),
  ];
}

function figureLines(two: Two): Line[] {
  return recordLines(two, ({ verdict }) =>
    Object.fromEntries(
      (verdict?.checkers ?? []).flatMap(({ checker, figures }) =>
        Object.entries(figures).map(([name, figure]) => [`${checker}: ${name}`, count(figure)]),
      ),
    ),
  );
}

/** What differs is marked by a sign, not by a colour. */
function table(two: Two, caption: string, lines: readonly Line[]): Markup {
  const head = two.map(
    ({ name, hasReport }) =>
      html`<th scope="col"><a href="${hasReport ? fileHref(name, 'report.html') : folderHref(name)}">${name}</a></th>`,
  );
  const rows = lines.map(
    ({ name, values }) =>
      html`<tr><td>${values[0] === values[1] ? '' : '≠'}</td><th scope="row">${name}</th>${values.map(cell)}</tr>`,
  );
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><thead><tr><td></td><td></td>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function cell(value: string | undefined): Markup {
  if (value === undefined) return html`<td class="soft">–</td>`;
  if (value === 'clean' || value === 'violated' || value === 'unknown') return html`<td>${outcomeChip(value)}</td>`;
  return html`<td>${value}</td>`;
}
