import { describe, expect, it } from 'vitest';
import { reachOf, slotsOf } from './fault-reach.js';
import type { FaultRecord } from './operation.js';

const slots = slotsOf({ lanes: 8, clients: 4 });
const fault = (processes: FaultRecord['processes']): FaultRecord => ({
  id: 'a',
  kind: 'partition',
  trigger: 'time',
  targets: [],
  processes,
  nodes: [],
  options: {},
  durationMs: 1,
  receipt: { proven: true, evidence: {} },
});

describe('reachOf', () => {
  it.each([
    ['the process that is named', [5], 5, 'named'],
    ['the number that its slot goes on with', [5], 37, 'named'],
    ['and the one after that', [3, 5], 69, 'named'],
    ['not the number that was retired before', [37], 5, 'none'],
    ['not another slot', [5], 6, 'none'],
    ['nobody where none is named', [], 5, 'none'],
    ['everybody', 'all', 5, 'all'],
  ] as const)('%s', (_what, processes, process, expected) => {
    expect(reachOf(fault(processes === 'all' ? 'all' : [...processes]), process, slots)).toBe(expected);
  });

  it('reaches only the very number where nobody knows how many slots there are', () => {
    for (const unknown of [0, Number.NaN]) {
      expect(reachOf(fault([5]), 5, unknown)).toBe('named');
      expect(reachOf(fault([5]), 37, unknown)).toBe('none');
    }
  });
});
