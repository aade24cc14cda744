/** `critical-section` and `hand-over`: enter, work for a drawn time, leave. Nothing is read or written: what counts is who is inside. */
import type { Section } from '../harness/history/section.js';

export const criticalSection: Section = function* ({ thinkMs }) {
  if (thinkMs > 0) yield { do: 'think', ms: thinkMs };
};
