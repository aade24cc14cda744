import { describe, expect, it } from 'vitest';
import { ABILITIES, readAbilities } from './abilities.js';
import { judgeKernel } from './doctor.js';

const ABLE = { able: true, reason: '' };
const ALL = ABILITIES.map((name) => `${name} ok`).join('\n');

describe('readAbilities', () => {
  it('takes the words of the container and of the engine', () => {
    const abilities = readAbilities('filter ok\nnetem no Error: Specified qdisc kind is unknown.\n', {
      freezer: ABLE,
      cpuQuota: { able: false, reason: 'no CFS' },
    });
    expect(abilities).toMatchObject({
      filter: ABLE,
      netem: { able: false, reason: 'Error: Specified qdisc kind is unknown.' },
      freezer: ABLE,
      cpuQuota: { able: false, reason: 'no CFS' },
    });
  });
  it('believes nothing of what was not mentioned', () => {
    expect(readAbilities('', {}).ptrace).toEqual({ able: false, reason: 'it could not be tried' });
    expect(readAbilities('Killed', {}).ptrace.able).toBe(false);
  });
});

describe('judgeKernel', () => {
  it('has nothing to say of a kernel that can do all', () => {
    expect(judgeKernel('6.1', readAbilities(ALL, {}))).toMatchObject({ name: 'kernel', status: 'ok' });
  });
  it('names what is lacking and why', () => {
    const lacking = readAbilities(ALL.replace('netem ok', 'netem no unknown qdisc'), {});
    expect(judgeKernel('6.1', lacking)).toEqual({
      name: 'kernel',
      status: 'warn',
      detail: '6.1: without netem (unknown qdisc)',
    });
  });
});
