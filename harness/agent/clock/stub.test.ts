/**
 * The stubs' bytes are what their sources assemble to. After a change to a source, `vitest run harness/agent/clock/stub.test.ts -u`
 * writes the bytes anew.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_AT, GENERATION_AT, MAGIC } from './layout.js';
import { encodeJump, type Stub, STUBS } from './stub.js';
import { assemble } from './testing/assembler.js';

const FUNCTIONS = {
  x64: { __vdso_clock_gettime: 'clock_gettime', __vdso_gettimeofday: 'gettimeofday', __vdso_time: 'time' },
  arm64: { __kernel_clock_gettime: 'clock_gettime', __kernel_gettimeofday: 'gettimeofday' },
} satisfies Record<Stub['architecture'], Record<string, string>>;

const architectures = ['x64', 'arm64'] as const;

function assembled(architecture: Stub['architecture']) {
  return assemble(architecture, readFileSync(new URL(`stub-${architecture}.S`, import.meta.url), 'utf8'));
}

describe.each(architectures)('the stub for %s', (architecture) => {
  it('is what its source assembles to', { timeout: 180_000 }, async () => {
    const { code, labels } = assembled(architecture);
    const entries = Object.entries(FUNCTIONS[architecture]).map(
      ([symbol, label]) => `    ${symbol}: 0x${labels.get(label)?.toString(16)},`,
    );
    const hex = code.toString('hex').match(/.{1,96}/g) ?? [];
    const file = [
      `/** What stub-${architecture}.S assembles to. Written by stub.test.ts, not by hand. */`,
      "import type { Stub } from './stub.js';",
      '',
      `export const STUB_${architecture.toUpperCase()}: Stub = {`,
      `  architecture: '${architecture}',`,
      '  entries: {',
      ...entries,
      '  },',
      '  hex: [',
      ...hex.map((line) => `    '${line}',`),
      "  ].join(''),",
      '};',
      '',
    ];
    await expect(file.join('\n')).toMatchFileSnapshot(`stub-${architecture}.ts`);
  });

  it('has its parameters where the layout says', () => {
    const { code, labels } = assembled(architecture);
    expect(code.subarray(0, MAGIC.length)).toEqual(MAGIC);
    expect(labels.get('generation')).toBe(GENERATION_AT);
    expect([labels.get('blocks'), labels.get('saved')]).toEqual([16, 176]);
    expect(labels.get('clock_gettime')).toBe(CODE_AT);
    expect(code.subarray(MAGIC.length, CODE_AT).every((byte) => byte === 0)).toBe(true);
  });

  it('is reached by the jump as the assembler writes it', () => {
    const offsets = fc.integer({ min: 4, max: 2000 }).map((words) => words * 4);
    fc.assert(
      fc.property(offsets, offsets, (from, to) => {
        const jump = encodeJump(architecture, from, to);
        const filler = (bytes: number) => `.fill ${bytes}, 1, 0`;
        const [instruction, size] = architecture === 'x64' ? ['jmp.d32 there', 5] : ['hint #34\n b there', 8];
        fc.pre(to >= from + size || to + 4 <= from);
        const lines =
          to > from
            ? [filler(from), instruction, filler(to - from - size), 'there: .fill 4, 1, 0']
            : [filler(to), 'there: .fill 4, 1, 0', filler(from - to - 4), instruction];
        const { code } = assemble(architecture, `${lines.join('\n')}\n`);
        expect(code.subarray(from, from + size)).toEqual(jump);
      }),
      { numRuns: 10 },
    );
  });
});

it('fits behind the sections of a vDSO of two pages', () => {
  for (const { hex } of Object.values(STUBS)) expect(hex.length / 2).toBeLessThan(1024);
});
