/** Lists under keys, the one collection that the checkers share. */

export function append<Key, Item>(groups: Map<Key, Item[]>, key: Key, item: Item): void {
  const items = groups.get(key);
  if (items === undefined) groups.set(key, [item]);
  else items.push(item);
}
