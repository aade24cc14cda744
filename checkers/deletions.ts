/** When the lock keys were gone, as the watches told. */
import { NONE } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import { TokenIndex } from './token-index.js';

/** By lane and create revision: when the first word of the key's deletion was read, in ns; undefined if none was. O(events). */
export function deletionsTold({
  tables: { ownership },
}: Evidence): (lane: number, token: number) => number | undefined {
  const { length, deleted, lane, createRevision, time } = ownership;
  const first = new TokenIndex(length / 8);
  for (let row = 0; row < length; row++) {
    if (deleted[row] === 0) continue;
    const [of, token] = [lane[row] as number, createRevision[row] as number];
    if (first.get(of, token) === NONE) first.set(of, token, row);
  }
  return (of, token) => {
    const row = first.get(of, token);
    return row === NONE ? undefined : time[row];
  };
}
