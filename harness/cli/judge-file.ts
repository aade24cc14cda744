/** Reads a history file and judges it: for `leasebreaker check FILE`, in its own thread or in a worker. */
import { judgeObjects } from '../../checkers/linearizability/judge-objects.js';
import { DEFAULT_BUDGET, type Model } from '../../checkers/linearizability/operations.js';
import type { Format } from '../formats/formats.js';
import { readHistoryFile } from '../formats/read-history-file.js';
import { verdictJson, type FileVerdictJson } from '../formats/verdict.js';
import { monotonicMs } from '../history/clock.js';

/** Plain data, which a worker can be handed. */
export interface FileRequest {
  file: string;
  format: Format;
  model: Model;
  /** After so much time a search gives up, in ms from its beginning. */
  budgetMs: number;
}

export type FileProgress = { phase: 'reading'; lines: number } | { phase: 'judging'; operations: number };

export type FileAnswer =
  | { kind: 'judged'; verdict: FileVerdictJson }
  /** `message` names file, line and reason. */
  | { kind: 'unreadable'; message: string };

export async function judgeFile(
  { file, format, model, budgetMs }: FileRequest,
  onProgress: (progress: FileProgress) => void,
): Promise<FileAnswer> {
  const begun = monotonicMs();
  const read = await readHistoryFile(file, {
    format,
    model,
    onProgress: (lines) => onProgress({ phase: 'reading', lines }),
  });
  if (read.kind === 'unreadable')
    return {
      kind: 'unreadable',
      message: `${file}${read.line === 0 ? '' : `, line ${read.line}`}: ${read.reason}`,
    };
  const { history, torn } = read;
  onProgress({ phase: 'judging', operations: history.operations.length });
  const readMs = monotonicMs() - begun;
  const deadline = monotonicMs() + budgetMs;
  const isOver = (): boolean => monotonicMs() > deadline;
  const result = judgeObjects(model, history.operations, { ...DEFAULT_BUDGET, isOver });
  const judgeMs = monotonicMs() - begun - readMs;
  return { kind: 'judged', verdict: verdictJson({ file, format, torn, history, result, readMs, judgeMs }) };
}
