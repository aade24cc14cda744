/** The page that people write their own clients by says what the code does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS, completionType } from '../../harness/history/errors.js';
import { clientMessageSchema } from './protocol.js';
import { decodeRequest } from './requests.js';

const page = readFileSync(new URL('../../docs/client-protocol.md', import.meta.url), 'utf8');
const lines = (mark: string): string[] =>
  page.split('\n').flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));

describe('docs/client-protocol.md', () => {
  it('shows requests that are understood', () => {
    const requests = lines('> ').map(decodeRequest);
    expect(requests.length).toBeGreaterThan(8);
    expect(requests.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('shows answers that are understood', () => {
    const answers = lines('< ').map((line) => clientMessageSchema.safeParse(JSON.parse(line)));
    expect(answers.length).toBeGreaterThan(8);
    expect(answers.filter(({ success }) => !success)).toEqual([]);
  });

  it('has the table of errors right, and names every code', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| `(fail|info)` \| (.*) \|$/gm)];
    expect(rows.length).toBeGreaterThan(8);
    for (const [, code = '', type, meaning = ''] of rows) {
      expect([code, type]).toEqual([code, completionType(code)]);
      expect(meaning.replaceAll('`', '')).toBe(ERRORS[code as keyof typeof ERRORS].meaning);
    }
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`\`${code}\``);
  });
});
