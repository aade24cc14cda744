/** Which runs of a list are asked for. Pure. */
import type { RunEntry } from './run-entry.js';

export interface RunFilter {
  /** `clean`, `violated`, `unknown`, or `none`: what has no verdict. Empty: all. */
  verdict: string;
  recipe: string;
  fault: string;
  /** In the name, the summary, the settings or the command, in any case; all words of it. */
  text: string;
}

export const NO_FILTER: RunFilter = { verdict: '', recipe: '', fault: '', text: '' };

/** Newest first; of two at one time the one with the greater name, so that the order is always the same. */
export function newestFirst(entries: readonly RunEntry[]): RunEntry[] {
  const compare = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);
  return entries.toSorted((a, b) => compare(a.date, b.date) || compare(a.name, b.name));
}

export function matching(entries: readonly RunEntry[], filter: RunFilter): RunEntry[] {
  const wanted = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return entries.filter((entry) => {
    if (filter.verdict !== '' && (entry.verdict?.verdict ?? 'none') !== filter.verdict) return false;
    if (filter.recipe !== '' && entry.settings['recipe'] !== filter.recipe) return false;
    if (filter.fault !== '' && !entry.faults.includes(filter.fault)) return false;
    if (wanted.length === 0) return true;
    const { name, summary, command, settings, faults, seed } = entry;
    const all = [name, summary, command, `seed ${seed ?? ''}`, ...faults, ...Object.values(settings)].join('\n');
    return wanted.every((word) => all.toLowerCase().includes(word));
  });
}

/** What there is to choose from, sorted. */
export function choicesOf(entries: readonly RunEntry[]): { recipes: string[]; faults: string[] } {
  const sorted = (all: readonly string[]): string[] => [...new Set(all)].sort();
  return {
    recipes: sorted(entries.flatMap(({ settings }) => settings['recipe'] ?? [])),
    faults: sorted(entries.flatMap(({ faults }) => faults)),
  };
}
