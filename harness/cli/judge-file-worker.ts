/** The worker thread in which a large history file is read and judged; the main thread stays free for progress. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FileAnswer, type FileProgress, type FileRequest, judgeFile } from './judge-file.js';

export type WorkerMessage = { is: 'progress'; progress: FileProgress } | { is: 'answer'; answer: FileAnswer };

const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);
tell({
  is: 'answer',
  answer: await judgeFile(workerData as FileRequest, (progress) => tell({ is: 'progress', progress })),
});
