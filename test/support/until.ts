/** Waits for a condition on something outside of the test's process. */
import { setTimeout as sleep } from 'node:timers/promises';

export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  withinMs = 120_000,
): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    if (performance.now() - begun > withinMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await sleep(100);
  }
}
