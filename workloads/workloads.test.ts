/** What each workload asks for in a section, by the answers that it gets. */
import { describe, expect, it } from 'vitest';
import { CHECKERS } from '../checkers/registry.js';
import type { Section, Step, StepOutcome } from '../harness/history/section.js';
import { usualThinkMs, WORKLOADS } from './index.js';

/** All steps of a section whose reads return `seen`, and whose writes end as told. */
function play(section: Section, seen: unknown, write: StepOutcome = { type: 'ok' }): Step[] {
  let numbers = 0;
  const steps: Step[] = [];
  const running = section({ lane: 0, key: 'k', thinkMs: 8, unique: () => ++numbers });
  for (let next = running.next(); next.done !== true; ) {
    steps.push(next.value);
    next = running.next(
      next.value.do === 'read' ? { type: 'ok', value: seen } : next.value.do === 'write' ? write : { type: 'ok' },
    );
  }
  return steps;
}

const find = (name: string) => {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const read = { do: 'read', key: 'k' };
const think = { do: 'think', ms: 8 };
const write = (value: unknown) => ({ do: 'write', key: 'k', value });

describe('sections', () => {
  it.each([
    ['counter', null, [read, think, write(1)]],
    ['counter', 4, [read, think, write(5)]],
    ['set', null, [read, think, write([1])]],
    ['set', [7, 8], [read, think, write([7, 8, 1])]],
    ['append', [7], [read, think, write([7, 1])]],
    ['register', 7, [read, think, write(1)]],
    ['critical-section', undefined, [think]],
    ['hand-over', undefined, [think]],
  ])('%s after %j', (name, seen, steps) => {
    expect(play(find(name).section, seen)).toEqual(steps);
  });

  it('a leader writes over and over, until it is refused', () => {
    const beat = { do: 'think', ms: 2 };
    const whole = [read, beat, write(1), beat, write(2), beat, write(3), beat, write(4)];
    expect(play(find('leader').section, null)).toEqual(whole);
    expect(play(find('leader').section, null, { type: 'fail', error: 'fenced' })).toEqual(whole.slice(0, 3));
  });

  it.each(WORKLOADS.filter(({ shows }) => shows === 'data'))('$name ends after a read that failed', ({ section }) => {
    const running = section({ lane: 0, key: 'k', thinkMs: 8, unique: () => 1 });
    expect(running.next()).toMatchObject({ value: read });
    expect(running.next({ type: 'fail', error: 'fenced' }).done).toBe(true);
  });
});

describe('the table', () => {
  it('names checkers that there are, and thinks for a time that a run can be planned with', () => {
    const names = CHECKERS.map(({ name }) => name);
    for (const workload of WORKLOADS) {
      expect(names).toEqual(expect.arrayContaining([...workload.checkers]));
      expect(usualThinkMs(workload, 2000)).toBe(workload.name === 'counter' ? 20 : 2000);
    }
  });
});
