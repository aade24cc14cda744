import { describe, expect, it } from 'vitest';
import type { Plan } from '../plan/plan.js';
import { keyOf, type Answer } from './oracle.js';
import { oracleOf, planOf } from './testing/system.js';
import { withTime } from './candidates.js';

const whole = planOf();
const [a, b, c] = [10, 20, 30].map((seconds) => withTime(whole, seconds * 1000)) as [Plan, Plan, Plan];

/** By the time of the plan: the answers of its tries. */
function answers(table: Record<number, Answer[]>): (plan: Plan, n: number) => Answer {
  return (plan, n) => table[plan.settings.timeMs / 1000]?.[n] ?? 'not-shown';
}

describe('the oracle', () => {
  it('tries every candidate once before any a second time, and takes the first that shows it', async () => {
    const { oracle, asked } = oracleOf(answers({ 10: ['not-shown', 'shown'], 20: ['unknown', 'shown'] }));
    expect(await oracle.first([a, b, c])).toBe(0);
    expect(asked.map(({ key, n }) => [[a, b, c].findIndex((plan) => keyOf(plan) === key), n])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
    ]);
    expect(oracle.tries).toBe(4);
  });

  it('takes no candidate that shows it in none of its tries', async () => {
    const { oracle, asked } = oracleOf(answers({ 10: ['unknown', 'not-shown', 'not-shown', 'shown'] }));
    expect(await oracle.first([a])).toBeUndefined();
    expect(asked).toHaveLength(3);
  });

  it('never tries twice what is known, from another question or from before', async () => {
    const known = new Map([[keyOf(b), ['not-shown', 'shown'] as const]]);
    const { oracle, asked } = oracleOf(answers({}), { known });
    expect(await oracle.first([b])).toBe(0);
    expect(asked).toEqual([]);
    expect(await oracle.first([a, a, c])).toBeUndefined();
    expect(await oracle.first([{ ...a, name: 'another' }])).toBeUndefined();
    expect(asked).toHaveLength(6);
  });

  it('answers the same, tries several at once or not', async () => {
    const table = { 10: ['not-shown', 'not-shown', 'shown'], 20: ['not-shown', 'shown'] } as Record<number, Answer[]>;
    for (const parallel of [1, 2, 3, 4]) {
      const { oracle } = oracleOf(answers(table), { parallel });
      expect(await oracle.first([a, b, c])).toBe(1);
    }
  });

  it('asks for two in a row of what must be steady, and for no second one after a miss', async () => {
    const { oracle, asked } = oracleOf(answers({ 10: ['shown', 'shown'], 20: ['not-shown', 'shown'], 30: ['shown'] }));
    expect([await oracle.steadily(a), await oracle.steadily(b), await oracle.steadily(c)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(asked).toHaveLength(5);
  });

  it('tries nothing any more once the time is over, and says why', async () => {
    let left = 2;
    const { oracle, asked } = oracleOf(answers({ 30: ['shown'] }), {
      isOver: () => (left-- > 0 ? undefined : 'the budget is used up'),
    });
    expect(await oracle.first([a, b, c])).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(oracle.over).toBe('the budget is used up');
    expect(await oracle.first([c])).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('ends where a try could not be carried out', async () => {
    const { oracle } = oracleOf(() => ({ over: 'no engine answers' }));
    expect(await oracle.first([a])).toBeUndefined();
    expect(oracle.over).toBe('no engine answers');
  });
});
