/**
 * Makes HTML, and text safe to stand in it. Everything that comes from the system under test passes through here: keys, values,
 * errors and node names are data, never markup.
 */
import { visible } from './visible.js';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for attribute values in either kind of quotes. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** Text that is HTML already. Only this file makes one from a string. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | readonly Markup[] | undefined;

/** A template whose parts are escaped unless they are markup themselves, so that nothing can be forgotten. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return { markup: strings.reduce((text, next, n) => text + written(parts[n - 1]) + next) };
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

/** For markup that a function of this folder has written, such as a picture or a style sheet. */
export function trusted(markup: string): Markup {
  return { markup };
}
