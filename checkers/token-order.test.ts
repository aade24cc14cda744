/** The order of holds by their tokens and by time, and which replaced which: random holds against the plainest definitions. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NONE } from '../harness/history/tables.js';
import { tablesOf } from '../harness/history/table-builders.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { replacements } from './replacements.js';
import { type Draft, history, invoke, ok, record } from './testing/builders.js';
import { tried } from './testing/runs.js';
import { forEachFallenToken, forEachRepeatedToken } from './token-order.js';

interface Drawn {
  /** Of each acquire: when it is asked for and granted, by the order of these numbers; its lane; its token, if any. */
  holds: { asked: number; wait: number; lane: number; token: number | undefined }[];
  source: 'create-revision' | 'lease-id';
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  holds: fc.array(
    fc.record({
      asked: fc.integer({ min: 0, max: 12 }),
      wait: fc.integer({ min: 1, max: 8 }),
      lane: fc.constantFrom(0, 0, 0, 1),
      token: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined, freq: 6 }),
    }),
    { minLength: 1, maxLength: 8, size: 'max' },
  ),
  source: fc.constantFrom('create-revision', 'create-revision', 'create-revision', 'lease-id'),
});

/** Tokens may be repeated, fall, or be missing; each hold is of a process of its own. */
function evidenceFor({ holds, source }: Drawn): Evidence {
  const halves = holds.flatMap(({ asked, wait, lane, token }, process): [number, Draft][] => [
    [asked, invoke(process, 'acquire', { lane })],
    [asked + wait, ok(process, 'acquire', { lane, ...(token === undefined ? {} : { token: String(token) }) })],
  ]);
  const drafts = halves.sort(([a], [b]) => a - b).map(([, draft]) => draft);
  const run = record(history(...drafts));
  return evidenceOf(tablesOf({ ...run, settings: { ...run.settings, token: source } }));
}

/** All holds as objects, in the order in which they were asked for. */
function plain({ holds, orderless }: Evidence) {
  return Array.from({ length: holds.count }, (_, hold) => ({
    hold,
    lane: holds.lane[hold] as number,
    token: holds.token[hold] as number,
    asked: holds.askedRow(hold),
    granted: holds.grantedRow(hold),
    hasOrder: !orderless.has(holds.lane[hold] as number),
  }));
}

it('says of each hold which replaced it', () => {
  tried('holds and what replaced them', drawn, (given) => {
    const evidence = evidenceFor(given);
    const all = plain(evidence);
    const expected = all.map((one) => {
      const newer = all.filter(
        (other) =>
          other.lane === one.lane &&
          other.granted > one.granted &&
          (other.asked > one.granted || (one.hasOrder && one.token !== NONE && one.token < other.token)),
      );
      return newer.sort((a, b) => a.granted - b.granted)[0]?.hold ?? NONE;
    });
    expect(Array.from(replacements(evidence))).toEqual(expected);
    return expected.some((hold) => hold !== NONE);
  });
});

it('finds tokens that come twice, each with the last that had it', () => {
  tried('repeated tokens', drawn, (given) => {
    const evidence = evidenceFor(given);
    const all = plain(evidence);
    const expected = all.flatMap(({ hold, lane, token }) => {
      const owner = all.findLast(
        (other) => other.hold < hold && other.lane === lane && other.token === token && token !== NONE,
      );
      return owner === undefined ? [] : [[owner.hold, hold]];
    });
    const found: number[][] = [];
    forEachRepeatedToken(evidence, (owner, hold) => found.push([owner, hold]));
    expect(found).toEqual(expected);
    return expected.length > 0;
  });
});

it('finds tokens that fall, each beside the largest that was granted before it was asked for', () => {
  tried('fallen tokens', drawn, (given) => {
    const evidence = evidenceFor(given);
    const all = plain(evidence);
    const expected = all.flatMap(({ hold, lane, token, asked }) => {
      const before = all.filter((other) => other.lane === lane && other.granted < asked && other.token !== NONE);
      // Of those with one token, the one that was granted last.
      const [largest] = before.sort((a, b) => b.token - a.token || b.granted - a.granted);
      return token !== NONE && largest !== undefined && token < largest.token ? [[largest.hold, hold]] : [];
    });
    const found: number[][] = [];
    forEachFallenToken(evidence, (before, hold) => found.push([before, hold]));
    expect(found).toEqual(expected);
    return expected.length > 0;
  });
});
