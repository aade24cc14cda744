import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClockChange } from '../protocol.js';
import { bend, type Moment, type Parameters, rateAt, readingAt, UNBENT } from './bend.js';
import { blockAt, decodeParameters, encodeBlock, GENERATION_AT } from './layout.js';

const START: Moment = { wall: 1_800_000_000_000_000_000n, monotonic: 5_000_000_000_000n };
const HOUR = 3_600_000_000_000n;

const shift = fc.record(
  {
    do: fc.constant('shift' as const),
    rate: fc.double({ min: 0.01, max: 100, noNaN: true }),
    stepWallNs: fc.bigInt({ min: -HOUR, max: HOUR }).map(String),
    jumpNs: fc.bigInt({ min: 0n, max: HOUR }).map(String),
  },
  { requiredKeys: ['do'] },
);
const change = fc.oneof({ weight: 4, arbitrary: shift }, fc.constant({ do: 'heal' as const }));
/** Changes, each so many ns after the last one; at least what the writer keeps between two of them. */
const changes = fc.array(fc.tuple(change, fc.bigInt({ min: 12_000_000n, max: 1_000_000_000n })), {
  minLength: 1,
  maxLength: 10,
});

function bent(parameters: Parameters, at: Moment, what: Exclude<ClockChange, { do: 'read' }>): Parameters {
  const result = bend(parameters, at, what);
  if (!result.ok) throw new Error(result.reason);
  return result.parameters;
}

/** Each state with the moment from which it counts. */
function history(list: readonly (readonly [Exclude<ClockChange, { do: 'read' }>, bigint])[]) {
  let parameters = UNBENT;
  let at = START;
  return list.map(([what, after]) => {
    at = { wall: at.wall + after, monotonic: at.monotonic + after };
    const before = parameters;
    parameters = bent(parameters, at, what);
    return { at, before, parameters, what };
  });
}

describe('bend', () => {
  it('goes on as before up to the moment, and from there on as told', () => {
    fc.assert(
      fc.property(changes, fc.bigInt({ min: 1n, max: 1000n }), (list, ns) => {
        for (const { at, before, parameters, what } of history(list)) {
          for (const family of ['wall', 'monotonic'] as const) {
            const old = (real: bigint) => readingAt(before[family], real);
            const now = (real: bigint) => readingAt(parameters[family], real);
            // One rounding down each.
            expect(Number(old(at[family] - ns) - now(at[family] - ns))).toBeCloseTo(0, -1);
            const jump = what.do === 'shift' ? BigInt(what.jumpNs ?? 0) : 0n;
            const step = what.do === 'shift' && family === 'wall' ? BigInt(what.stepWallNs ?? 0) : 0n;
            if (what.do === 'shift' || family === 'monotonic')
              expect(now(at[family])).toBe(old(at[family]) + jump + step);
            else expect(now(at[family] + ns)).toBe(at[family] + ns);
            const rate = what.do === 'heal' ? 1 : (what.rate ?? rateAt(before[family], at[family]));
            expect(rateAt(parameters[family], at[family])).toBeCloseTo(rate, 6);
          }
        }
      }),
    );
  });

  it('never lets the monotonic clock step back', () => {
    fc.assert(
      fc.property(changes, (list) => {
        let last = START.monotonic;
        for (const { at, before, parameters } of history(list)) {
          // A thread with the old parameters, then one with the new ones; no two readings are less than 100 ns apart.
          for (const [line, after] of [
            [before.monotonic, -300n],
            [parameters.monotonic, -200n],
            [before.monotonic, -100n],
            [parameters.monotonic, 0n],
            [parameters.monotonic, 100n],
          ] as const) {
            const reading = readingAt(line, at.monotonic + after);
            expect(reading).toBeGreaterThanOrEqual(last);
            last = reading;
          }
        }
      }),
    );
  });

  it('tells the truth at first', () => {
    expect(readingAt(UNBENT.wall, START.wall)).toBe(START.wall);
    expect(rateAt(UNBENT.monotonic, START.monotonic)).toBe(1);
  });
});

describe('a block of parameters', () => {
  it('is read as it was written, from the block that counts', () => {
    fc.assert(
      fc.property(changes, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (list, generation) => {
        const parameters = history(list).at(-1)?.parameters ?? UNBENT;
        const stub = Buffer.alloc(256, 0x5a);
        stub.writeBigUInt64LE(generation, GENERATION_AT);
        encodeBlock(parameters).copy(stub, blockAt(generation));
        expect(decodeParameters(stub)).toEqual({ generation, parameters });
      }),
    );
  });
});
