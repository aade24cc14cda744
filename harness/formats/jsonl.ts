/**
 * `jsonl`: one JSON object a line, `{process, type, f, value, key?, token?, error?, index?, time?}`; other fields are passed over.
 * A run's own history.jsonl is such a file.
 */
import { createEntries } from './entries.js';
import type { LineReader, Sink } from './event.js';

export function createJsonlReader(sink: Sink): LineReader {
  const take = createEntries(sink, { byTime: true });
  return {
    line(text, line) {
      if (text.trim() === '') return undefined;
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch (error) {
        return { line, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}`, partial: true };
      }
      if (typeof json !== 'object' || json === null || Array.isArray(json))
        return { line, reason: 'a line must be a JSON object' };
      const { process, type, f, key, value, token, error, index, time } = json as Record<string, unknown>;
      return take({ process, type, f, key, value, token, error, index, time }, line);
    },
    end: () => undefined,
  };
}
