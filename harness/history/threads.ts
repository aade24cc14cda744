/** Work in threads of its own, as many as there are cores, so that the main thread stays free. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

export interface Threads<Task, Result> {
  /** Rejects with what the work throws, and when its thread dies, for want of memory or otherwise. */
  run(task: Task): Promise<Result>;
  /** Ends the threads; what they have not done rejects. */
  end(): Promise<void>;
}

export interface ThreadWork<Task, Result> {
  /** The compiled module that exports the work. */
  module: URL;
  /** The work: pure but for reading, and exported under its own name. */
  work: (task: Task) => Result;
  /** How many threads; 0 for none but this one, which is faster for little work. */
  threads: number;
  /** Handed to every thread once, as its `workerData`. */
  data?: unknown;
  /** Memory of each thread beside shared columns, in MiB; Node's own limit if it is not said. */
  megabytes?: number;
}

/** One thread for each core, but not more than there are tasks. */
export function threadsFor(tasks: number): number {
  return Math.min(availableParallelism(), tasks);
}

/** Where the module is not compiled, which is so in tests that run from the sources, the work is done in this thread. */
export function createThreads<Task, Result>(thread: ThreadWork<Task, Result>): Threads<Task, Result> {
  const { module, work, threads, data, megabytes } = thread;
  const filename = fileURLToPath(module);
  if (threads === 0 || !existsSync(filename)) {
    let isEnded = false;
    return {
      async run(task) {
        // Between two tasks others get their turn.
        await setImmediate();
        if (isEnded) throw new Error('ended');
        return work(task);
      },
      end() {
        isEnded = true;
        return Promise.resolve();
      },
    };
  }
  const pool = new Piscina<Task, Result>({
    filename,
    name: work.name,
    minThreads: threads,
    maxThreads: threads,
    recordTiming: false,
    ...(data === undefined ? {} : { workerData: data }),
    ...(megabytes === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: megabytes } }),
  });
  return {
    run: (task) => pool.run(task),
    end: () => pool.destroy(),
  };
}
