/**
 * Whole runs side by side, two at most: they wait for leases and pauses more than they compute, and more of them would slow each other
 * down on a machine with two cores. For tests that are `concurrent`.
 */
const waiting: (() => void)[] = [];
let free = 2;

export async function twoAtOnce<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }
}
