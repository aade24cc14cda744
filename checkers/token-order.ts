/** What fencing tokens say of the order of holds, and where they break it. Whether that is a violation is for others to say. */
import { IntMap } from '../harness/history/int-map.js';
import { NONE } from '../harness/history/tables.js';
import type { Evidence } from './evidence.js';
import type { HoldTable } from './holds.js';
import { TokenIndex } from './token-index.js';

/**
 * Whether the tokens of two holds of a lane say which of them is the older one, if `older` has the smaller one. Lease ids say nothing,
 * nor do any where the first was asked for after the second had been granted.
 */
export function tokensTellOrder({ holds, orderless }: Evidence, older: number, newer: number): boolean {
  return !orderless.has(holds.lane[older] as number) && holds.askedRow(older) < holds.grantedRow(newer);
}

/** Whether the tokens of two holds of a lane say that the first is the older one. */
export function precedesByToken(evidence: Evidence, older: number, newer: number): boolean {
  const { token } = evidence.holds;
  const [first, second] = [token[older] as number, token[newer] as number];
  return first !== NONE && first < second && tokensTellOrder(evidence, older, newer);
}

/**
 * Whether every hold of a lane has a token, and a larger one than the hold that was granted before it, as it should be: then no
 * token is repeated, and each hold is newer than all that were granted before it. `granted`: those of the lane by grant. O(holds).
 */
export function tokensRise({ token }: HoldTable, granted: Int32Array): boolean {
  let before: number = NONE;
  for (let at = 0; at < granted.length; at++) {
    const next = token[granted[at] as number] as number;
    if (next <= before) return false;
    before = next;
  }
  return true;
}

/** O(holds), and far cheaper than to look for what breaks the rule. */
function allTokensRise({ holds }: Evidence): boolean {
  for (const granted of holds.grantsByLane.values()) if (!tokensRise(holds, granted)) return false;
  return true;
}

/** Holds of one lane with one token: each with the one that was asked for just before it. O(holds). */
export function forEachRepeatedToken(evidence: Evidence, visit: (owner: number, hold: number) => void): void {
  if (allTokensRise(evidence)) return;
  const { holds } = evidence;
  const owners = new TokenIndex(holds.count);
  for (let hold = 0; hold < holds.count; hold++) {
    const lane = holds.lane[hold] as number;
    const token = holds.token[hold] as number;
    if (token === NONE) continue;
    const owner = owners.get(lane, token);
    owners.set(lane, token, hold);
    if (owner !== NONE) visit(owner, hold);
  }
}

/**
 * Holds that were asked for after another of the lane had been granted and that have the smaller token: each with the one of the
 * largest token among those. O(n log n).
 */
export function forEachFallenToken(evidence: Evidence, visit: (before: number, hold: number) => void): void {
  if (allTokensRise(evidence)) return;
  const { holds } = evidence;
  const granted = holds.inGrantOrder;
  /** By lane: the hold with the largest token of those granted so far. */
  const largest = new IntMap();
  let next = 0;
  // Holds stand in the order in which they were asked for.
  for (let hold = 0; hold < holds.count; hold++) {
    const asked = holds.askedRow(hold);
    for (; next < granted.length && holds.grantedRow(granted[next] as number) < asked; next++) {
      const by = granted[next] as number;
      const lane = holds.lane[by] as number;
      const before = largest.get(lane);
      const token = holds.token[by] as number;
      if (token !== NONE && (before === NONE || token >= (holds.token[before] as number))) largest.set(lane, by);
    }
    const token = holds.token[hold] as number;
    const before = largest.get(holds.lane[hold] as number);
    if (token !== NONE && before !== NONE && token < (holds.token[before] as number)) visit(before, hold);
  }
}
