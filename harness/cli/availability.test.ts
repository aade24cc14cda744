import { describe, expect, it } from 'vitest';
import { ABILITIES, type Ability, type FaultAbilities } from '../cluster/abilities.js';
import { FAULT_KINDS } from '../plan/fault-kinds.js';
import { parseFault } from '../plan/fault-grammar.js';
import { availabilities, needsMachine, whyNot } from './availability.js';

function without(...lacking: Ability[]): FaultAbilities {
  return Object.fromEntries(
    ABILITIES.map((name) => [name, { able: !lacking.includes(name), reason: `no ${name} here` }]),
  ) as FaultAbilities;
}

function refused(text: string, ...lacking: Ability[]): string | undefined {
  const read = parseFault(text);
  if (read.kind === 'invalid') throw new Error(read.message);
  return whyNot(read.fault, without(...lacking));
}

describe('availabilities', () => {
  it('has a row for every kind, all available where everything is', () => {
    const rows = availabilities(without());
    expect(rows.every(({ status }) => status === 'available')).toBe(true);
    expect(new Set(rows.map(({ name }) => name.split(':')[0]))).toEqual(new Set(FAULT_KINDS));
  });

  it('says what is used instead, and why the rest cannot be done', () => {
    const rows = new Map(availabilities(without('netem', 'tbf', 'ptrace')).map((row) => [row.name, row]));
    expect(rows.get('delay')).toMatchObject({ status: 'fallback', why: expect.stringContaining('proxy') as string });
    expect(rows.get('bandwidth')).toMatchObject({ status: 'unavailable', why: 'tbf: no tbf here' });
    expect(rows.get('disk:slow')).toMatchObject({ status: 'unavailable' });
    expect(rows.get('disk:lost')).toMatchObject({ status: 'available' });
  });

  it('makes every ability matter to some fault', () => {
    for (const ability of ABILITIES) {
      const changed = availabilities(without(ability)).some(({ status }) => status !== 'available');
      const redundant = ability === 'redirect' || ability === 'owner';
      expect(changed, ability).toBe(!redundant);
    }
    expect(refused('delay', 'netem', 'redirect')).toContain('no netem here');
    expect(refused('delay', 'netem', 'owner')).toContain('no netem here');
  });
});

describe('whyNot', () => {
  it('looks at the way in which a fault is asked for', () => {
    expect(refused('disk', 'ptrace')).toContain('no ptrace here');
    expect(refused('disk:full', 'ptrace')).toBeUndefined();
    expect(refused('partition:reject', 'reject')).toContain('no reject here');
    expect(refused('partition', 'reject', 'filter6')).toBeUndefined();
    expect(refused('partition:reject', 'filter')).toContain('no filter here');
  });
});

describe('needsMachine', () => {
  it('leaves out what every machine can do', () => {
    expect(needsMachine([{ kind: 'pause' }, { kind: 'kill' }, { kind: 'freeze' }, { kind: 'etcd' }])).toBe(false);
    expect(needsMachine([{ kind: 'pause' }, { kind: 'clock' }])).toBe(true);
  });
});
