/** How receipts are made: what a piece of work proves, several targets in one, and work that is done once. Pure but for time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import type { Receipt } from '../history/operation.js';

export function proven(evidence: Record<string, unknown>): Receipt {
  return { proven: true, evidence };
}

export function unproven(reason: string): Receipt {
  return { proven: false, reason };
}

/** Target by its name, and the work on it. */
export type Part = readonly [name: string, work: () => Promise<Receipt>];

/**
 * Works on all targets at once; what is thrown is a receipt that proves nothing. Proven if every part is: the evidence of the
 * only target, or of each by its name. Otherwise the reasons of those that failed. Every part is begun before this returns.
 */
export async function proveAll(parts: readonly Part[]): Promise<Receipt> {
  if (parts.length === 0) return unproven('nobody was there to be hit');
  const receipts = await Promise.all(parts.map(([, work]) => attempt(work)));
  const reasons = receipts.flatMap((receipt, at) => (receipt.proven ? [] : [`${parts[at]?.[0]}: ${receipt.reason}`]));
  if (reasons.length > 0) return unproven(reasons.join('; '));
  const evidence = receipts.map((receipt) => (receipt.proven ? receipt.evidence : {}));
  return proven(
    parts.length === 1 ? (evidence[0] ?? {}) : Object.fromEntries(parts.map(([name], at) => [name, evidence[at]])),
  );
}

export async function attempt(work: () => Promise<Receipt>): Promise<Receipt> {
  try {
    return await work();
  } catch (error) {
    return unproven(error instanceof Error ? error.message : String(error));
  }
}

/** The same promise whenever it is called again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}

const LOOK_AGAIN_MS = 20;

/** Looks until there is something to see, and gives it; undefined when `ms` have passed in vain. What `look` throws is thrown. */
export async function eventually<T>(ms: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const begun = monotonicMs(); ; await sleep(LOOK_AGAIN_MS)) {
    const seen = await look();
    if (seen !== undefined || monotonicMs() - begun > ms) return seen;
  }
}
