/**
 * Delta debugging: the smallest part of a list that still shows something (A. Zeller, R. Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", IEEE Transactions on Software Engineering 28(2), 2002). Subsets and complements are asked about together,
 * so that several can be tried at once. Pure: what shows is for the caller to say.
 */

/** The place of one that shows it, undefined if none does. */
export type First<T> = (candidates: readonly (readonly T[])[]) => Promise<number | undefined>;

/**
 * What is left shows it as far as `first` said, and is 1-minimal: no single item can be left out, unless `first` contradicts itself. The
 * whole is not asked about. O(n^2) questions at worst, O(log n) where one item is enough.
 */
export async function ddmin<T>(items: readonly T[], first: First<T>): Promise<readonly T[]> {
  let left = items;
  for (let parts = 2; left.length > 1; ) {
    const subsets = split(left, parts);
    const complements = parts === 2 ? [] : subsets.map((subset) => left.filter((item) => !subset.includes(item)));
    const at = await first([...subsets, ...complements]);
    if (at === undefined) {
      if (parts >= left.length) return left;
      parts = Math.min(left.length, 2 * parts);
    } else if (at < subsets.length) {
      left = subsets[at] as readonly T[];
      parts = 2;
    } else {
      left = complements[at - subsets.length] as readonly T[];
      parts = Math.max(2, Math.min(left.length, parts - 1));
    }
  }
  return left.length === 1 && (await first([[]])) !== undefined ? [] : left;
}

/** Parts of nearly the same size, none empty. */
function split<T>(items: readonly T[], parts: number): (readonly T[])[] {
  return Array.from({ length: parts }, (_, n) =>
    items.slice(Math.floor((n * items.length) / parts), Math.floor(((n + 1) * items.length) / parts)),
  );
}
