/** A part of a campaign: cells that no other shard has, about as much work in each. Pure. */

export interface Shard {
  /** From 1. */
  index: number;
  of: number;
}

/** `2/4`; undefined for what is none. */
export function parseShard(text: string): Shard | undefined {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text);
  const [index, of] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  return index >= 1 && index <= of ? { index, of } : undefined;
}

/**
 * The same for the same cells on every machine. Cells that stand side by side stay together, since they may share a cluster; each
 * shard gets one at least as long as there are enough.
 */
export function inShard<T>(cells: readonly T[], shard: Shard | null, weightOf: (cell: T) => number): T[] {
  if (shard === null) return [...cells];
  let at = 0;
  let left = cells.reduce((sum, cell) => sum + weightOf(cell), 0);
  for (let index = 1; index <= shard.of; index++) {
    const share = left / (shard.of - index + 1);
    const from = at;
    let weight = 0;
    while (at < cells.length) {
      const next = weightOf(cells[at] as T);
      const isFirst = at === from;
      // A cell belongs to the shard in which more than half of it would lie.
      const isTooMuch = weight + next / 2 > share && index < shard.of;
      const areNeeded = cells.length - at <= shard.of - index;
      if (!isFirst && (isTooMuch || areNeeded)) break;
      weight += next;
      at++;
    }
    left -= weight;
    if (index === shard.index) return cells.slice(from, at);
  }
  return [];
}
