import { describe, expect, it } from 'vitest';
import { tablesOf } from '../harness/history/table-builders.js';
import type { FaultRecord } from '../harness/history/operation.js';
import { overlap } from './overlap.js';
import { done, type Draft, fault, history, invoke, ok, record, TICK } from './testing/builders.js';

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
