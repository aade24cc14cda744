import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines } from './lines.js';

function collect(chunks: Uint8Array[], max?: number): { line: string; cut: boolean }[] {
  const seen: { line: string; cut: boolean }[] = [];
  const split = splitLines((line, cut) => seen.push({ line, cut }), max);
  for (const chunk of chunks) split(chunk);
  split.end();
  return seen;
}

/** The same bytes in pieces whose lengths are drawn. */
function pieces(bytes: Uint8Array, lengths: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...chunks, bytes.subarray(at)];
}

const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\n', ' '));

describe('splitLines', () => {
  it('gives back the lines that were joined, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(7)), (lines, lengths) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        expect(collect(pieces(bytes, lengths))).toEqual(lines.map((text) => ({ line: text, cut: false })));
      }),
    );
  });

  it('hands over the first bytes of a longer line once, and goes on with the next', () => {
    const ascii = fc.stringMatching(/^[a-z]{0,12}$/);
    fc.assert(
      fc.property(fc.array(ascii), fc.array(fc.nat(7)), fc.integer({ min: 1, max: 8 }), (lines, lengths, max) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const expected = lines.map((text) => ({ line: text.slice(0, max), cut: text.length > max }));
        expect(collect(pieces(bytes, lengths), max)).toEqual(expected);
      }),
    );
  });

  it('keeps back an unfinished line until the end', () => {
    const seen: string[] = [];
    const split = splitLines((text) => seen.push(text));
    split(Buffer.from('one\ntw'));
    expect(seen).toEqual(['one']);
    split.end();
    expect(seen).toEqual(['one', 'tw']);
    split.end();
    expect(seen).toEqual(['one', 'tw']);
  });

  it('does not look again at a chunk that its owner uses anew', () => {
    const seen: string[] = [];
    const split = splitLines((text) => seen.push(text));
    const chunk = Buffer.from('ab');
    split(chunk);
    chunk.fill('x');
    split(Buffer.from('\n'));
    expect(seen).toEqual(['ab']);
  });
});
