/**
 * The stubs' code by itself: what it makes of the kernel's readings, for any parameters, is what bend.ts says. arm64's runs
 * under an emulator here unless the machine is one; it has not been run on arm64 hardware.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Line, type Parameters, readingAt } from './bend.js';
import { blockAt, CODE_AT, encodeBlock, GENERATION_AT } from './layout.js';
import { type Stub, STUBS } from './stub.js';
import { runProgram } from './testing/assembler.js';

const RECORD_SIZE = 88;
const EINVAL = -22n;
/** What is called: a clock, the clock of its family whose readings are bent, and the function. */
const CASES = [
  { name: 'REALTIME', clock: 0, base: 0, symbol: 'clock_gettime' },
  { name: 'REALTIME_COARSE', clock: 5, base: 5, symbol: 'clock_gettime' },
  { name: 'TAI', clock: 11, base: 0, symbol: 'clock_gettime' },
  { name: 'MONOTONIC', clock: 1, base: 1, symbol: 'clock_gettime' },
  { name: 'MONOTONIC_COARSE', clock: 6, base: 6, symbol: 'clock_gettime' },
  { name: 'MONOTONIC_RAW', clock: 4, base: 1, symbol: 'clock_gettime' },
  { name: 'BOOTTIME', clock: 7, base: 1, symbol: 'clock_gettime' },
  { name: 'gettimeofday', clock: 0, base: 0, symbol: 'gettimeofday' },
  { name: 'time', clock: 5, base: 5, symbol: 'time' },
  { name: 'PROCESS_CPUTIME', clock: 2, base: 1, symbol: 'clock_gettime' },
  { name: 'a clock that is none', clock: 12345, base: 1, symbol: 'clock_gettime' },
] as const;
type Case = (typeof CASES)[number];

interface Answer {
  base: [bigint, bigint];
  clock: [bigint, bigint];
  /** As the caller's two words. */
  answer: [bigint, bigint];
  returned: bigint;
}

const RATE = fc.integer({ min: Math.ceil(0.01 * 2 ** 32), max: 100 * 2 ** 32 }).map(BigInt);
/** The turn some days ago or to come, and readings that stay within what a clock can hold at any rate. */
const SINCE = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const FAKE = fc.bigInt({ min: 2n * 10n ** 17n, max: 2n * 10n ** 18n });

function lineAround(now: bigint): fc.Arbitrary<Line> {
  return fc.record({
    at: SINCE.map((since) => now + since),
    fakeBefore: FAKE,
    rateBefore: RATE,
    fakeAfter: FAKE,
    rateAfter: RATE,
  });
}

function call(architecture: Stub['architecture'], parameters: readonly Parameters[]): Answer[][] {
  const { hex, entries } = STUBS[architecture];
  const stub = Buffer.from(hex, 'hex');
  const source = readFileSync(new URL(`testing/run-stub-${architecture}.S`, import.meta.url), 'utf8');
  const cases = CASES.filter(({ symbol }) => offset(entries, symbol) !== undefined).map(
    ({ clock, base, symbol }) =>
      `.long ${clock}, ${base}, ${offset(entries, symbol)}, ${symbol === 'clock_gettime' ? 0 : 1}\n`,
  );
  const headers = parameters.map((one, index) => {
    const header = Buffer.from(stub.subarray(0, CODE_AT));
    header.writeBigUInt64LE(BigInt(index), GENERATION_AT);
    // The block that does not count would give itself away.
    header.fill(0xff, blockAt(BigInt(index + 1)), blockAt(BigInt(index + 1)) + 80);
    encodeBlock(one).copy(header, blockAt(BigInt(index)));
    return header;
  });
  const out = runProgram(architecture, `${source}${cases.join('')}.long -1\n`, {
    include: stub,
    input: Buffer.concat(headers),
  });
  expect(out.length).toBe(parameters.length * cases.length * RECORD_SIZE);
  const ns = (at: number) => out.readBigInt64LE(at) * 1_000_000_000n + out.readBigInt64LE(at + 8);
  const answer = (at: number): Answer => ({
    base: [ns(at), ns(at + 64)],
    clock: [ns(at + 16), ns(at + 48)],
    answer: [out.readBigInt64LE(at + 32), out.readBigInt64LE(at + 40)],
    returned: out.readBigInt64LE(at + 80),
  });
  return parameters.map((_, index) =>
    cases.map((_one, number) => answer((index * cases.length + number) * RECORD_SIZE)),
  );
}

function offset(entries: Stub['entries'], symbol: string): number | undefined {
  return Object.entries(entries).find(([name]) => name.endsWith(`_${symbol}`))?.[1];
}

/** Lowest and highest reading that the clock may have answered. */
function bounds({ clock, base: baseId }: Case, { wall, monotonic }: Parameters, answer: Answer): [bigint, bigint] {
  if (clock === 2) return answer.clock;
  const line = [0, 5].includes(baseId) ? wall : monotonic;
  const ahead = answer.base.map((real) => readingAt(line, real) - real).sort((a, b) => Number(a - b));
  return [answer.clock[0] + (ahead[0] ?? 0n), answer.clock[1] + (ahead[1] ?? 0n)];
}

describe.each(['x64', 'arm64'] as const)('the stub for %s', (architecture) => {
  const cases = CASES.filter(({ symbol }) => architecture === 'x64' || symbol !== 'time');
  let sets: Parameters[];
  let answers: Answer[][];
  beforeAll(() => {
    const wall = lineAround(BigInt(Date.now()) * 1_000_000n);
    sets = fc.sample(fc.record({ wall, monotonic: lineAround(process.hrtime.bigint()) }), 300);
    answers = call(architecture, sets);
  }, 180_000);

  it.each(cases.filter(({ clock }) => clock < 100))('bends $name as the arithmetic says', (one) => {
    sets.forEach((parameters, index) => {
      const answer = answers[index]?.[cases.indexOf(one)];
      if (answer === undefined) throw new Error('no answer');
      const [first, second] = answer.answer;
      const [low, high] = bounds(one, parameters, answer);
      if (one.symbol === 'time') {
        expect(answer.returned).toBe(first);
        expect(first).toBeGreaterThanOrEqual(low / 1_000_000_000n);
        expect(first).toBeLessThanOrEqual(high / 1_000_000_000n);
        return;
      }
      expect(answer.returned).toBe(0n);
      const unit = one.symbol === 'gettimeofday' ? 1000n : 1n;
      const reading = first * 1_000_000_000n + second * unit;
      expect(second).toBeGreaterThanOrEqual(0n);
      expect(second * unit).toBeLessThan(1_000_000_000n);
      expect(reading).toBeGreaterThanOrEqual(low - (low % unit));
      expect(reading).toBeLessThanOrEqual(high);
    });
  });

  it('leaves errors to the kernel', () => {
    for (const of of answers) expect(BigInt.asIntN(32, of.at(-1)?.returned ?? 0n)).toBe(EINVAL);
  });
});
