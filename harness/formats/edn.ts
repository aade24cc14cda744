/**
 * `edn`: Jepsen's history.edn, maps (or `#jepsen.history.Op` records) one a line or in one vector or list. A map may stretch over
 * lines. `:key` is understood besides Jepsen's `[key value]`.
 */
import { createEdnReader, EdnName } from './edn-reader.js';
import { createEntries } from './entries.js';
import type { LineReader, Sink } from './event.js';
import { showValue } from './values.js';

const [PROCESS, TYPE, F, KEY, VALUE, TOKEN, ERROR, INDEX, TIME] = [
  ':process',
  ':type',
  ':f',
  ':key',
  ':value',
  ':token',
  ':error',
  ':index',
  ':time',
].map(EdnName.of);

export function createEdnHistoryReader(sink: Sink): LineReader {
  const take = createEntries(sink, { byTime: false });
  return createEdnReader((value, line) => {
    if (!(value instanceof Map)) return { line, reason: `an entry must be a map, not ${showValue(value)}` };
    const map = value as Map<unknown, unknown>;
    return take(
      {
        process: map.get(PROCESS),
        type: map.get(TYPE),
        f: map.get(F),
        key: map.get(KEY),
        value: map.get(VALUE),
        token: map.get(TOKEN),
        error: map.get(ERROR),
        index: map.get(INDEX),
        time: map.get(TIME),
      },
      line,
    );
  });
}
