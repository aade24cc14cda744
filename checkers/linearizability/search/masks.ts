/** Sets of open operations in a configuration: the bit of a slot in the words from `mask` on. */

export function has(configuration: Int32Array, mask: number, slot: number): boolean {
  return ((configuration[mask + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0;
}

export function mark(configuration: Int32Array, mask: number, slot: number): void {
  const word = mask + (slot >> 5);
  configuration[word] = (configuration[word] as number) | (1 << (slot & 31));
}

export function clear(configuration: Int32Array, mask: number, slot: number): void {
  const word = mask + (slot >> 5);
  configuration[word] = (configuration[word] as number) & ~(1 << (slot & 31));
}
