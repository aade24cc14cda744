/** `register`: read, think, write a value that nobody else writes. What is lost is a write that no later one stands on. */
import type { Section } from '../harness/history/section.js';

export const registerSection: Section = function* ({ key, thinkMs, unique }) {
  const read = yield { do: 'read', key };
  if (read.type !== 'ok') return;
  if (thinkMs > 0) yield { do: 'think', ms: thinkMs };
  yield { do: 'write', key, value: unique() };
};
