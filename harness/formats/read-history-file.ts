/**
 * Reads a history file of any format into operations of a model. Streams: of a file of any size no more is in memory than its
 * operations as columns, their distinct values, and a piece of the file. Whatever the file holds, the answer is a history or the
 * line and the reason why there is none.
 */
import type { Model } from '../../checkers/linearizability/operations.js';
import { readLines } from '../history/read-lines.js';
import { createEdnHistoryReader } from './edn.js';
import type { HistoryEvent, LineReader, Sink, Unreadable } from './event.js';
import type { Format } from './formats.js';
import { createJepsenLogReader } from './jepsen-log.js';
import { createJsonlReader } from './jsonl.js';
import { createBuilder, type History } from './operations-builder.js';
import { createPorcupineKvReader } from './porcupine-kv.js';

export type HistoryFile =
  | {
      kind: 'history';
      history: History;
      /** Whether a last line without its end was left out: the writer died while it wrote. */
      torn: boolean;
    }
  | ({ kind: 'unreadable'; file: string } & Unreadable);

export interface ReadOptions {
  format: Format;
  model: Model;
  /** Called a few times per megabyte, with the number of lines read so far. */
  onProgress?: (lines: number) => void;
}

const READERS: Record<Format, (sink: Sink) => LineReader> = {
  jsonl: createJsonlReader,
  'jepsen-log': createJepsenLogReader,
  edn: createEdnHistoryReader,
  'porcupine-kv': createPorcupineKvReader,
};

export async function readHistoryFile(file: string, { format, model, onProgress }: ReadOptions): Promise<HistoryFile> {
  const unreadable = ({ line, reason }: Unreadable): HistoryFile => ({ kind: 'unreadable', file, line, reason });
  const builder = createBuilder(model);
  let events = 0;
  const reader = READERS[format]((event: HistoryEvent) => {
    events += 1;
    return builder.event(event);
  });
  let line = 0;
  let torn = false;
  try {
    for await (const batch of readLines(file)) {
      for (const { text, state } of batch) {
        line += 1;
        if (state === 'cut') return unreadable({ line, reason: 'longer than a line can be' });
        const problem = reader.line(plain(text, line), line);
        if (!problem) continue;
        // The writer died while it wrote. A file that is nothing but such a line is none of its format.
        if (problem.partial !== true || state !== 'torn' || events === 0) return unreadable(problem);
        torn = true;
      }
      onProgress?.(line);
    }
  } catch (error) {
    return unreadable({ line: 0, reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}` });
  }
  const ending = reader.end();
  if (ending) return unreadable(ending);
  const built = builder.finish();
  return built.kind === 'unreadable' ? unreadable(built) : { ...built, torn };
}

/** Without the carriage return of Windows, and without a byte order mark. */
function plain(text: string, line: number): string {
  const from = line === 1 && text.startsWith('\ufeff') ? 1 : 0;
  return text.slice(from, text.endsWith('\r') ? -1 : undefined);
}
