import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDemuxer } from './demux.js';

interface Frame {
  readonly type: 1 | 2;
  readonly body: Uint8Array;
}

function encode(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ type, body }) => {
      const head = Buffer.alloc(8);
      head[0] = type;
      head.writeUInt32BE(body.length, 4);
      return [head, body];
    }),
  );
}

/** Cuts bytes at the given places, in any order and number. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function demux(chunks: readonly Buffer[]): { stdout: Buffer; stderr: Buffer } {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const take = createDemuxer(
    (piece) => stdout.push(Buffer.from(piece)),
    (piece) => stderr.push(Buffer.from(piece)),
  );
  for (const chunk of chunks) take(chunk);
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
}

const frames = fc.array(fc.record({ type: fc.constantFrom<1 | 2>(1, 2), body: fc.uint8Array({ maxLength: 40 }) }), {
  maxLength: 12,
});

describe('createDemuxer', () => {
  it('gives the same bytes wherever the transport cuts them', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(2000), { maxLength: 30 }), (sent, places) => {
        const got = demux(cut(encode(sent), places));
        const bodies = (type: number) =>
          Buffer.concat(sent.filter((frame) => frame.type === type).map(({ body }) => body));
        expect(got.stdout).toEqual(bodies(1));
        expect(got.stderr).toEqual(bodies(2));
      }),
    );
  });

  it('hands a piece on before its frame is complete', () => {
    const pieces: string[] = [];
    const take = createDemuxer(
      (piece) => pieces.push(Buffer.from(piece).toString()),
      () => undefined,
    );
    const bytes = encode([{ type: 1, body: Buffer.from('hello') }]);
    take(bytes.subarray(0, 10));
    expect(pieces).toEqual(['he']);
    take(bytes.subarray(10));
    expect(pieces).toEqual(['he', 'llo']);
  });

  it('passes empty frames over', () => {
    const got = demux([
      encode([
        { type: 1, body: new Uint8Array() },
        { type: 1, body: Buffer.from('x') },
      ]),
    ]);
    expect(got.stdout.toString()).toBe('x');
  });

  it('refuses what is no stream of the engine', () => {
    expect(() => demux([Buffer.from('plain text of a terminal')])).toThrow(/not a stream of the engine/);
  });
});
