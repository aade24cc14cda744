import { describe, expect, it } from 'vitest';
import { readPlanFile } from './plan-file.js';

const YAML = `# a comment
ttl: 5
fencing: on
swarm: true
faults:
  - pause
  - clock:drift=0.25@holder
  - kind: delay
    target: leader
    ms: 300
    jitter: 20
    for: 2.5ttl
    every: 10s
    every-jitter: 1s
`;

const FILE = {
  kind: 'file',
  file: {
    settings: [
      { name: 'ttl', value: 5, line: 2 },
      { name: 'fencing', value: 'on', line: 3 },
      { name: 'swarm', value: true, line: 4 },
    ],
    faults: [
      { kind: 'pause', options: {} },
      { kind: 'clock', options: { drift: 0.25 }, target: 'holder' },
      {
        kind: 'delay',
        target: 'leader',
        options: { ms: 300, jitter: 20 },
        for: { amount: 2.5, unit: 'ttl' },
        every: { amount: 10, unit: 's' },
        jitter: { amount: 1, unit: 's' },
      },
    ],
  },
};

describe('readPlanFile', () => {
  it('reads YAML, with the line of every option', () => {
    expect(readPlanFile(YAML)).toEqual(FILE);
  });

  it('reads the same from JSON, indented by tabs', () => {
    const json = JSON.stringify(
      {
        ttl: 5,
        fencing: 'on',
        swarm: true,
        faults: [
          'pause',
          'clock:drift=0.25@holder',
          { kind: 'delay', target: 'leader', ms: 300, jitter: 20, for: '2.5ttl', every: '10s', 'every-jitter': '1s' },
        ],
      },
      null,
      '\t',
    );
    expect(readPlanFile(json)).toEqual(FILE);
  });

  it('reads faults in one line', () => {
    expect(readPlanFile('faults: pause,kill@leader')).toMatchObject({
      file: { settings: [], faults: [{ kind: 'pause' }, { kind: 'kill', target: 'leader' }] },
    });
    expect(readPlanFile('faults: none')).toEqual({ kind: 'file', file: { settings: [], faults: [] } });
    expect(readPlanFile('ttl: 5')).toMatchObject({ file: { settings: [{ name: 'ttl' }] } });
  });

  it.each([
    ['ttl: 5\nttl: 6', 2, 'unique'],
    ['ttl: 5\n  lanes: 3', 1, ''],
    ['{"ttl": 5,\n"lanes"', 2, ''],
    ['', 1, 'a plan file has lines such as'],
    ['- pause', 1, 'a plan file has lines such as'],
    ['ttl: 5\nlanes: [1, 2]', 2, '"lanes" takes one value'],
    ['ttl: 5\nfaults:\n  - pause\n  - earthquake', 4, 'unknown fault "earthquake"'],
    ['faults:\n  - kind: pause\n    for: 3', 2, 'for takes a duration'],
    ['faults:\n  - kind: pause\n    speed: 3', 2, 'unknown option "speed"'],
    ['faults:\n  - target: leader', 2, 'a fault needs "kind:"'],
    ['faults:\n  - pause: {}', 2, '"pause" takes one value'],
    ['ttl: 5\nfaults:', 2, 'write `faults: none` or `faults: []` for none'],
    ['faults:\n  - 3', 2, 'a fault is written as on the command line'],
  ])('refuses %j, line %i: %s', (text, line, message) => {
    expect(readPlanFile(text)).toMatchObject({
      kind: 'invalid',
      line,
      message: expect.stringContaining(message) as string,
    });
  });
});
