/** Values as EDN. What JSON can hold, EDN can. */

/** Strings of maps' keys that may stand as keywords. */
const KEYWORD = /^[a-zA-Z][\w-]*$/;

export function ednText(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return ednString(value);
  if (typeof value !== 'object') return String(value as number | boolean | bigint);
  if (Array.isArray(value)) return `[${value.map(ednText).join(' ')}]`;
  const entries = Object.entries(value).map(
    ([key, held]) => `${KEYWORD.test(key) ? `:${key}` : ednString(key)} ${ednText(held)}`,
  );
  return `{${entries.join(', ')}}`;
}

/** EDN knows all escapes that JSON.stringify writes. */
export function ednString(text: string): string {
  return JSON.stringify(text);
}
