/**
 * `set`: read a list, think, write it with one more unique element, as in Jepsen's read-sleep-write test of etcd's locks
 * (jepsen.io/analyses/etcd-3.4.3, 2020). The last value tells exactly which acknowledged elements are gone.
 */
import type { Section } from '../harness/history/section.js';

/** A key that nobody wrote reads null and counts as empty. */
export const setSection: Section = function* ({ key, thinkMs, unique }) {
  const read = yield { do: 'read', key };
  if (read.type !== 'ok') return;
  if (thinkMs > 0) yield { do: 'think', ms: thinkMs };
  const seen: unknown[] = Array.isArray(read.value) ? read.value : [];
  yield { do: 'write', key, value: [...seen, unique()] };
};
