/**
 * `leader`: reads what the leader before it has left, then leads for a drawn time and writes a unique value in every part of it.
 * A section of several writes, which a storage that takes one write for each token refuses its rightful owner.
 */
import type { Section } from '../harness/history/section.js';

/** Writes in a term. */
const WRITES = 4;

export const leaderSection: Section = function* ({ key, thinkMs, unique }) {
  const read = yield { do: 'read', key };
  if (read.type !== 'ok') return;
  for (let write = 0; write < WRITES; write++) {
    if (thinkMs > 0) yield { do: 'think', ms: thinkMs / WRITES };
    const written = yield { do: 'write', key, value: unique() };
    if (written.type !== 'ok') return;
  }
};
