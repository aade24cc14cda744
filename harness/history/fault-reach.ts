/** Which client processes a fault reaches: that is written down at its injection, but numbers change while it is in force. */
import type { FaultRecord } from './operation.js';
import type { RunSettings } from './run-record.js';

/** `named`: it lists the process, or one whose successor the process is; `all`: it hinders everybody. */
export type Reach = 'named' | 'all' | 'none';

/** Client processes of a run; a retired process number goes on as number + slots. */
export const slotsOf = ({ lanes, clients }: Pick<RunSettings, 'lanes' | 'clients'>): number => lanes * clients;

/**
 * A client that is cut off has its operations time out, and each such `info` retires its number: the fault is still on it
 * under the next one. O(processes named).
 */
export function reachOf({ processes }: FaultRecord, process: number, slots: number): Reach {
  if (processes === 'all') return 'all';
  return processes.some((named) => named === process || (process > named && (process - named) % slots === 0))
    ? 'named'
    : 'none';
}
