import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FENCING, type Fencing } from '../../harness/history/decision.js';
import { type Access, type KeyState, NEVER_WRITTEN, rule } from './fencing.js';

const read = (token: string): Access => ({ f: 'read', token });
const write = (token: string, value: unknown): Access => ({ f: 'write', token, value });

/** Applies the accesses to one key and says of each what was decided: the value read or written, or the refusal. */
function decide(scheme: Fencing, ...accesses: Access[]): unknown[] {
  let state: KeyState = NEVER_WRITTEN;
  return accesses.map((access) => {
    const ruling = rule(scheme, state, access);
    if (ruling.verdict === 'refused') return { refused: ruling.reason };
    state = ruling.state;
    return state.value;
  });
}

// Two holders of one lock, each reads a counter and writes one more. 33 is stopped inside its section, its lease expires, 34
// gets the lock, and 33 goes on after 34 has read and before it has written.
const STALE_BEFORE_FIRST_WRITE = [write('30', 0), read('33'), read('34'), write('33', 1), write('34', 1), read('34')];
// The same, but 33 goes on only after 34 has written.
const STALE_AFTER_FIRST_WRITE = [write('30', 0), read('33'), read('34'), write('34', 1), write('33', 1), read('34')];

describe('off', () => {
  it('accepts both stale writes and loses an update either way', () => {
    expect(decide('off', ...STALE_BEFORE_FIRST_WRITE)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(decide('off', ...STALE_AFTER_FIRST_WRITE)).toEqual([0, 0, 0, 1, 1, 1]);
  });
});

describe('monotonic', () => {
  it('refuses the stale write that comes after the first write of the new holder', () => {
    const refused = { refused: 'token 33 is below the highest seen, 34' };
    expect(decide('monotonic', ...STALE_AFTER_FIRST_WRITE)).toEqual([0, 0, 0, 1, refused, 1]);
  });

  it('has the first-write hole: accepts the stale write that comes before it, and that update is lost', () => {
    // Both increments are acknowledged, and the counter stands at 1.
    expect(decide('monotonic', ...STALE_BEFORE_FIRST_WRITE)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('neither refuses reads nor lets them raise anything', () => {
    expect(decide('monotonic', write('34', 7), read('33'), read('99'), write('34', 8))).toEqual([7, 7, 7, 8]);
  });
});

describe('on', () => {
  it('refuses the stale write on either side of the first write of the new holder', () => {
    const refused = { refused: 'token 33 is below the highest seen, 34' };
    expect(decide('on', ...STALE_BEFORE_FIRST_WRITE)).toEqual([0, 0, 0, refused, 1, 1]);
    expect(decide('on', ...STALE_AFTER_FIRST_WRITE)).toEqual([0, 0, 0, 1, refused, 1]);
  });

  it('refuses a stale read', () => {
    expect(decide('on', write('34', 7), read('33'))).toEqual([
      7,
      { refused: 'token 33 is below the highest seen, 34' },
    ]);
  });

  it('still lets a section that writes without reading land late', () => {
    expect(decide('on', write('33', 'late'), read('34'))).toEqual(['late', 'late']);
  });
});

describe('equality', () => {
  it('refuses with the message of the contrib/lock example, versions in hexadecimal', () => {
    const first = BigInt('0x694d71ddacfda227').toString();
    const second = BigInt('0x694d71ddacfda22c').toString();
    expect(decide('equality', write(second, 'client 2'), write(first, 'client 1'), read(first))).toEqual([
      'client 2',
      { refused: 'given version (694d71ddacfda227) is different from the existing version (694d71ddacfda22c)' },
      'client 2',
    ]);
  });

  it('accepts a stale write that is the first of its key', () => {
    expect(decide('equality', read('34'), write('33', 'stale'))).toEqual([null, 'stale']);
  });

  it('refuses the rightful next owner for ever', () => {
    const refused = { refused: 'given version (22) is different from the existing version (21)' };
    expect(decide('equality', write('33', 1), read('34'), write('34', 2), write('34', 2))).toEqual([
      1,
      1,
      refused,
      refused,
    ]);
  });

  it('pins the token 0 too', () => {
    expect(decide('equality', write('0', 1), write('1', 2))[1]).toHaveProperty('refused');
  });
});

// From here on: all schemes against what they say they do, over the accepted requests and not over a state.

const token = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 12 }).map(String) },
  fc.constantFrom(
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '9223372036854775806',
    '9223372036854775807',
  ),
);
const access: fc.Arbitrary<Access> = fc.oneof(
  token.map(read),
  token.map((given): Access => ({ f: 'read', token: given, register: true })),
  fc.tuple(token, fc.integer()).map(([given, value]) => write(given, value)),
);

const isFree = (one: Access): boolean => one.f === 'read' && one.register !== true;

/** Whether the scheme's words accept the request after these accepted ones. */
const ACCEPTS: Record<Fencing, (accepted: Access[], next: Access) => boolean> = {
  off: () => true,
  equality: (accepted, next) =>
    next.f === 'read' || accepted.every((one) => one.f === 'read' || one.token === next.token),
  monotonic: (accepted, next) =>
    next.f === 'read' || accepted.every((one) => one.f === 'read' || BigInt(one.token) <= BigInt(next.token)),
  strict: (accepted, next) =>
    next.f === 'read' || accepted.every((one) => one.f === 'read' || BigInt(one.token) < BigInt(next.token)),
  'monotonic+register': (accepted, next) =>
    isFree(next) || accepted.every((one) => isFree(one) || BigInt(one.token) <= BigInt(next.token)),
  'ask-etcd': () => true,
  guard: () => true,
  on: (accepted, next) => accepted.every((one) => BigInt(one.token) <= BigInt(next.token)),
};

describe.each(FENCING)('%s, any sequence', (scheme) => {
  it('accepts exactly what it says, and a read returns the last accepted write', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 40 }), (accesses) => {
        const accepted: Access[] = [];
        let state: KeyState = NEVER_WRITTEN;
        for (const next of accesses) {
          const ruling = rule(scheme, state, next);
          expect(ruling.verdict).toBe(ACCEPTS[scheme](accepted, next) ? 'accepted' : 'refused');
          if (ruling.verdict === 'refused') continue;
          accepted.push(next);
          state = ruling.state;
          const last = accepted.filter((one) => one.f === 'write').at(-1);
          expect(state.value).toBe(last?.f === 'write' ? last.value : null);
          expect(state.writtenWith).toBe(last?.token);
        }
      }),
    );
  });
});

interface Played {
  /** Section and kind of each accepted request, in the storage's order. */
  accepted: { section: number; f: 'read' | 'write' }[];
  acknowledged: number;
  counter: unknown;
}

/**
 * Sections that read a counter and write one more, several rounds each, in the order of `turns`: every turn is the next
 * request of that section. A section that was refused goes on all the same, but writes only what it has read.
 */
function play(scheme: Fencing, tokens: string[], turns: number[]): Played {
  let state: KeyState = { ...NEVER_WRITTEN, value: 0 };
  const hasRead = new Map<number, number>();
  const played: Played = { accepted: [], acknowledged: 0, counter: 0 };
  for (const turn of turns) {
    const section = turn % tokens.length;
    const holds = tokens[section] ?? '0';
    const seen = hasRead.get(section);
    hasRead.delete(section);
    const request = seen === undefined ? read(holds) : write(holds, seen + 1);
    const ruling = rule(scheme, state, request);
    if (ruling.verdict === 'refused') continue;
    state = ruling.state;
    played.accepted.push({ section, f: request.f });
    if (request.f === 'read') hasRead.set(section, state.value as number);
    else played.acknowledged += 1;
  }
  return { ...played, counter: state.value };
}

/** Whether a section comes back after another one was let in, with a write among the three. */
function comesBack(accepted: Played['accepted']): boolean {
  return accepted.some((a, i) =>
    accepted.some(
      (b, j) =>
        j > i &&
        b.section !== a.section &&
        accepted.some((c, k) => k > j && c.section === a.section && [a, b, c].some(({ f }) => f === 'write')),
    ),
  );
}

const tokens = fc.uniqueArray(token, { minLength: 2, maxLength: 4 });
const turns = fc.array(fc.nat(3), { maxLength: 24 });

describe('sections that read before they write', () => {
  it('never come back and never lose an update with on, however they interleave', () => {
    fc.assert(
      fc.property(tokens, turns, (held, order) => {
        const { accepted, acknowledged, counter } = play('on', held, order);
        expect(comesBack(accepted)).toBe(false);
        expect(counter).toBe(acknowledged);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['off', 'monotonic'] as const)(
    'do come back and lose updates with %s in some interleaving, so the property can fail',
    (scheme) => {
      const found = (what: (played: Played) => boolean) =>
        fc.check(
          fc.property(tokens, turns, (held, order) => !what(play(scheme, held, order))),
          { numRuns: 2000 },
        ).failed;
      expect(found(({ accepted }) => comesBack(accepted))).toBe(true);
      expect(found(({ acknowledged, counter }) => counter !== acknowledged)).toBe(true);
    },
  );
});
