import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findVdso, withVdso } from './process-memory.js';
import { parseProgramCounter } from './standstill.js';
import { parseVdso } from './vdso.js';

/** The smallest image that has what is looked for: two functions, a data symbol, and their names. */
function synthetic({ machine = 62, size = 4096 } = {}): Buffer {
  const image = Buffer.alloc(size);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]).copy(image);
  image.writeUInt16LE(machine, 0x12);
  const names = Buffer.from('\0__vdso_time\0getres\0LINUX_2.6\0');
  names.copy(image, 0x100);
  const symbols = [
    [0, 0, 0],
    [1, 2, 0x300],
    [13, 0x22, 0x340],
    [20, 1, 0],
  ] as const;
  symbols.forEach(([name, info, value], index) => {
    image.writeUInt32LE(name, 0x200 + index * 24);
    image.writeUInt8(info, 0x200 + index * 24 + 4);
    image.writeBigUInt64LE(BigInt(value), 0x200 + index * 24 + 8);
  });
  const sections = [
    { type: 0, at: 0, size: 0, link: 0 },
    { type: 11, at: 0x200, size: symbols.length * 24, link: 2 },
    { type: 3, at: 0x100, size: names.length, link: 0 },
    { type: 1, at: 0x300, size: 0x100, link: 0 },
    { type: 8, at: 0x400, size: 0x10000, link: 0 },
  ];
  image.writeBigUInt64LE(0x500n, 0x28);
  image.writeUInt16LE(sections.length, 0x3c);
  sections.forEach((section, index) => {
    const at = 0x500 + index * 64;
    image.writeUInt32LE(section.type, at + 4);
    image.writeBigUInt64LE(BigInt(section.at), at + 0x18);
    image.writeBigUInt64LE(BigInt(section.size), at + 0x20);
    image.writeUInt32LE(section.link, at + 0x28);
  });
  return image;
}

describe('parseVdso', () => {
  it.each([
    [62, 'x64'],
    [183, 'arm64'],
  ] as const)('finds functions and the end of what is used (ELF machine %d)', (machine, architecture) => {
    expect(parseVdso(synthetic({ machine }))).toEqual({
      ok: true,
      image: {
        architecture,
        symbols: new Map([
          ['__vdso_time', 0x300],
          ['getres', 0x340],
        ]),
        usedBytes: 0x500 + 5 * 64,
      },
    });
  });

  it("finds this machine's clock functions", () => {
    const read = withVdso(process.pid, (memory) => ({ ok: true, value: memory.read(0, memory.size) }));
    const parsed = parseVdso(read.ok ? read.value : Buffer.alloc(0));
    expect(parsed).toMatchObject({ ok: true, image: { architecture: process.arch } });
    const names = parsed.ok ? [...parsed.image.symbols.keys()] : [];
    expect(names).toContain(process.arch === 'arm64' ? '__kernel_clock_gettime' : '__vdso_clock_gettime');
  });

  it.each([
    ['another architecture', synthetic({ machine: 243 }), 'unknown architecture: ELF machine 243'],
    ['32 bits', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1]), Buffer.alloc(100)]), '64-bit'],
    ['no ELF image', Buffer.from('#!/bin/sh'), '64-bit'],
    ['nothing', Buffer.alloc(0), '64-bit'],
    ['a section table beyond the end', synthetic().subarray(0, 0x520), 'section table'],
    ['a section table without sections', withQuad(synthetic(), 0x3c, 0), 'section table'],
    ['no symbols', withQuad(synthetic(), 0x500 + 64 + 4, 7), 'symbols'],
    ['a symbol table beyond the end', withQuad(synthetic(), 0x500 + 64 + 0x18, 0x10000), 'damaged'],
  ])('refuses %s', (_what, image, reason) => {
    expect(parseVdso(image)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it('never throws, whatever is broken', () => {
    const spots = fc.array(fc.tuple(fc.nat(0x640), fc.nat(255)), { maxLength: 20 });
    fc.assert(
      fc.property(spots, fc.nat(4096), (broken, length) => {
        const image = synthetic();
        for (const [at, byte] of broken) image[at] = byte;
        expect(typeof parseVdso(image.subarray(0, length)).ok).toBe('boolean');
      }),
    );
  });
});

describe('findVdso', () => {
  it('finds the one line', () => {
    const maps =
      '7f0-7f1 r--p 00000000 00:00 0 [vvar]\n7ffc2d3f1000-7ffc2d3f3000 r-xp 00000000 00:00 0    [vdso]\n8-9 r\n';
    expect(findVdso(maps)).toEqual({ start: 0x7ffc2d3f1000, end: 0x7ffc2d3f3000 });
    expect(findVdso(readFileSync('/proc/self/maps', 'utf8'))).toBeDefined();
  });

  it('finds none where there is none', () => {
    expect(findVdso('')).toBeUndefined();
    expect(findVdso('7f0-7f1 r-xp 00000000 00:00 0 /tmp/[vdso]/x\n')).toBeUndefined();
  });
});

describe('parseProgramCounter', () => {
  it.each([
    ['-1 0x7ffd1c 0x7f8e22a1\n', 0x7f8e22a1],
    ['232 0x5 0x7f0 0x400 0xffffffff 0x0 0x0 0x7ffd1c 0x7f8e22b2\n', 0x7f8e22b2],
    ['running\n', undefined],
    ['', undefined],
  ])('reads %j', (text, counter) => {
    expect(parseProgramCounter(text)).toBe(counter);
  });
});

function withQuad(image: Buffer, at: number, value: number): Buffer {
  if (at === 0x3c) image.writeUInt16LE(value, at);
  else image.writeUInt32LE(value, at);
  return image;
}
