/**
 * Operations that are under way, by the order in which they will return: heaps inside two columns, so that many objects need no
 * arrays of their own. Skew heaps (Sleator and Tarjan, "Self-Adjusting Heaps", SIAM J. Comput. 15(1), 1986): O(log n) an
 * operation, amortized.
 */

export interface OpenOperations {
  /** By row: when it returns. */
  ret: Int32Array;
  /** By row: the two heaps below it, -1 for none. */
  left: Int32Array;
  right: Int32Array;
}

export function createOpenOperations(ret: Int32Array): OpenOperations {
  return { ret, left: new Int32Array(ret.length).fill(-1), right: new Int32Array(ret.length).fill(-1) };
}

/** The heap with one operation more, which goes into one heap and once. Heaps are named by their topmost row, -1 for an empty one. */
export function opened(open: OpenOperations, heap: number, row: number): number {
  return merged(open, heap, row);
}

/** The heap without the one that returns first. */
export function withoutFirst(open: OpenOperations, heap: number): number {
  return merged(open, open.left[heap] as number, open.right[heap] as number);
}

/** Along the right spines, whose children change sides; from the top down, so that deep heaps need no stack. */
function merged({ ret, left, right }: OpenOperations, x: number, y: number): number {
  let top = -1;
  let above = -1;
  while (x !== -1 && y !== -1) {
    if ((ret[y] as number) < (ret[x] as number)) [x, y] = [y, x];
    if (above === -1) top = x;
    else left[above] = x;
    above = x;
    const next = right[x] as number;
    right[x] = left[x] as number;
    x = next;
  }
  const rest = x === -1 ? y : x;
  if (above === -1) return rest;
  left[above] = rest;
  return top;
}
