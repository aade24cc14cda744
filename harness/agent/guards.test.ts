import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExecs } from './execs.js';
import { createGuards } from './guards.js';

describe('guards', () => {
  let folder: string;
  let log: string;
  const { run } = createExecs();
  const append = (word: string): string[] => ['sh', '-c', `echo ${word} >> ${log}`];
  const read = async (): Promise<string[]> => (await readFile(log, 'utf8')).trim().split('\n');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leasebreaker-guards-'));
    log = join(folder, 'log');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('runs the last command of every name, in the order in which the names came', async () => {
    const guards = createGuards();
    guards.set('a', append('a1'));
    guards.set('b', append('b'));
    guards.set('c', append('c'));
    guards.set('a', append('a2'));
    guards.set('b', undefined);
    guards.set('unknown', undefined);
    await guards.runAll(run);
    expect(await read()).toEqual(['a2', 'c']);
  });

  it('passes over what fails, hangs or cannot be started', async () => {
    const guards = createGuards(200);
    guards.set('fails', ['false']);
    guards.set('hangs', ['sleep', '60']);
    guards.set('is-not-there', ['/no/such/program']);
    guards.set('last', append('last'));
    await guards.runAll(run);
    expect(await read()).toEqual(['last']);
  });
});
