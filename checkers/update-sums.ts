/** Updates over all keys that could be judged, and the witness of a lost one: what all workloads' updates have in common. */
import type { Evidence } from './evidence.js';
import { tell } from './witness.js';

export interface Sums {
  accepted: number;
  /** Accepted ones whose client was told so; the others were indeterminate to their client. */
  acknowledged: number;
  /** What the last values contain: the sum of counters, the elements of lists and sets, the registers' writes on which they stand. */
  present: number;
  lost: number;
  lostAcknowledged: number;
}

export const noSums = (): Sums => ({ accepted: 0, acknowledged: 0, present: 0, lost: 0, lostAcknowledged: 0 });

/** Counts one accepted update, by its log place. */
export function countUpdate({ log, operations }: Evidence, sums: Sums, entry: number, isLost: boolean): void {
  const wasAcknowledged = operations.succeeded(log.operation[entry] as number);
  sums.accepted++;
  if (wasAcknowledged) sums.acknowledged++;
  if (isLost) sums.lost++;
  if (isLost && wasAcknowledged) sums.lostAcknowledged++;
}

/** Log places: `read` is what `late` was computed from, and `gone` the update in between that `late` took out of the value. */
export function lossWitness(
  evidence: Evidence,
  key: string,
  { read, gone, late }: { read: number; gone: number; late: number },
) {
  const { log } = evidence;
  const operation = (place: number) => log.operation[place] as number;
  return {
    key,
    ...tell(
      evidence,
      { hold: log.hold(late), operations: [operation(read), operation(late)] },
      { hold: log.hold(gone), operations: [operation(gone)] },
    ),
    decisions: [read, gone, late].map((place) => log.seq(place)),
    numbers: { lostSeq: log.seq(gone), undoneBySeq: log.seq(late) },
  };
}
