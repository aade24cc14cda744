import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as ReadTables from './read-tables.js';
import { readTables } from './read-tables.js';
import { compile } from './testing/compile.js';
import { createThreads } from './threads.js';

let folder = '';
beforeAll(async () => {
  folder = await compile([
    'harness/history/read-tables.ts',
    'harness/history/read-part-thread.ts',
    'harness/history/threads.ts',
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('createThreads', () => {
  const WORK = `
    import { isMainThread, workerData } from 'node:worker_threads';
    import { serve } from './harness/history/threads.js';
    serve((task) => {
      if (task === 'throw') throw new Error('thrown');
      if (task === 'exit') process.exit(3);
      if (task === 'hoard') for (const kept = []; ; ) kept.push(new Array(1e5).fill(Math.PI + kept.length));
      return [task, isMainThread, workerData];
    });`;

  it('works in other threads, hands each its data, and answers for a thread that dies', async () => {
    const module = join(folder, 'work.mjs');
    await writeFile(module, WORK);
    function work(_task: string): unknown {
      throw new Error('not in this thread');
    }
    const threads = createThreads({
      module: pathToFileURL(module),
      work,
      threads: 2,
      data: { seed: 7 },
      megabytes: 60,
    });
    const tasks = ['a', 'throw', 'b', 'exit', 'c', 'hoard', 'd'];
    const ends = await Promise.allSettled(tasks.map((task) => threads.run(task)));
    await threads.end();
    expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).message))).toEqual([
      ['a', false, { seed: 7 }],
      'thrown',
      ['b', false, { seed: 7 }],
      'the thread ended with code 3',
      ['c', false, { seed: 7 }],
      expect.stringContaining('memory'),
      ['d', false, { seed: 7 }],
    ]);
  });

  it('rejects what is handed to threads that cannot even begin, and what is not done at the end', async () => {
    const module = pathToFileURL(join(folder, 'work.mjs'));
    await writeFile(module, WORK);
    const work = (): unknown => undefined;
    const large = new Map(Array.from({ length: 500_000 }, (_, at) => [at, `entry ${at}`]));
    const tight = createThreads({ module, work, threads: 2, data: large, megabytes: 16 });
    for (const end of await Promise.allSettled([1, 2, 3].map((task) => tight.run(task))))
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
    await tight.end();

    const uncloneable = createThreads({ module, work, threads: 1, data: () => undefined });
    await expect(uncloneable.run(1)).rejects.toThrow('could not be cloned');

    const ended = createThreads<number, unknown>({ module, work, threads: 1 });
    const runs = Promise.allSettled([1, 2].map((task) => ended.run(task)));
    await ended.end();
    for (const run of [...(await runs), ...(await Promise.allSettled([ended.run(3)]))])
      expect(run).toMatchObject({ status: 'rejected', reason: { message: 'the threads were ended' } });
  });

  it('works here where there is no compiled module, and no more once it is ended', async () => {
    const work = (task: number): number => task + 1;
    const threads = createThreads({
      module: pathToFileURL(join(folder, 'nowhere.js')),
      work,
      threads: 2,
    });
    expect(await threads.run(1)).toBe(2);
    const late = threads.run(2);
    await threads.end();
    await expect(late).rejects.toThrow('the threads were ended');
  });
});

describe('readTables in threads', () => {
  it('reads the same as in one thread, with this thread free', async () => {
    const module = pathToFileURL(join(folder, 'harness', 'history', 'read-tables.js'));
    const compiled = (await import(module.href)) as typeof ReadTables;
    const history = join(folder, 'history.jsonl');
    const lines: string[] = [];
    for (let index = 0; index < 100_000; index++) {
      const odd =
        index % 1000 === 0 ? { message: `m${index}`, token: String(2n ** 62n - BigInt(index)) } : { value: index };
      const key = `lane-${Math.floor(index / 30_000)}`;
      lines.push(JSON.stringify({ index, time: index, process: 1, lane: 0, type: 'ok', f: 'read', key, ...odd }));
    }
    await writeFile(history, `${lines.join('\n')}\n`);
    const paths = { history, decisions: '/dev/null', ownership: '/dev/null' };
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const read = await compiled.readTables(paths);
    clearInterval(turning);
    const here = await readTables(paths, { partBytes: 2 ** 30 });
    if (!read.ok || !here.ok) throw new Error('refused');
    expect(read.tables.largeTokens).toEqual(here.tables.largeTokens);
    const { length } = here.tables.history;
    for (const [name, column] of Object.entries(here.tables.history)) {
      const other = (read.tables.history as unknown as Record<string, unknown>)[name];
      // (Columns are compared by their bytes: element by element it would take minutes.)
      const bytes = (whole: Float64Array): Buffer => Buffer.from(whole.slice(0, length).buffer);
      if (ArrayBuffer.isView(column))
        expect(bytes(other as Float64Array).equals(bytes(column as Float64Array)), name).toBe(true);
      else expect(other, name).toEqual(column);
    }
    expect(length).toBe(100_000);
    expect(turns).toBeGreaterThan(3);
    // Damage is found at its line in whichever part it is.
    lines[77_777] = '{"index":7';
    await writeFile(history, lines.join('\n'));
    expect(await compiled.readTables(paths)).toMatchObject({
      ok: false,
      line: 77_778,
      reason: expect.stringMatching(/^not JSON/),
    });
  });
});
