import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePlan } from '../plan/make-plan.js';
import { parsePlan, type Plan } from '../plan/plan.js';
import { planOptionsOf } from '../plan/write-plan-file.js';
import { withFaults } from './candidates.js';
import { type Answer, keyOf } from './oracle.js';
import { type Needs, NOTHING, oracleOf, planOf, shows, shrinkWith } from './testing/system.js';

const plan = planOf();
const someFaults = fc.uniqueArray(fc.constantFrom(...plan.faults.map(({ id }) => id)), { maxLength: 3 });
const someNeeds: fc.Arbitrary<Needs> = fc.record({
  faults: someFaults,
  durationMs: fc.integer({ min: 0, max: 1500 }),
  clients: fc.integer({ min: 2, max: 4 }),
  rate: fc.integer({ min: 0, max: 400 }),
  timeMs: fc.constant(0),
});
const ids = ({ faults }: Plan): string[] => faults.map(({ id }) => id);

/** What a fault needs, it needs too: those that it stands behind. */
function withLeaders(wanted: readonly string[]): string[] {
  const all = plan.faults.filter(({ id }) => wanted.includes(id));
  const leaders = all.flatMap(({ after }) => after ?? []);
  return leaders.every((id) => wanted.includes(id)) ? [...wanted] : withLeaders([...new Set([...wanted, ...leaders])]);
}

describe('shrink', () => {
  it('ends with what is needed and no more, and with a plan that shows it still', async () => {
    await fc.assert(
      fc.asyncProperty(someNeeds, someFaults, fc.integer({ min: 1, max: 4 }), async (needs, blamed, parallel) => {
        const { oracle } = oracleOf((each) => (shows(needs, each) ? 'shown' : 'not-shown'), { parallel });
        const {
          kind,
          plan: least,
          steps,
        } = await shrinkWith(plan, oracle, { hints: { blamed, firstMs: 9000, lane: 3 } });
        expect(kind).toBe('shrunk');
        expect(shows(needs, least)).toBe(true);
        expect(ids(least).sort()).toEqual(withLeaders(needs.faults).sort());
        expect(least.settings.clients).toBe(needs.clients);
        const struck = new Set(least.faults.flatMap(({ lane }) => lane ?? []));
        expect(least.settings.lanes).toBe(Math.max(1, struck.size));
        for (const { durationMs } of least.faults)
          expect(durationMs).toBeLessThan(Math.max(500, needs.durationMs) + 500);
        expect(least.rate / 2 < Math.max(needs.rate, 20)).toBe(true);
        expect(parsePlan(JSON.parse(JSON.stringify(least)))).toEqual({ kind: 'plan', plan: least });
        for (const [n, step] of steps.entries()) expect(step.from).toBe(n === 0 ? plan : steps[n - 1]?.to);
      }),
      { numRuns: 30 },
    );
  });

  it('ends with a plan that showed it, where it shows only now and then', async () => {
    await fc.assert(
      fc.asyncProperty(
        someNeeds,
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat(3)),
        async (needs, parallel, luck) => {
          const seen = new Set<string>();
          const { oracle } = oracleOf(
            (each): Answer => {
              const drawn = luck.next().value;
              if (drawn === 0) return 'unknown';
              const isShown = shows(needs, each) && drawn > 1;
              if (isShown) seen.add(keyOf(each));
              return isShown ? 'shown' : 'not-shown';
            },
            { parallel },
          );
          const { kind, plan: least } = await shrinkWith(plan, oracle);
          expect(kind === 'shrunk' ? seen.has(keyOf(least)) && shows(needs, least) : least === plan).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('says so where the plan itself does not show it', async () => {
    const { oracle, asked } = oracleOf(() => 'not-shown');
    const ended = await shrinkWith(plan, oracle);
    expect(ended).toMatchObject({ kind: 'not-shown', plan });
    expect(asked).toHaveLength(3);
  });

  it('needs one try for all faults but one, where the run that found it blames that one', async () => {
    const id = ids(plan)[20] as string;
    const { oracle } = oracleOf((each) => (shows({ ...NOTHING, faults: [id] }, each) ? 'shown' : 'not-shown'));
    const { steps } = await shrinkWith(plan, oracle, { hints: { blamed: [id], firstMs: 20_000 } });
    expect(steps[0]).toMatchObject({ phase: 'witness', tries: 1 });
    expect(ids(steps[0]?.to ?? plan)).toEqual([id]);
  });

  it('goes on where it stopped, with no try twice, and ends as if it had not', async () => {
    const needs = { ...NOTHING, faults: ids(plan).slice(5, 7), durationMs: 1000, rate: 100 };
    const answer = (each: Plan): Answer => (shows(needs, each) ? 'shown' : 'not-shown');
    const whole = oracleOf(answer);
    const best = await shrinkWith(plan, whole.oracle);
    for (let stopAt = 0; stopAt < whole.asked.length; stopAt += 7) {
      let begun = 0;
      const first = oracleOf(answer, { isOver: () => (begun++ < stopAt ? undefined : 'stopped') });
      const stopped = await shrinkWith(plan, first.oracle);
      expect(stopped.over).toBe('stopped');
      const known = new Map<string, Answer[]>();
      for (const one of first.asked) known.set(one.key, [...(known.get(one.key) ?? []), one.answer]);
      const second = oracleOf(answer, { known });
      expect((await shrinkWith(plan, second.oracle)).plan).toEqual(best.plan);
      expect(first.asked.length + second.asked.length).toBe(whole.asked.length);
    }
  });

  it('gives back the best so far when the time is over', async () => {
    const needs = { ...NOTHING, faults: ids(plan).slice(5, 6) };
    let begun = 0;
    const { oracle } = oracleOf((each) => (shows(needs, each) ? 'shown' : 'not-shown'), {
      isOver: () => (begun++ < 6 ? undefined : 'the budget is used up'),
    });
    const ended = await shrinkWith(plan, oracle);
    expect(ended).toMatchObject({ kind: 'shrunk', over: 'the budget is used up' });
    expect(shows(needs, ended.plan)).toBe(true);
    expect(ended.plan.faults.length).toBeLessThan(plan.faults.length);
  });

  it('takes what a plan file of its words makes, if that shows it too', async () => {
    const needs = { ...NOTHING, faults: [] };
    const asFile = (each: Plan): Plan | undefined => {
      const made = makePlan({ ...planOptionsOf(each), expect: each.expect });
      return made.kind === 'plan' ? made.plan : undefined;
    };
    const pauses = withFaults(plan, plan.faults.slice(0, 1));
    const { oracle } = oracleOf((each) => (each.faults.length > 0 && shows(needs, each) ? 'shown' : 'not-shown'));
    const ended = await shrinkWith(pauses, oracle, { asFile });
    expect(ended.isFile).toBe(true);
    expect(ended.plan).toEqual(asFile(ended.plan));
    expect(ended.plan.faults).toHaveLength(1);
  });
});
