import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEdnReader, EdnName, parseEdn } from './edn-reader.js';
import { ednText } from './edn-text.js';
import type { Unreadable } from './event.js';

const keyword = (text: string): EdnName => EdnName.of(`:${text}`);

function read(text: string): { values: unknown[]; lines: number[]; problem: Unreadable | undefined } {
  const values: unknown[] = [];
  const lines: number[] = [];
  const reader = createEdnReader((value, line) => {
    values.push(value);
    lines.push(line);
    return undefined;
  });
  let problem: Unreadable | undefined;
  for (const [at, line] of text.split('\n').entries()) problem ??= reader.line(line, at + 1);
  return { values, lines, problem: problem ?? reader.end() };
}

describe('values', () => {
  it.each<[string, unknown]>([
    ['nil', null],
    ['true', true],
    ['false', false],
    ['-17', -17],
    ['+4', 4],
    ['3N', 3],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['1.5e3', 1500],
    ['2.25M', 2.25],
    [':a/b', EdnName.of(':a/b')],
    ['some.symbol?', EdnName.of('some.symbol?')],
    ['-', EdnName.of('-')],
    ['"a \\"b\\" \\\\ \\n \\u0041"', 'a "b" \\ \n A'],
    ['\\newline', '\n'],
    ['\\(', '('],
    ['\\constructor', 'constructor'],
    ['\\u0041', 'A'],
    ['[1 [2 nil] "x"]', [1, [2, null], 'x']],
    ['(1 2)', [1, 2]],
    ['#{1 2}', new Set([1, 2])],
    [
      '{:a 1, "b" [2]}',
      new Map<unknown, unknown>([
        [keyword('a'), 1],
        ['b', [2]],
      ]),
    ],
    ['{}', new Map()],
    ['#jepsen.history.Op{:a 1}', new Map([[keyword('a'), 1]])],
    ['#inst "2026-01-01"', '2026-01-01'],
    ['[1 #_2 3 #_ #_ 4 5]', [1, 3]],
    ['[1 ; two ]\n 3]', [1, 3]],
  ])('%s', (text, value) => {
    // In a map, so that what is in brackets is not handed over piece by piece.
    expect(read(`{:is ${text}}`)).toEqual({
      values: [new Map([[keyword('is'), value]])],
      lines: [1],
      problem: undefined,
    });
  });

  it('hands over what is in outermost brackets piece by piece, with lines', () => {
    expect(read('; first\n[1\n "two\nlines"\n [3]] (4)')).toEqual({
      values: [1, 'two\nlines', [3], 4],
      lines: [2, 3, 5, 5],
      problem: undefined,
    });
  });

  it('knows one keyword as one', () => {
    expect(parseEdn(':k :k')).toEqual({ values: [keyword('k'), keyword('k')] });
    expect(parseEdn('[1 2] 3')).toEqual({ values: [[1, 2], 3] });
  });
});

describe('what is no EDN is told with its line', () => {
  it.each([
    ['1\n]', 2, '"]" closes nothing'],
    ['{:a\n [1}', 2, '"}" closes the "[" of line 2'],
    ['{:a}', 1, 'a map with a key that has no value'],
    ['{:a 1 :a 2}', 1, 'a map with the same key twice'],
    ['{:a "x\n\n', 1, 'a string that does not end'],
    ['\n{:a', 2, 'the file ends before what begins here does'],
    ['{#tag }', 1, '"}" where a value must follow a tag or #_'],
    ['"\\q"', 1, 'unknown escape "\\q" in a string'],
    ['"\\u12"', 1, 'unknown escape "\\u12"" in a string'],
    ['#"regex"', 1, '"#"" is not EDN'],
    ['#', 1, '"#" is not EDN'],
    [`{:a ${'['.repeat(200)}`, 1, 'nested deeper than 100'],
    [`{:a ${'9'.repeat(5000)}}`, 1, 'a word of 5000 characters'],
  ])('%j', (text, line, reason) => {
    expect(read(text).problem).toEqual({ line, reason });
  });
});

describe('properties', () => {
  const json = fc
    .jsonValue({ maxDepth: 4, noUnicodeString: false })
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

  it('reads back what ednText writes', () => {
    fc.assert(
      fc.property(json, (value) => {
        const parsed = parseEdn(ednText(value));
        expect('values' in parsed && parsed.values.map((one) => ednText(plain(one)))).toEqual([ednText(value)]);
      }),
      { numRuns: 2000 },
    );
  });

  it('answers whatever the text is', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '#{',
      '#_',
      '#a',
      '"',
      '\\',
      ';',
      ' ',
      '\n',
      ':k',
      '1',
      'nil',
      'u00',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const { values, lines } = read(text);
          expect(values.length).toBe(lines.length);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

/** Maps with keywords or strings for keys as the objects that they were written from. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const entries = [...(value as Map<unknown, unknown>)].map(([key, held]) => [
    key instanceof EdnName ? key.text.slice(1) : key,
    plain(held),
  ]);
  return Object.fromEntries(entries) as unknown;
}
