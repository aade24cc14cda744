/** The story of etcd's contrib/lock, told on a real cluster in each of its endings. */
import { describe, expect, it } from 'vitest';
import { leasebreaker } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

describe('demo expired-lease', () => {
  it.each([
    ['off', 'stop', 'ACCEPTED', 'written by client 1'],
    ['on', 'stop', 'REFUSED', 'written by client 2'],
    ['equality', 'stop', 'REFUSED', 'written by client 2'],
    ['off', 'gc', 'ACCEPTED', 'written by client 1'],
  ])('--fencing %s --stall %s', async (fencing, stall, lateWrite, finalValue) => {
    const { code, stdout, stderr } = await leasebreaker([
      'demo',
      'expired-lease',
      '--fencing',
      fencing,
      '--stall',
      stall,
      '--etcd-nodes',
      '1',
    ]);
    expect(code, stderr).toBe(0);
    const order = [
      /client 1\s+client 2/,
      'locks: token',
      'STOPS',
      'waits',
      'lease of client 1 expired',
      'accepted',
      'GOES ON',
      lateWrite,
      finalValue,
    ];
    let from = 0;
    for (const part of order) {
      const at = typeof part === 'string' ? stdout.indexOf(part, from) : stdout.search(part);
      expect(at, `${String(part)} in its place in\n${stdout}`).toBeGreaterThanOrEqual(from);
      from = at;
    }
    if (fencing === 'equality') {
      expect(stdout).toMatch(/given version \([0-9a-f]+\) is different from the existing version \([0-9a-f]+\)/);
    }
    expect(await leftovers()).toEqual(NOTHING);
  });
});
