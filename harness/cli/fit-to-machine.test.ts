import { describe, expect, it } from 'vitest';
import { ABILITIES, type FaultAbilities } from '../cluster/abilities.js';
import { parseFaults, renderFaults } from '../plan/fault-grammar.js';
import { DEFAULTS, type PlanOptions } from '../plan/make-plan.js';
import { fitTo } from './fit-to-machine.js';

const noClocks = Object.fromEntries(
  ABILITIES.map((name) => [name, { able: name !== 'clock', reason: 'ptrace is forbidden' }]),
) as FaultAbilities;

function asked(text: string): PlanOptions {
  const parsed = parseFaults(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return { ...DEFAULTS, seed: 1, expect: {}, faults: parsed.faults };
}

describe('fitTo', () => {
  it('lets pass what the machine can do', () => {
    const options = asked('pause,partition');
    expect(fitTo(noClocks, options, false, () => undefined)).toEqual({ kind: 'fits', options });
  });

  it('refuses what was asked for and cannot be done, with the reason', () => {
    expect(fitTo(noClocks, asked('pause,clock:drift=4@leader'), false, () => undefined)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('cannot inject clock:drift=4@leader (clock: ptrace is forbidden)') as string,
    });
  });

  it('leaves it out of a swarm, with what stands behind it, and says so', () => {
    const said: string[] = [];
    const fitted = fitTo(noClocks, asked('pause,clock:weight=3,cpu:after=clock'), true, (line) => said.push(line));
    expect(fitted.kind === 'fits' && renderFaults(fitted.options.faults)).toBe('pause');
    expect(said.join()).toContain('clock:weight=3 (clock: ptrace is forbidden)');
    expect(fitTo(noClocks, asked('clock'), true, () => undefined).kind).toBe('refused');
  });
});
