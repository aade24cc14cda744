/**
 * Asks of plans whether they show the finding: each up to so many times, several at once, never twice what is known already, and
 * no more once the time is over. It carries nothing out itself.
 */
import { createHash } from 'node:crypto';
import type { Plan } from '../plan/plan.js';

/** What one try of a plan came to; `unknown`: it could not be judged, which shows nothing. */
export type Answer = 'shown' | 'not-shown' | 'unknown';

export interface Oracle {
  /**
   * The place of the first candidate that shows it in any of its tries; every candidate is tried once before any is a second time. Undefined:
   * none does, or nothing may be tried any more.
   */
  first(candidates: readonly Plan[]): Promise<number | undefined>;
  /** Whether it shows it every time, in two tries: what is made shorter or slower must not become a matter of luck. */
  steadily(candidate: Plan): Promise<boolean>;
  /** Tries so far, those among them that were known already. */
  readonly tries: number;
  /** Why nothing is tried any more. */
  readonly over: string | undefined;
}

export interface OracleOptions {
  /** Carries a plan out once; `over` ends it all, and nothing more is asked. */
  tryOnce: (plan: Plan, key: string, n: number) => Promise<Answer | { over: string }>;
  /** Tries of a candidate, at most. */
  times: number;
  /** At once, at most. */
  parallel: number;
  /** Answers of former tries by the plan's key, each in its place. */
  known: ReadonlyMap<string, readonly (Answer | undefined)[]>;
  /** Why no try may be begun any more, if so: the budget is used up. */
  isOver: () => string | undefined;
}

/** Tries in a row that something steady shows it in. */
const STEADY = 2;

/** Of what a plan does: its name, what was asked for, and what is expected of it change nothing. */
export function keyOf({ name: _, asked: __, expect: ___, ...rest }: Plan): string {
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 16);
}

interface Try {
  candidate: number;
  plan: Plan;
  key: string;
  /** Of the same plan, from 0. */
  n: number;
}

export function createOracle({ tryOnce, times, parallel, known, isOver }: OracleOptions): Oracle {
  const answers = new Map([...known].map(([key, list]) => [key, [...list]]));
  let tries = 0;
  let over: string | undefined;

  /** In their order, so many at once; ends with the first for which `decides` says so. */
  async function carryOut(
    list: readonly Try[],
    decides: (one: Try, answer: Answer) => boolean,
  ): Promise<Try | undefined> {
    for (let from = 0; from < list.length; ) {
      const batch = list.slice(from, from + parallel);
      from += batch.length;
      const answered = await Promise.all(batch.map(answer));
      tries += answered.filter((said) => said !== undefined).length;
      // All of a batch are looked at in their order, whichever ended first: the same answers always give the same result.
      for (const [at, one] of batch.entries()) {
        const said = answered[at];
        if (said === undefined) return undefined;
        if (decides(one, said)) return one;
      }
    }
    return undefined;
  }

  async function answer({ plan, key, n }: Try): Promise<Answer | undefined> {
    const list = answers.get(key) ?? [];
    answers.set(key, list);
    const before = list[n];
    if (before !== undefined) return before;
    over ??= isOver();
    if (over !== undefined) return undefined;
    const said = await tryOnce(plan, key, n);
    if (typeof said !== 'string') {
      over ??= said.over;
      return undefined;
    }
    list[n] = said;
    return said;
  }

  return {
    async first(candidates) {
      const keys = candidates.map(keyOf);
      const rounds = Array.from({ length: times }, (_, n) =>
        candidates.flatMap((plan, candidate) => {
          const key = keys[candidate] as string;
          return keys.indexOf(key) === candidate ? [{ candidate, plan, key, n }] : [];
        }),
      );
      return (await carryOut(rounds.flat(), (_, said) => said === 'shown'))?.candidate;
    },
    async steadily(plan) {
      const key = keyOf(plan);
      let shown = 0;
      const list = Array.from({ length: STEADY }, (_, n) => ({ candidate: 0, plan, key, n }));
      await carryOut(list, (_, said) => {
        if (said === 'shown') shown++;
        return said !== 'shown';
      });
      return shown === STEADY;
    },
    get tries() {
      return tries;
    },
    get over() {
      return over;
    },
  };
}
