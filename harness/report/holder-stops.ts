/** Faults that stopped a client which held the lock, and what came of it: the points of the curve of stale writes by length. */
import type { Evidence } from '../../checkers/evidence.js';
import { gather } from '../../checkers/group.js';
import { slotsOf } from '../history/fault-reach.js';
import { beginOf } from '../history/pairing.js';
import { NONE } from '../history/tables.js';
import type { LateWrites } from './late-writes.js';
import type { Stop } from './verdict-schema.js';

/** Kinds that stop a client from within or without, and let it go on as if nothing had been. */
const STOPPING: ReadonlySet<string> = new Set(['pause', 'freeze', 'stall']);

const NS_PER_MS = 1e6;

/**
 * A stop for each fault of these kinds that was healed and each client that it names, if that client had been granted a lock before
 * the fault began and had not begun to give it up. From the fault's beginning to the heal's entry, which a client that was stopped may
 * be some ms ahead of. None where the storage has logged nothing: then no write can be stale. O(holds + faults log holds).
 */
export function holderStops(evidence: Evidence, { isLate }: LateWrites): Stop[] {
  const { faults, holds, operations, log, tables } = evidence;
  const stopping = faults.filter(({ inject }) => STOPPING.has(inject.value.kind));
  if (stopping.length === 0 || log.count === 0) return [];
  const slots = slotsOf(tables.settings);
  const slotOf = (process: number): number => (slots > 0 ? process % slots : process);
  const bySlot = holdsBySlot(evidence, slotOf);
  const { ttlMs } = tables.settings;
  return stopping.flatMap((fault): Stop[] => {
    const { kind, processes } = fault.inject.value;
    const { heal } = fault;
    if (heal === undefined || processes === 'all') return [];
    const begun = beginOf(fault);
    const lengthMs = (heal.time - begun) / NS_PER_MS;
    return processes.flatMap((process): Stop[] => {
      const hold = heldAt(process, begun);
      return hold === NONE ? [] : [{ kind, lengthMs, ttlMs, stale: isLate[hold] === 1 }];
    });
  });

  /** The hold of a client's that was in force at that time; `NONE`: also where its number has been retired since then. */
  function heldAt(process: number, time: number): number {
    const own = bySlot(slotOf(process));
    let [low, high] = [0, own.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds.grantedAt(own[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    const hold = own[low - 1] ?? NONE;
    if (hold === NONE || (holds.process[hold] as number) < process) return NONE;
    const endedBy = holds.endedBy[hold] as number;
    return endedBy === NONE || operations.invokedAt(endedBy) > time ? hold : NONE;
  }
}

/** Holds of each client in the order of their grants: a client does one thing at a time, so that this is the order of asking. */
function holdsBySlot({ holds }: Evidence, slotOf: (process: number) => number): (slot: number) => Int32Array {
  const places = new Map<number, number>();
  const groupOf = new Int32Array(holds.count);
  for (let hold = 0; hold < holds.count; hold++) {
    const slot = slotOf(holds.process[hold] as number);
    let place = places.get(slot);
    if (place === undefined) places.set(slot, (place = places.size));
    groupOf[hold] = place;
  }
  const [first, items] = gather(groupOf, places.size);
  return (slot) => {
    const place = places.get(slot);
    return place === undefined ? new Int32Array(0) : items.subarray(first[place], first[place + 1]);
  };
}
