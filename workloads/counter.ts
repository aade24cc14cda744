/**
 * `counter`: read, think, write what was read plus one. The plainest read-modify-write: whoever writes on top of a value
 * that has changed meanwhile destroys an increment, and the sum shows it.
 */
import type { Section } from '../harness/history/section.js';

/** A key that nobody wrote reads null and counts as 0. */
export const counterSection: Section = function* ({ key, thinkMs }) {
  const read = yield { do: 'read', key };
  if (read.type !== 'ok') return;
  if (thinkMs > 0) yield { do: 'think', ms: thinkMs };
  const seen = typeof read.value === 'number' ? read.value : 0;
  yield { do: 'write', key, value: seen + 1 };
};
