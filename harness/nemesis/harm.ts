/** One target's share of a fault, and how the shares of all targets make one injection. */
import type { Receipt } from '../history/operation.js';
import type { Injected } from './fault.js';
import { once, proveAll } from './receipts.js';

export interface Harm {
  /** The target's name in receipts. */
  name: string;
  /** Both may throw, which is a receipt that proves nothing. */
  inject(): Promise<Receipt>;
  /** Undoes all or half of it; called once. */
  heal(): Promise<Receipt>;
}

/** Injects all at once, and heals all at once. */
export async function injectAll(harms: readonly Harm[], processes: Injected['processes']): Promise<Injected> {
  return {
    processes,
    heal: once(() => proveAll(harms.map(({ name, heal }) => [name, heal]))),
    receipt: await proveAll(harms.map(({ name, inject }) => [name, inject])),
  };
}
