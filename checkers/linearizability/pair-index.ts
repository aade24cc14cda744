/**
 * From a pair of numbers (object and value, lock and process) to a row: a hash table with open addressing in one typed array,
 * because a `Map` of ten million keys takes a gigabyte and ten seconds. Never grows and never forgets.
 */

export interface PairIndex {
  /** Three places an entry: the two numbers, and the row plus one; 0 is an empty entry. */
  entries: Int32Array;
  mask: number;
}

/** Room for `count` pairs. Between two thirds full and a third. */
export function createPairIndex(count: number): PairIndex {
  let capacity = 16;
  while (capacity < count * 1.5) capacity *= 2;
  return { entries: new Int32Array(3 * capacity), mask: capacity - 1 };
}

/**
 * Values that follow each other stand beside each other, eight in a group: histories number values as they come, and what was
 * written lately is read soon, so that most look-ups find their entry in the cache. Groups are spread by multiplication with odd
 * constants and a fold (Fibonacci hashing: Knuth, "The Art of Computer Programming", volume 3, section 6.4).
 */
function slotOf(first: number, second: number, mask: number): number {
  let hash = Math.imul(second >>> 3, 0x9e3779b1) ^ Math.imul(first, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return ((hash << 3) | (second & 7)) & mask;
}

/** Row of the pair if it is there already; else -1, and the pair is put in with `row` (from 0 on). */
export function put({ entries, mask }: PairIndex, first: number, second: number, row: number): number {
  let slot = slotOf(first, second, mask);
  for (;;) {
    const at = 3 * slot;
    const found = entries[at + 2] as number;
    if (found === 0) {
      entries[at] = first;
      entries[at + 1] = second;
      entries[at + 2] = row + 1;
      return -1;
    }
    if (entries[at] === first && entries[at + 1] === second) return found - 1;
    slot = (slot + 1) & mask;
  }
}

/** Row of the pair, or -1. */
export function find({ entries, mask }: PairIndex, first: number, second: number): number {
  let slot = slotOf(first, second, mask);
  for (;;) {
    const at = 3 * slot;
    const found = entries[at + 2] as number;
    if (found === 0) return -1;
    if (entries[at] === first && entries[at + 1] === second) return found - 1;
    slot = (slot + 1) & mask;
  }
}
