import { describe, expect, it } from 'vitest';
import { parseFaults } from './fault-grammar.js';
import { DEFAULTS, makePlan, type PlanOptions } from './make-plan.js';
import { parsePlan, type Plan } from './plan.js';

function planOf(faults: string, more: Partial<PlanOptions> = {}): Plan {
  const parsed = parseFaults(faults);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  const made = makePlan({
    ...DEFAULTS,
    timeSeconds: 60,
    seed: 1,
    expect: {},
    storage: 'http-durable',
    faults: parsed.faults,
    ...more,
  });
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

describe('the word of etcd and the lock', () => {
  it.each(['none', 'pause', 'partition', 'clock@holder', 'disk:slow@leader', 'disk:slow@storage', 'kill@follower'])(
    'is expected to be kept under %s',
    (faults) => expect(planOf(faults).expect.service).toBe('clean'),
  );

  it.each(['clock:drift=4@leader', 'clock:step=500@etcd2', 'pause,disk:lost@follower', 'clock:jump=500@all'])(
    'is not asked for under %s',
    (faults) => expect(planOf(faults).expect).not.toHaveProperty('service'),
  );

  it('is not asked for where tokens have no order', () => {
    expect(planOf('none', { token: 'lease-id' }).expect).toEqual({});
  });

  it('is not asked for where the recipe itself gives two clients one revision', () => {
    expect(planOf('none', { recipe: 'naive', sharesRevisions: true }).expect).toEqual({});
    expect(planOf('none', { recipe: 'lease-fixed', sharesRevisions: false }).expect).toEqual({ service: 'clean' });
  });

  it('is what the caller says where it says so', () => {
    expect(planOf('none', { expect: { service: 'violated' } }).expect).toEqual({ service: 'violated' });
  });

  it('is not asked of plans that were made before it was', () => {
    const { expect: expected, ...rest } = planOf('pause', { expect: { data: 'violated' } });
    const { service: _, ...before } = expected;
    expect(parsePlan({ ...rest, expect: before })).toMatchObject({ plan: { expect: { data: 'violated' } } });
  });
});
