/** Numbers, durations and values as people read them. Plain text; escaping is the page's affair. */

const MS = 1e6;
const SECOND = 1e9;

/** `4.61 s`, `13.2 ms`, `310 µs`; takes nanoseconds. */
export function duration(ns: number): string {
  const size = Math.abs(ns);
  if (size >= 100 * SECOND) return `${(ns / SECOND).toFixed(0)} s`;
  if (size >= SECOND) return `${(ns / SECOND).toFixed(2)} s`;
  if (size >= 10 * MS) return `${(ns / MS).toFixed(0)} ms`;
  if (size >= MS) return `${(ns / MS).toFixed(1)} ms`;
  return `${(ns / 1e3).toFixed(0)} µs`;
}

/** Milliseconds as settings have them: `2 s`, `1.5 s`, `20 ms`. */
export function milliseconds(ms: number): string {
  return ms >= 1000 ? `${Number((ms / 1000).toFixed(2))} s` : `${ms} ms`;
}

/** A moment of a story, as seconds after its beginning: `+4.612 s`. */
export function offset(ns: number): string {
  return `${ns < 0 ? '\u2212' : '+'}${(Math.abs(ns) / SECOND).toFixed(3)} s`;
}

/** `1,234,567`; fractions only where they matter. */
export function count(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: Math.abs(n) >= 100 ? 0 : 2 });
}

/** `1 write`, `37 writes`. */
export function plural(n: number, noun: string, nouns = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : nouns}`;
}

/** Cuts at `limit` characters and says so with an ellipsis. */
export function shorten(text: string, limit: number): string {
  const chars = [...text];
  return chars.length <= limit ? text : `${chars.slice(0, limit - 1).join('')}…`;
}

/** A written or read value; what was never written reads as `nothing`. */
export function value(data: unknown, limit = 80): string {
  if (data === undefined || data === null) return 'nothing';
  return shorten(JSON.stringify(data), limit);
}

/** `handOversPerMinute` as `hand-overs per minute` would need a dictionary; `hand overs per minute` does not. */
export function words(camelCase: string): string {
  return camelCase
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase();
}
