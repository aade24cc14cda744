import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasReached, parseState, readTaskStates } from './task-states.js';

const tasks = (letters: string) => ({ pid: 1, states: [...letters].map((state, tid) => ({ tid, state })) });

describe('parseState', () => {
  it('finds the letter behind any name', () => {
    const name = fc.string({ maxLength: 15 });
    const rest = fc.array(fc.nat(), { minLength: 1 });
    fc.assert(
      fc.property(fc.nat(), name, fc.constantFrom(...'RSDTtZXI'), rest, (pid, comm, state, numbers) => {
        expect(parseState(`${pid} (${comm}) ${state} ${numbers.join(' ')}\n`)).toBe(state);
      }),
    );
  });

  it('is not misled by a name that looks like the rest of the line', () => {
    expect(parseState('12 (a) T 1 (b) S 1 12 12 0')).toBe('S');
  });

  it('finds nothing in a torn file', () => {
    expect(parseState('')).toBeUndefined();
    expect(parseState('12 (node')).toBeUndefined();
    expect(parseState('12 (node) ')).toBeUndefined();
  });
});

describe('hasReached', () => {
  it('wants every thread stopped, not most', () => {
    expect(hasReached('SIGSTOP', tasks('TTT'))).toBe(true);
    expect(hasReached('SIGSTOP', tasks('TTS'))).toBe(false);
    expect(hasReached('SIGSTOP', tasks('ttt'))).toBe(false);
    expect(hasReached('SIGSTOP', tasks(''))).toBe(false);
  });

  it('wants no thread stopped after SIGCONT, and somebody there', () => {
    expect(hasReached('SIGCONT', tasks('SRD'))).toBe(true);
    expect(hasReached('SIGCONT', tasks('SRT'))).toBe(false);
    expect(hasReached('SIGCONT', tasks(''))).toBe(false);
    expect(hasReached('SIGCONT', tasks('Z'))).toBe(false);
  });

  it('wants nobody left after the others', () => {
    expect(hasReached('SIGKILL', tasks(''))).toBe(true);
    expect(hasReached('SIGKILL', tasks('Z'))).toBe(true);
    expect(hasReached('SIGTERM', tasks('S'))).toBe(false);
  });
});

describe('readTaskStates', () => {
  it('reads every thread of this process', () => {
    const { pid, states } = readTaskStates(process.pid);
    expect(pid).toBe(process.pid);
    expect(states.map(({ tid }) => tid)).toContain(process.pid);
    expect(states.length).toBeGreaterThan(1);
  });

  it('reads nothing of a process that is not there', () => {
    expect(readTaskStates(2 ** 22 + 1).states).toEqual([]);
  });
});
