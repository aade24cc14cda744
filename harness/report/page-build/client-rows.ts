/** The rows of a timeline: lanes with their clients. A client goes on in its row under another process number. */
import type { Evidence } from '../../../checkers/evidence.js';
import { IntMap } from '../../history/int-map.js';
import { slotsOf } from '../../history/fault-reach.js';
import { F, NONE } from '../../history/tables.js';
import type { ClientRow, Lane } from '../page-data.js';

export interface ClientRows {
  lanes: Lane[];
  clients: ClientRow[];
  /** Place in `lanes` of a lane by its number; -1 if there is none. */
  laneOf(number: number): number;
  /** Place in `clients`; -1 for a process that did nothing. */
  clientOf(process: number): number;
}

/** Clients that did something, ordered by lane. O(operations). */
export function clientRows({ operations, tables }: Evidence): ClientRows {
  const slots = slotsOf(tables.settings);
  const slotOf = (process: number): number => (slots > 0 && process >= 0 ? process % slots : process);
  const laneOfSlot = new Map<number, number>();
  const keyOfLane = new Map<number, string>();
  const seen = new IntMap();
  for (let operation = 0; operation < operations.count; operation++) {
    const lane = operations.lane(operation);
    if (operations.f(operation) === F.acquire && !keyOfLane.has(lane))
      keyOfLane.set(lane, tables.history.keys[operations.key(operation)] ?? '');
    const process = operations.process(operation);
    if (seen.get(process) !== NONE) continue;
    seen.set(process, 1);
    if (!laneOfSlot.has(slotOf(process))) laneOfSlot.set(slotOf(process), lane);
  }
  const slotsInOrder = [...laneOfSlot].sort(([a, laneA], [b, laneB]) => laneA - laneB || a - b);
  const numbers = [...new Set(slotsInOrder.map(([, lane]) => lane))];
  const placeOfLane = new Map(numbers.map((number, place) => [number, place]));
  const placeOfSlot = new Map(slotsInOrder.map(([slot], place) => [slot, place]));
  return {
    lanes: numbers.map((number) => ({ key: keyOfLane.get(number) ?? '', title: `lane ${number}` })),
    clients: slotsInOrder.map(([slot, lane]) => ({ lane: placeOfLane.get(lane) ?? 0, title: `client ${slot}` })),
    laneOf: (number) => placeOfLane.get(number) ?? -1,
    clientOf: (process) => placeOfSlot.get(slotOf(process)) ?? -1,
  };
}
