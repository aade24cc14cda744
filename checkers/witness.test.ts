import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import type { FaultRecord } from '../harness/history/operation.js';
import { evidenceOf } from './evidence.js';
import { overlap } from './overlap.js';
import { done, type Draft, fault, history, invoke, ok, record, TICK } from './testing/builders.js';
import { olderFirst, type Part, tell } from './witness.js';

const named = (f: 'inject' | 'heal', id: string, process = 1) => fault(f, process, true, { id });
const everybody = (f: 'inject' | 'heal', id: string) => fault(f, 0, true, { id, kind: 'partition', processes: 'all' });

/**
 * A process gets the lock, process 2 gets it too, the first writes: an overlap. `before`, `queued`, `early`, `between` and `during` are put
 * in front of the first acquire, behind it, in front of the late write, and between that one's halves.
 */
function explained(
  parts: Partial<Record<'before' | 'queued' | 'early' | 'between' | 'during', Draft[]>>,
  late = 1,
): string | undefined {
  const { before = [], queued = [], early = [], between = [], during = [] } = parts;
  const entries = history(
    before,
    invoke(late, 'acquire'),
    queued,
    ok(late, 'acquire', { token: '5' }),
    early,
    done(2, 'acquire', { token: '6' }),
    done(2, 'read', { value: null }),
    between,
    invoke(late, 'write', { value: 1 }),
    during,
    ok(late, 'write'),
    done(2, 'release'),
  );
  const [violation] = overlap.check(tablesOf(record(entries))).violations;
  const at = violation?.fault;
  return at === undefined ? undefined : (entries[at]?.value as FaultRecord).id;
}

describe('the fault that explains a violation', () => {
  it.each([
    ['none where none was in force', {}, undefined],
    ['not one that was over before the section', { before: [named('inject', 'a'), named('heal', 'a')] }, undefined],
    [
      'one that lay on the process when it asked for the lock',
      { before: [named('inject', 'a')], early: [named('heal', 'a')] },
      'a',
    ],
    [
      'one that was over a moment before it got the lock, while it queued',
      { queued: [named('inject', 'a'), named('heal', 'a')] },
      'a',
    ],
    [
      'not one that was over for a TTL when it got the lock',
      { queued: [named('inject', 'a'), named('heal', 'a'), { ...named('inject', 'b', 7), time: 2100 * TICK }] },
      undefined,
    ],
    ['one that hinders everybody', { early: [everybody('inject', 'a')] }, 'a'],
    [
      'one that names the process before a later one that hinders everybody',
      { early: [named('inject', 'a')], between: [everybody('inject', 'b')] },
      'a',
    ],
    [
      'of two that name it the later one',
      { early: [named('inject', 'a'), named('heal', 'a')], between: [named('inject', 'b')] },
      'b',
    ],
    [
      'one injected before the late operation, not one while it was under way',
      { early: [named('inject', 'a')], during: [named('inject', 'b')] },
      'a',
    ],
    ['one while it was under way, if there is no other', { during: [named('inject', 'b')] }, 'b'],
    [
      'one on the late process, though the other had one of its own',
      { early: [named('inject', 'a')], between: [named('inject', 'b', 2)] },
      'a',
    ],
    [
      'one that names the other process before a later one that hinders everybody',
      { early: [named('inject', 'a', 2)], between: [everybody('inject', 'b')] },
      'a',
    ],
    ['one on the other process, if the late one had none', { between: [named('inject', 'b', 2)] }, 'b'],
    ['not one on a later number of its slot', { early: [named('inject', 'a', 4)] }, undefined],
  ] as const)('is %s', (_what, parts, expected) => {
    expect(explained(parts as Parameters<typeof explained>[0])).toBe(expected);
  });

  it('is one on the process for which the late one goes on, whose number was retired', () => {
    expect(explained({ early: [named('inject', 'a', 1)] }, 4)).toBe('a');
  });
});

describe('a proof of two holds', () => {
  /** Two acquires side by side, told in the order of the processes 1 and 2; each then reads twice. */
  const sideBySide = (first: string | undefined, second: string | undefined, ...between: Draft[]) => {
    const answer = (process: number, token: string | undefined) =>
      ok(process, 'acquire', token === undefined ? {} : { token });
    const entries = history(
      ...[invoke(1, 'acquire'), invoke(2, 'acquire'), answer(1, first), answer(2, second)],
      ...[done(1, 'read', { value: null }), done(2, 'read', { value: null }), between],
      ...[done(1, 'read', { value: null }), done(2, 'read', { value: null })],
    );
    return evidenceOf(tablesOf(record(entries)));
  };
  // Operations 0 and 1 are the acquires.
  const parts: [Part, Part] = [
    { hold: 0, operations: [2, 4] },
    { hold: 1, operations: [3, 5] },
  ];

  it('has the older one first: by the tokens, and where they say nothing by the grants', () => {
    const [a, b] = parts;
    const order = (...tokens: [string | undefined, string | undefined]) => {
      const evidence = sideBySide(...tokens);
      return [olderFirst(evidence, a, b), olderFirst(evidence, b, a)].map(([first]) => first.hold);
    };
    expect(order('5', '6')).toEqual([0, 0]);
    expect(order('6', '5')).toEqual([1, 1]);
    expect([order('5', '5'), order(undefined, '5'), order('5', undefined)]).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    // Of one hold they stay as they were given.
    const later: Part = { hold: 0, operations: [4] };
    expect(olderFirst(sideBySide('5', '6'), later, a)).toEqual([later, a]);
  });

  it('reaches from the first grant, or from the fault if that began earlier, to the last answer', () => {
    const [a, b] = parts;
    const { first, second, fault: none, from, to } = tell(sideBySide('6', '5'), a, b);
    expect([first?.process, second?.process, none, from, to]).toEqual([2, 1, undefined, 3 * TICK, 12 * TICK]);
    const entries = history(
      { ...fault('inject', 1), time: 7 * TICK },
      ...[...done(1, 'acquire', { token: '5' }), ...done(1, 'read', { value: null })],
    );
    const told = tell(evidenceOf(tablesOf(record(entries))), { hold: 0, operations: [1] });
    expect(told).toEqual({
      first: { process: 1, token: '5', acquire: 1, operations: [3] },
      fault: 0,
      from: 7 * TICK,
      to: 11 * TICK,
    });
  });

  it('is explained by a fault up to the last of its operations, not to the first alone', () => {
    const [a, b] = parts;
    const late = sideBySide('5', '6', named('inject', 'a'), named('heal', 'a'));
    expect([tell(late, a, b).fault, tell(late, { hold: 0, operations: [2] }).fault]).toEqual([8, undefined]);
    const whole = evidenceOf(
      tablesOf(
        record(
          history(
            ...[done(1, 'acquire', { token: '5' }), done(1, 'read', { value: null }), invoke(1, 'read')],
            ...[named('inject', 'a'), ok(1, 'read', { value: null })],
          ),
        ),
      ),
    );
    expect(tell(whole, { hold: 0, operations: [1, 2] }).fault).toBe(5);
    // One that began before the last operation was sent comes before one that began while it was under way.
    const two = history(
      ...[done(1, 'acquire', { token: '5' }), done(1, 'read', { value: null }), named('inject', 'a')],
      ...[invoke(1, 'read'), named('inject', 'b'), ok(1, 'read', { value: null })],
    );
    expect(tell(evidenceOf(tablesOf(record(two))), { hold: 0, operations: [1, 2] }).fault).toBe(4);
  });
});
