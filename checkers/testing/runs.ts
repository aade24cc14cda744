/**
 * How many histories the property tests try, and a frame for them that says what they went through. The environment variable
 * LEASEBREAKER_PROPERTY_RUNS sets the number: 2,000 unless told, 100,000 and more in the nightly run. For tests; not part of the
 * program.
 */
import fc from 'fast-check';
import { expect, vi } from 'vitest';

const DEFAULT_RUNS = 2000;

/** Histories that a property tries. */
export const PROPERTY_RUNS: number = runsOf(process.env['LEASEBREAKER_PROPERTY_RUNS']);

/** What a test may take: several times what the slowest property needs on a busy machine. */
const TEST_TIMEOUT_MS = 60_000 + 30 * PROPERTY_RUNS;
// For the test file that imports this one: more histories than usual must not run into the limit of a usual test.
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

function runsOf(said: string | undefined): number {
  if (said === undefined || said === '') return DEFAULT_RUNS;
  const runs = Number(said);
  if (!Number.isSafeInteger(runs) || runs < 1) throw new Error(`LEASEBREAKER_PROPERTY_RUNS is ${said}, not a number`);
  return runs;
}

export interface Trial {
  /** Histories to try; `PROPERTY_RUNS` unless said. */
  runs?: number;
  /** The least share of notable histories, from 0 to 1; a 50th unless said. */
  notable?: number;
}

/**
 * Runs the property and prints how many histories it tried. It answers whether the history was notable, one that was worth
 * trying: a property over histories in which nothing happens shows nothing, so too few of them fail the test.
 */
export function tried<Drawn>(
  name: string,
  arbitrary: fc.Arbitrary<Drawn>,
  property: (drawn: Drawn) => boolean,
  { runs = PROPERTY_RUNS, notable: share = 1 / 50 }: Trial = {},
): void {
  let histories = 0;
  let notable = 0;
  fc.assert(
    fc.property(arbitrary, (drawn) => {
      histories++;
      if (property(drawn)) notable++;
    }),
    { numRuns: runs },
  );
  console.log(`${name}: ${histories} histories, ${notable} of them notable`);
  // Where a dozen is tried, chance may leave none that is.
  if (runs >= 500) expect(notable).toBeGreaterThanOrEqual(runs * share);
}
