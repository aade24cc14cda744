/**
 * Sessions of the clients with etcd: which lease each hold was taken under, until when etcd has promised a lease, and when a
 * client first did something after a hold was granted that may end it. It judges nothing.
 *
 * A client is all processes of one slot: a retired process number goes on as number + slots.
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import { IntMap } from '../harness/history/int-map.js';
import { F, NONE } from '../harness/history/tables.js';
import { largeTokenCode, smallTokenCode } from '../harness/history/token-codes.js';
import { compareTokens } from '../harness/history/token.js';
import { valueAt } from '../harness/history/value-columns.js';
import type { Evidence } from './evidence.js';

/** Share by which etcd's clock may run faster than the controller's without that being held against etcd. */
const DRIFT_ALLOWANCE = 0.01;

const NS_PER_MS = 1e6;

export interface Sessions {
  /** By hold: place of the session of its process, as a lease; `NONE` where it is not known, or the hold has a lease of its own. */
  sessionOf: Int32Array;
  /** By session: code of its lease. */
  lease: readonly number[];
  /** By session: until when the lease was promised, in ns since the run began, and the operation whose answer says so. */
  until: readonly number[];
  promisedBy: readonly number[];
  /**
   * By hold: row of what its client did next that may end it: the invocation of a release, a close, an open or another acquire,
   * or the end of the program; `NONE`.
   */
  endedRow: Int32Array;
}

/** Sessions with one lease are one. O(operations). */
export function readSessions(evidence: Evidence): Sessions {
  const { tables, operations, holds, unruly } = evidence;
  const { history, largeTokens } = tables;
  const [lease, until, promisedBy]: [number[], number[], number[]] = [[], [], []];
  const places = new Map<number, number>();
  const codeOf = leaseCoder(largeTokens);
  const sessionOf = new Int32Array(holds.count).fill(NONE);
  const current = new IntMap();

  /** The session that the answer to an open or a keep-alive tells of; `NONE`. */
  const promise = (operation: number): number => {
    const answer = grantOf(valueAt(history, operations.completion[operation] as number));
    const code = answer === undefined ? undefined : codeOf(answer.lease);
    if (answer === undefined || code === undefined) return NONE;
    let session = places.get(code);
    if (session === undefined) {
      places.set(code, (session = lease.push(code) - 1));
      until.push(Number.NEGATIVE_INFINITY);
      promisedBy.push(NONE);
    }
    const end = operations.invokedAt(operation) + answer.ttlMs * NS_PER_MS * (1 - DRIFT_ALLOWANCE);
    if (end > (until[session] as number)) {
      until[session] = end;
      promisedBy[session] = operation;
    }
    return session;
  };

  /** Whether the answer to an acquire names a lease, which is then not the session's: nobody has told until when it is promised. */
  const hasOwnLease = (row: number): boolean => {
    const value = valueAt(history, row);
    return typeof value === 'object' && value !== null && 'lease' in value;
  };

  let hold = 0;
  for (let operation = 0; operation < operations.count; operation++) {
    const f = operations.f(operation);
    if (f === F.read || f === F.write || f === F.release) continue;
    const process = operations.process(operation);
    if (unruly.size > 0 && unruly.has(process)) continue;
    if (f === F.open || f === F['keep-alive']) {
      const session = operations.succeeded(operation) ? promise(operation) : NONE;
      // Whatever became of it, the session before it is over.
      if (f === F.open) current.set(process, session);
    } else if (f === F.close) current.set(process, NONE);
    else if (holds.acquire[hold] === operation)
      sessionOf[hold++] = hasOwnLease(operations.completion[operation] as number) ? NONE : current.get(process);
  }
  return { sessionOf, lease, until, promisedBy, endedRow: findEnds(evidence) };
}

function findEnds({ tables: { history, settings }, operations, holds, events }: Evidence): Int32Array {
  const slots = slotsOf(settings);
  const slotOf = (process: number): number => (slots > 0 ? process % slots : process);
  const endedRow = new Int32Array(holds.count).fill(NONE);
  const next = new IntMap();
  let hold = holds.count - 1;
  let event = events.length - 1;
  const noteEvents = (after: number): void => {
    for (; event >= 0 && (events[event] as number) > after; event--) {
      const row = events[event] as number;
      if (history.f[row] === F['harness-error']) next.set(slotOf(history.process[row] as number), row);
    }
  };
  for (let operation = operations.count - 1; operation >= 0; operation--) {
    const row = operations.invocation[operation] as number;
    const f = operations.f(operation);
    noteEvents(row);
    if (f === F.read || f === F.write) continue;
    const slot = slotOf(operations.process(operation));
    if (hold >= 0 && holds.acquire[hold] === operation) endedRow[hold--] = next.get(slot);
    if (f === F.release || f === F.close || f === F.open || f === F.acquire) next.set(slot, row);
  }
  return endedRow;
}

function grantOf(value: unknown): { ttlMs: number; lease: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { ttlMs, lease } = value as { ttlMs?: unknown; lease?: unknown };
  if (typeof ttlMs !== 'number' || !(ttlMs > 0 && ttlMs < Number.POSITIVE_INFINITY)) return undefined;
  return typeof lease === 'string' && /^[0-9a-f]{1,16}$/.test(lease) ? { ttlMs, lease } : undefined;
}

/** Codes of lease ids in hex; undefined for one that no watch told of. */
function leaseCoder(large: readonly string[]): (lease: string) => number | undefined {
  const known = new Map<string, number | undefined>();
  return (lease) => {
    if (known.has(lease)) return known.get(lease);
    const token = BigInt(`0x${lease}`).toString();
    const code = smallTokenCode(token) ?? largeCode(token, large);
    known.set(lease, code);
    return code;
  };
}

function largeCode(token: string, large: readonly string[]): number | undefined {
  let [low, high] = [0, large.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareTokens(large[middle] as string, token) < 0) low = middle + 1;
    else high = middle;
  }
  return large[low] === token ? largeTokenCode(low) : undefined;
}
