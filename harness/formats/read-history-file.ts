/**
 * Reads a history file of any format into operations of a model. Streams: of a file of any size no more is in memory than its
 * operations as columns, their distinct values, and a piece of the file. Whatever the file holds, the answer is a history or the
 * line and the reason why there is none.
 */
import type { Model } from '../../checkers/linearizability/operations.js';
import { readLines } from './read-lines.js';
import type { Format } from './formats.js';
import { createHistoryReader, type ReadHistory } from './history-reader.js';

export interface ReadOptions {
  format: Format;
  model: Model;
  /** Called about once a megabyte, with the number of lines read so far. */
  onProgress?: (lines: number) => void;
}

export async function readHistoryFile(file: string, { format, model, onProgress }: ReadOptions): Promise<ReadHistory> {
  const reader = createHistoryReader(format, model);
  let line = 0;
  try {
    for await (const batch of readLines(file)) {
      for (const { text, state } of batch) {
        line += 1;
        const problem =
          state === 'cut' ? { line, reason: 'longer than a line can be' } : reader.line(text, state === 'torn');
        if (problem) return { kind: 'unreadable', ...problem };
      }
      onProgress?.(line);
    }
  } catch (error) {
    const reason = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'unreadable', line: 0, reason };
  }
  return reader.finish();
}
