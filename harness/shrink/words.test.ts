import { describe, expect, it } from 'vitest';
import { fault } from '../plan/testing/arbitrary-fault.js';
import { withClients, withDuration, withFaults, withLanes, withTarget, withTime } from './candidates.js';
import { PHASES } from './shrink.js';
import { planOf } from './testing/system.js';
import { planLines, stepText } from './words.js';

const plan = planOf({
  lanes: 2,
  faults: [
    fault('pause', 'holder', { at: '4s', for: '5s', on: 'before-write', lane: 1 }),
    fault('kill', 'minority', { at: '9s', for: '2s' }),
  ],
});
const [pause, kill] = plan.faults.map(({ id }) => id) as [string, string];
const told = { from: plan, tries: 3, isCutShort: false };

describe('stepText', () => {
  it.each([
    ['faults', withFaults(plan, plan.faults.slice(0, 1)), '1 of 2 faults went, 1 stayed'],
    ['faults', withFaults(plan, []), 'It shows without any fault.'],
    ['durations', withDuration(plan, pause, 2500), 'pause from 5 s to 2.5 s'],
    ['targets', withTarget(plan, kill, 'follower'), 'kill of follower instead of minority'],
    ['lanes', withLanes(plan, [1]), '1 lock instead of 2 will do.'],
    ['clients', withClients(plan, 2), '2 clients a lock instead of 4 will do.'],
    ['time', withTime(plan, 7000), '7 s of traffic instead of 40 s will do.'],
    ['rate', { ...plan, rate: 50 }, '50 operations a second instead of 400 will do.'],
  ] as const)('%s', (phase, to, text) => {
    expect(stepText({ ...told, phase, to })).toContain(text);
  });

  it('says of every phase that it changed nothing, had nothing to try, or was broken off', () => {
    for (const phase of PHASES) {
      expect(stepText({ ...told, phase, to: plan })).toMatch(/\.$/);
      expect(stepText({ ...told, phase, to: plan, tries: 0 })).toBe('There was nothing to try.');
      expect(stepText({ ...told, phase, to: plan, isCutShort: true })).toBe('Broken off.');
    }
  });
});

describe('planLines', () => {
  it('tells the clients and each fault', () => {
    expect(planLines(withClients(withLanes(plan, [1]), 2))).toEqual([
      '2 clients want one lock (mutex, TTL 2 s, fencing off) for 40 s, 400 operations a second at most.',
      'pause of the holder for 5 s, from 4 s on, when a client has read and is about to write.',
      'kill of minority for 2 s, from 9 s on.',
    ]);
    expect(planLines(withFaults(plan, [])).at(-1)).toBe('No fault is needed.');
  });
});
