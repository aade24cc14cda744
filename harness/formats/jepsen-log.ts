/**
 * `jepsen-log`: what Jepsen prints while it runs, lines such as `INFO  jepsen.util - 4<tab>:invoke<tab>:cas<tab>[3 1]`. Every other
 * line is skipped. A read that fails did not happen; a write or cas that timed out may take effect at any later time; a cas that
 * fails was answered and found another value. (So reads Porcupine the etcd logs that it is tested with.)
 */
import { parseEdn } from './edn-reader.js';
import { nameOf } from './entries.js';
import type { EventType, LineReader, Sink } from './event.js';

const LOGGER = 'jepsen.util';
const EVENT = /jepsen\.util\s+(?:-\s+)?(\d{1,15})\s+:(invoke|ok|fail|info)\s+:([\w-]+)\s+([^]*)$/y;

export function createJepsenLogReader(sink: Sink): LineReader {
  return {
    line(text, line) {
      EVENT.lastIndex = text.startsWith('INFO') ? text.indexOf(LOGGER) : -1;
      const found = EVENT.lastIndex < 0 ? null : EVENT.exec(text);
      if (!found) return undefined;
      const [, process, logged, f = '', rest = ''] = found;
      const parsed = parseEdn(rest);
      if ('reason' in parsed) return { line, reason: `the value: ${parsed.reason}` };
      const timedOut = parsed.values.some((value) => nameOf(value) === 'timed-out');
      const unknown = timedOut && logged === 'fail' && f !== 'read';
      return sink({
        line,
        process: Number(process),
        type: unknown ? 'info' : (logged as EventType),
        f,
        key: undefined,
        value: parsed.values[0],
        token: undefined,
        error: parsed.values[1],
        time: undefined,
        mismatched: true,
        retires: !unknown,
      });
    },
    end: () => undefined,
  };
}
