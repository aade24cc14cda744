/** Lines of any format to operations of a model: everything about reading a history but where its lines come from. */
import type { Model } from '../../checkers/linearizability/operations.js';
import { createEdnHistoryReader } from './edn.js';
import type { LineReader, Sink, Unreadable } from './event.js';
import type { Format } from './formats.js';
import { createJepsenLogReader } from './jepsen-log.js';
import { createJsonlReader } from './jsonl.js';
import { createBuilder, type History } from './operations-builder.js';
import { createPorcupineKvReader } from './porcupine-kv.js';

export type ReadHistory =
  | {
      kind: 'history';
      history: History;
      /** Whether a last line without its end was left out: the writer died while it wrote. */
      torn: boolean;
    }
  | ({ kind: 'unreadable' } & Unreadable);

export interface HistoryReader {
  /** Takes the next line, without its newline. `isLast`: none came after it in the file. An answer ends the reading. */
  line(text: string, isLast: boolean): Unreadable | undefined;
  finish(): ReadHistory;
}

const READERS: Record<Format, (sink: Sink) => LineReader> = {
  jsonl: createJsonlReader,
  'jepsen-log': createJepsenLogReader,
  edn: createEdnHistoryReader,
  'porcupine-kv': createPorcupineKvReader,
};

export function createHistoryReader(format: Format, model: Model): HistoryReader {
  const builder = createBuilder(model);
  let events = 0;
  const reader = READERS[format]((event) => {
    events += 1;
    return builder.event(event);
  });
  let line = 0;
  let torn = false;
  return {
    line(text, isLast) {
      line += 1;
      const problem = reader.line(plain(text, line), line);
      // A file that is nothing but such a line is none of its format.
      if (problem?.partial !== true || !isLast || events === 0) return problem;
      torn = true;
      return undefined;
    },
    finish() {
      const ending = reader.end();
      if (ending) return { kind: 'unreadable', ...ending };
      const built = builder.finish();
      return built.kind === 'unreadable' ? built : { ...built, torn };
    },
  };
}

/** Without the carriage return of Windows, and without a byte order mark. */
function plain(text: string, line: number): string {
  const from = line === 1 && text.startsWith('\ufeff') ? 1 : 0;
  return text.slice(from, text.endsWith('\r') ? -1 : undefined);
}
