import { describe, expect, it } from 'vitest';
import { shapingLines } from './shaping.js';

describe('shapingLines', () => {
  it('is nothing for nothing', () => expect(shapingLines([])).toEqual([]));

  it('sorts by peer, and slows down in the class', () => {
    expect(shapingLines([{ peers: ['10.0.0.1', 'fd00::1'], kbitPerSecond: 64 }])).toEqual([
      'qdisc add dev $dev root handle 1eb: htb',
      'class add dev $dev parent 1eb: classid 1eb:10 htb rate 10gbit quantum 60000',
      'filter add dev $dev parent 1eb: protocol ip prio 1 u32 match ip dst 10.0.0.1/32 flowid 1eb:10',
      'filter add dev $dev parent 1eb: protocol ipv6 prio 2 u32 match ip6 dst fd00::1/128 flowid 1eb:10',
      'qdisc add dev $dev parent 1eb:10 handle 12: tbf rate 64000bit burst 3200b limit 30000b',
    ]);
  });

  it('adds delays up, and of limits takes the lowest', () => {
    const lines = shapingLines([
      { peers: ['10.0.0.1'], delayMs: 100, jitterMs: 10 },
      { peers: ['10.0.0.1', '10.0.0.2'], delayMs: 50, kbitPerSecond: 1000 },
      { peers: ['10.0.0.2'], kbitPerSecond: 100 },
    ]);
    expect(lines.filter((line) => /netem|tbf/.test(line))).toEqual([
      'qdisc add dev $dev parent 1eb:10 handle 11: netem limit 10000 delay 150ms 10ms',
      'qdisc add dev $dev parent 11:1 handle 12: tbf rate 1000000bit burst 3200b limit 62500b',
      'qdisc add dev $dev parent 1eb:20 handle 21: netem limit 10000 delay 50ms 0ms',
      'qdisc add dev $dev parent 21:1 handle 22: tbf rate 100000bit burst 3200b limit 30000b',
    ]);
  });

  it('has one class for all that are treated alike', () => {
    const lines = shapingLines([
      { peers: ['10.0.0.1'], delayMs: 5, jitterMs: 0 },
      { peers: ['10.0.0.2'], delayMs: 5, jitterMs: 0 },
    ]);
    expect(lines.filter((line) => line.startsWith('class'))).toHaveLength(1);
  });
});
