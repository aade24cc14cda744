import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readThread } from './stall.js';

describe('readThread', () => {
  it('finds state and CPU time behind any name', () => {
    const stat = '9 (a) R (b) S 1 9 9 0 -1 4194560 100 0 0 0 123 45 0 0 20 0 11 0 1000';
    expect(readThread(stat)).toEqual({ state: 'S', ticks: 168 });
  });

  it('reads what this process takes, as it takes it', () => {
    const read = (): number => readThread(readFileSync('/proc/self/task/' + process.pid + '/stat', 'utf8'))?.ticks ?? 0;
    const before = read();
    const until = process.cpuUsage().user + 200_000;
    while (process.cpuUsage().user < until);
    expect(read()).toBeGreaterThan(before);
  });

  it('finds nothing of a thread that is gone', () => {
    expect(readThread('')).toBeUndefined();
    expect(readThread('9 (node')).toBeUndefined();
  });
});
