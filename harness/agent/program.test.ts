import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createProgram, isProgramStat } from './program.js';
import { readTaskStates } from './task-states.js';

describe('isProgramStat', () => {
  it('knows this process, whatever it is called', () => {
    expect(isProgramStat(readFileSync('/proc/self/stat', 'utf8'))).toBe(true);
    expect(isProgramStat('12 (a) Z 1 (b) S 1 12 12 0 -1 4194560 9')).toBe(true);
  });

  it('counts neither zombies nor kernel threads', () => {
    expect(isProgramStat('12 (etcd) Z 1 12 12 0 -1 4194560 9')).toBe(false);
    expect(isProgramStat('2 (kthreadd) S 0 0 0 0 -1 2129984 0')).toBe(false);
    expect(isProgramStat('')).toBe(false);
  });
});

describe('a program', () => {
  const started: ChildProcess[] = [];
  const start = async (): Promise<number> => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    started.push(child);
    await once(child, 'spawn');
    return child.pid ?? 0;
  };
  const stateOf = (pid: number): string =>
    readTaskStates(pid)
      .states.map(({ state }) => state)
      .join('');
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  it('is stopped whole, those too that come while it is being stopped', async () => {
    const first = await start();
    const late = await start();
    let asked = 0;
    // `late` is there from the third look on: after the first has got the signal and been found stopped.
    const program = createProgram(() => (++asked > 2 ? [first, late] : [first]));
    const result = await program.signal('SIGSTOP');
    expect(result).toMatchObject({ pid: first, reached: true });
    expect(result.states.map(({ state }) => state)).toEqual(['T', 'T']);
    expect(stateOf(late)).toBe('T');
    expect(program.tasks().states).toEqual(result.states);
    expect(await program.signal('SIGCONT')).toMatchObject({ reached: true });
    // What goes on runs for a moment before it sleeps again.
    await expect.poll(() => [stateOf(first), stateOf(late)]).toEqual(['S', 'S']);
  });

  it('lets run on what it stopped when it is released, and stops no more', async () => {
    const pid = await start();
    const program = createProgram(() => [pid]);
    await program.signal('SIGSTOP');
    program.release();
    await expect.poll(() => stateOf(pid)).toBe('S');
  });

  it('leaves alone at its release what somebody else has stopped', async () => {
    const pid = await start();
    process.kill(pid, 'SIGSTOP');
    await expect.poll(() => stateOf(pid)).toBe('T');
    createProgram(() => [pid]).release();
    expect(stateOf(pid)).toBe('T');
  });

  it('cannot be signalled when it does not run', async () => {
    const program = createProgram(() => []);
    await expect(program.signal('SIGSTOP')).rejects.toThrow('no program runs');
    expect(program.tasks()).toEqual({ pid: 0, states: [] });
  });

  it('does not wait for what has ended in the meantime', async () => {
    const pid = await start();
    let asked = 0;
    const program = createProgram(() => (++asked === 1 ? [pid] : []));
    const result = await program.signal('SIGSTOP');
    expect(result.reached).toBe(false);
    expect(result.tookMs).toBeLessThan(2_000);
  });
});
