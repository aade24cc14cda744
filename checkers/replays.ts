/** Replays: writes that the storage accepted although it had accepted the same operation before. */
import { NONE } from '../harness/history/tables.js';
import type { StorageLog } from './storage-log.js';

/** Whether the decision at that log place accepts a write of a section again. */
export function isReplay(log: StorageLog, place: number): boolean {
  const operation = log.operation[place] as number;
  if (log.again[place] === 0 || operation === NONE || !log.isWrite(place) || !log.isAccepted(place)) return false;
  const first = log.byOperation[operation] as number;
  return log.operation[first] === operation && log.isAccepted(first);
}
