/**
 * `porcupine-kv`: the key-value logs of Porcupine's tests, `{:process 0, :type :invoke, :f :put, :key "6", :value "x 0 0 y"}` a line,
 * with the functions get, put and append. A key that was never written holds the empty string.
 */
import { createEdnHistoryReader } from './edn.js';
import type { LineReader, Sink } from './event.js';

const FUNCTIONS: ReadonlySet<string> = new Set(['get', 'put', 'append']);

export function createPorcupineKvReader(sink: Sink): LineReader {
  return createEdnHistoryReader((event) => {
    const { f, line, type } = event;
    if (!FUNCTIONS.has(f)) return { line, reason: `unknown function ${f}; there are get, put and append` };
    if (type === 'invoke' && typeof event.key !== 'string') return { line, reason: `${f} without a :key in quotes` };
    return sink(event);
  });
}
