/**
 * Work in threads of its own, as many as there are cores, so that the main thread stays free. On plain worker_threads: of the pools
 * on npm, Piscina 5.3 makes a thread that dies before its first task an uncaught error of the process, and a task of Tinypool 2.2
 * whose thread exits never ends; here either is a task that was rejected.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker } from 'node:worker_threads';

export interface Threads<Task, Result> {
  /** Rejects with what the work throws, and when its thread dies, for want of memory or otherwise. */
  run(task: Task): Promise<Result>;
  /** Ends the threads; what they have not done rejects. */
  end(): Promise<void>;
}

export interface ThreadWork<Task, Result> {
  /** The compiled program of a thread: it calls `serve` with the work. */
  module: URL;
  /** The same work in this thread. */
  work: (task: Task) => Result;
  /** How many threads; 0 for none but this one, which is faster for little work. */
  threads: number;
  /** Handed to every thread once, as its `workerData`. */
  data?: unknown;
  /** Memory of each thread beside shared columns, in MiB; Node's own limit if it is not said. */
  megabytes?: number;
  /** MiB for objects that are new, if the work makes few: Node's own limit lets each thread keep tens of MiB of garbage. */
  youngMegabytes?: number;
}

/** In the program of a thread: does what it is sent. What the work throws ends the thread, and rejects its task. */
export function serve<Task, Result>(work: (task: Task) => Result): void {
  const port = parentPort;
  port?.on('message', (task: Task) => port.postMessage(work(task)));
}

/** One thread for each core, but not more than there are tasks. */
export function threadsFor(tasks: number): number {
  return Math.min(availableParallelism(), tasks);
}

/** Where the program is not compiled, which is so in tests that run from the sources, the work is done in this thread. */
export function createThreads<Task, Result>(thread: ThreadWork<Task, Result>): Threads<Task, Result> {
  return thread.threads > 0 && existsSync(fileURLToPath(thread.module)) ? inThreads(thread) : inThisThread(thread.work);
}

function inThisThread<Task, Result>(work: (task: Task) => Result): Threads<Task, Result> {
  let isEnded = false;
  return {
    async run(task) {
      // Between two tasks others get their turn.
      await setImmediate();
      if (isEnded) throw new Error(ENDED);
      return work(task);
    },
    end() {
      isEnded = true;
      return Promise.resolve();
    },
  };
}

interface Job<Task, Result> {
  task: Task;
  resolve: (result: Result) => void;
  reject: (reason: unknown) => void;
}

const ENDED = 'the threads were ended';

function inThreads<Task, Result>({
  module,
  threads,
  data,
  megabytes,
  youngMegabytes,
}: ThreadWork<Task, Result>): Threads<Task, Result> {
  const waiting: Job<Task, Result>[] = [];
  const idle = new Set<Worker>();
  /** What each thread that is not idle works on. */
  const busy = new Map<Worker, Job<Task, Result>>();
  let isEnded = false;

  function give(worker: Worker, job: Job<Task, Result>): void {
    idle.delete(worker);
    busy.set(worker, job);
    worker.postMessage(job.task);
  }

  function takeFrom(worker: Worker): Job<Task, Result> | undefined {
    const job = busy.get(worker);
    busy.delete(worker);
    return job;
  }

  function start(job: Job<Task, Result>): void {
    const resourceLimits = {
      ...(megabytes === undefined ? {} : { maxOldGenerationSizeMb: megabytes }),
      ...(youngMegabytes === undefined ? {} : { maxYoungGenerationSizeMb: youngMegabytes }),
    };
    const worker = new Worker(module, { workerData: data, resourceLimits });
    worker.on('message', (result: Result) => {
      takeFrom(worker)?.resolve(result);
      const next = waiting.shift();
      if (next) give(worker, next);
      else idle.add(worker);
    });
    worker.on('error', (error) => takeFrom(worker)?.reject(error));
    worker.on('exit', (code) => {
      idle.delete(worker);
      takeFrom(worker)?.reject(new Error(isEnded ? ENDED : `the thread ended with code ${code}`));
      // A thread that begins has a task at once, so that each that dies takes one task with it, and the work ends.
      const next = waiting.shift();
      if (next) begin(next);
    });
    give(worker, job);
  }

  function begin(job: Job<Task, Result>): void {
    try {
      start(job);
    } catch (error) {
      // Data that cannot be handed over.
      job.reject(error);
    }
  }

  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        const job = { task, resolve, reject };
        const [free] = idle;
        if (isEnded) reject(new Error(ENDED));
        else if (free) give(free, job);
        else if (busy.size < threads) begin(job);
        else waiting.push(job);
      }),
    async end() {
      isEnded = true;
      for (const { reject } of waiting.splice(0)) reject(new Error(ENDED));
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}
