/**
 * etcd as storage: what lies under which key. Each decision is one transaction that holds only while the key's state is the one that
 * was judged (its mod revision), puts the new state, and puts one entry of the log. So the entries' create revisions are the order
 * of all decisions: no transaction puts two, and none is decided by anything but what was there at its revision.
 */
import type { Decision } from '../../../harness/history/decision.js';
import type { KeyState } from '../fencing.js';

/** All that the storage has lies below it. */
export const STORAGE_PREFIX = 'storage/';
const STATE_PREFIX = `${STORAGE_PREFIX}state/`;
export const LOG_PREFIX = `${STORAGE_PREFIX}log/`;

export function stateKey(key: string): string {
  return `${STATE_PREFIX}${key}`;
}

/** `unique`: a text that no other entry has. */
export function logKey(unique: string): string {
  return `${LOG_PREFIX}${unique}`;
}

export function encodeState({ value, writtenWith, highest }: KeyState): string {
  return JSON.stringify({ value, writtenWith, highest });
}

export function decodeState(text: string): KeyState {
  const { value, writtenWith, highest } = JSON.parse(text) as KeyState;
  return { value, writtenWith, highest };
}

/** A decision before whoever collects the log has numbered it. */
export type Entry = Omit<Decision, 'seq'>;
