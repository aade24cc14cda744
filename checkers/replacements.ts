/** Which hold replaced which: for each, the first that was granted after it and is newer for certain. */
import { NONE } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import type { HoldTable } from './holds.js';
import { precedesByToken, tokensRise } from './token-order.js';

/** By hold: the one that replaced it, or `NONE`. Newer: by its token, or asked for after the grant. O(holds). */
export function replacements(evidence: Evidence): Int32Array {
  const { holds, orderless } = evidence;
  const replacedBy = new Int32Array(holds.count).fill(NONE);
  for (const [lane, granted] of holds.grantsByLane) {
    if (!orderless.has(lane) && tokensRise(holds, granted)) {
      // Each by the next one: none was granted earlier.
      for (let at = 1; at < granted.length; at++) replacedBy[granted[at - 1] as number] = granted[at] as number;
    } else {
      byToken(evidence, granted, replacedBy);
      byTime(holds, granted, replacedBy);
    }
  }
  return replacedBy;
}

/** The next one in the order of grants with a larger token; holds wait on a stack until it comes. */
function byToken(evidence: Evidence, granted: Int32Array, replacedBy: Int32Array): void {
  const waiting: number[] = [];
  for (const hold of granted) {
    for (let top = waiting.at(-1); top !== undefined && precedesByToken(evidence, top, hold); top = waiting.at(-1)) {
      replacedBy[top] = hold;
      waiting.pop();
    }
    if (evidence.holds.token[hold] !== NONE) waiting.push(hold);
  }
}

/** Of those that were asked for after the grant, the one that was granted first, if that is earlier still. */
function byTime(holds: HoldTable, granted: Int32Array, replacedBy: Int32Array): void {
  let next = 0;
  for (const hold of granted) {
    const row = holds.grantedRow(hold);
    // What was asked for before this grant was so before all later ones, too: it is passed over once for all.
    while (next < granted.length && holds.askedRow(granted[next] as number) < row) next++;
    const newer = granted[next];
    if (newer === undefined) return;
    const known = replacedBy[hold] as number;
    if (known === NONE || holds.grantedRow(newer) < holds.grantedRow(known)) replacedBy[hold] = newer;
  }
}
