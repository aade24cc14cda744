import { describe, expect, it } from 'vitest';
import { parseBudget, readDefinition } from './definition.js';

describe('readDefinition', () => {
  it('fills in what is left out', () => {
    const read = readDefinition("name: n\nbudget: 45min\naxes: {fencing: ['off', on], etcd: [3.4]}\n");
    expect(read).toMatchObject({
      kind: 'definition',
      definition: {
        seeds: 1,
        stop: 'never',
        budget: 2_700_000,
        axes: { fencing: ['off', 'on'], etcd: [3.4] },
        expect: [],
      },
    });
  });

  it('takes JSON', () => {
    expect(readDefinition('{"name": "n", "seeds": 3}')).toMatchObject({ definition: { seeds: 3 } });
  });

  it.each([
    ['- 1', 1, 'a campaign has lines'],
    ['name: n\nseed: 3', 2, 'known: name, seeds'],
    ['name: n\naxes:\n  fencing: []', 3, 'axes.fencing'],
    ['name: N!', 1, 'a name is made of'],
    ['name: n\nbudget: 3', 2, 'budget'],
    ['name: n\nbudget: 3 weeks', 2, 'it takes a time such as 90s'],
    ['name: n\n\nexpect:\n  - {data: clean}\n  - {kinds: [no-such-kind]}', 5, 'expect.1.kinds.0'],
    ['name: n\nseeds: unlimited', 2, 'needs a budget'],
    ['name: n\nreach: [nowhere]', 2, 'reach'],
    ['name: [', 1, ''],
  ])('%j is wrong in line %d', (text, line, message) => {
    const read = readDefinition(text);
    expect(read).toMatchObject({ kind: 'invalid', line });
    expect(read.kind === 'invalid' && read.message).toContain(message);
  });

  it('finds the line of what the command line will refuse', () => {
    const read = readDefinition('name: n\noptions:\n  ttl: 2\n  lanes: many\n');
    expect(read.kind === 'definition' && read.lineOf(['options', 'lanes'])).toBe(4);
    expect(read.kind === 'definition' && read.lineOf(['options', 'nothing'])).toBe(3);
  });
});

describe('parseBudget', () => {
  it.each([
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['2m', 120_000],
    ['0s', undefined],
    ['5', undefined],
  ])('%s', (text, ms) => {
    expect(parseBudget(text)).toBe(ms);
  });
});
