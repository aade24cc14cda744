/** `leasebreaker check FILE`: whether the operations of a history file are linearizable. */
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Model } from '../../checkers/linearizability/operations.js';
import { type Format, formatOf, KNOWN_EXTENSIONS } from '../formats/formats.js';
import { type FileVerdictJson, verdictText } from '../formats/verdict.js';
import { monotonicMs } from '../history/clock.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { FileAnswer, FileProgress, FileRequest } from './judge-file.js';
import type { WorkerMessage } from './judge-file-worker.js';

export interface FileFlags {
  format?: Format;
  model?: Model;
  json?: boolean;
  budgetS: number;
}

const CODES: Record<FileVerdictJson['verdict'], ExitCode> = {
  linearizable: EXIT.asExpected,
  'not-linearizable': EXIT.notAsExpected,
  unknown: EXIT.unknown,
};

/** Below this a thread of its own would take longer than the file. */
const LARGE_BYTES = 4 * 1024 * 1024;
const PROGRESS_MS = 200;

/** Prints the verdict and answers with the exit code. */
export async function checkFile(file: string, flags: FileFlags): Promise<ExitCode> {
  const request = requestOf(file, flags);
  if (typeof request === 'string') return refuse(request);
  const size = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  const answer = size < LARGE_BYTES ? await inThisThread(request) : await inWorker(request);
  if (answer.kind === 'unreadable') return refuse(answer.message);
  if (answer.kind === 'gave-up') {
    process.stderr.write(`leasebreaker: ${answer.message}\n`);
    return EXIT.unknown;
  }
  const { verdict } = answer;
  process.stdout.write(`${flags.json === true ? JSON.stringify(verdict, null, 2) : verdictText(verdict)}\n`);
  return CODES[verdict.verdict];
}

/** What is asked for, or what is wrong with it. */
function requestOf(file: string, { format: given, model: asked, budgetS }: FileFlags): FileRequest | string {
  const format = given ?? formatOf(file);
  if (format === undefined)
    return `${file} does not say its format by its name (${KNOWN_EXTENSIONS} do): give --format`;
  const model = asked ?? (format === 'porcupine-kv' ? 'kv' : undefined);
  if (model === undefined)
    return `${file} is a file: say with --model what object its operations are on, such as register or owner-mutex (a results folder needs none)`;
  if (format === 'porcupine-kv' && model !== 'kv') return 'porcupine-kv holds operations on a kv: leave --model out';
  if (!(budgetS > 0)) return '--budget-s takes a number of seconds above 0';
  return { file, format, model, budgetMs: budgetS * 1000 };
}

function refuse(message: string): ExitCode {
  process.stderr.write(`leasebreaker: ${message}\n`);
  return EXIT.badArguments;
}

type Answer = FileAnswer | { kind: 'gave-up'; message: string };

/** Loaded when it is needed: other commands start without the algorithms. */
async function inThisThread(request: FileRequest): Promise<Answer> {
  const { judgeFile } = await import('./judge-file.js');
  return judgeFile(request, () => undefined);
}

function inWorker(request: FileRequest): Promise<Answer> {
  const show = progressLine();
  // Values that are all different take a place in a table each, beside the columns, which are not in the heap.
  const worker = new Worker(new URL('./judge-file-worker.js', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: Math.floor((totalmem() / 1024 ** 2) * 0.7) },
  });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.is === 'progress') return show.progress(message.progress);
      show.clear();
      resolve(message.answer);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      show.clear();
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        resolve({ kind: 'gave-up', message: `${request.file}: unknown: the memory of this machine does not do` });
      else reject(error);
    });
  });
}

/** A line on the terminal that says how far it is; nothing elsewhere. */
function progressLine(): { progress(progress: FileProgress): void; clear(): void } {
  const out = process.stderr;
  let now: FileProgress | undefined;
  const begun = monotonicMs();
  const draw = (): void => {
    if (!now) return;
    const seconds = Math.floor((monotonicMs() - begun) / 1000);
    const what =
      now.phase === 'reading'
        ? `${now.lines.toLocaleString('en-US')} lines read`
        : `judging ${now.operations.toLocaleString('en-US')} operations`;
    out.write(`\r\u001b[K${what}, ${seconds} s`);
  };
  const timer = out.isTTY ? setInterval(draw, PROGRESS_MS) : undefined;
  return {
    progress(progress) {
      now = progress;
    },
    clear() {
      clearInterval(timer);
      if (timer && now) out.write('\r\u001b[K');
    },
  };
}
