/**
 * A track: all things of one sort (holds, waits, writes ...) of all rows, so laid out that what a window shows is found by binary
 * search, and that any number of things within one pixel is summed up by two look-ups. Pure; no drawing.
 *
 * A pyramid of buckets would answer the same question for fixed widths of bucket. Running sums over the sorted things answer it for
 * every pixel of every window exactly, in 12 to 20 bytes a thing.
 */

/** Things by row, in each row by start. The things of row r are the places `offsets[r]`..`offsets[r + 1]`. */
export interface Track {
  readonly offsets: Uint32Array;
  /** What the thing is: the row in the list of the page's data that the track was made from. */
  readonly ids: Uint32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The latest end of all things of the row up to and with this one: rising, and so good for searching. */
  readonly reach: Float64Array;
  /** Running sum of the lengths, one more than things: the length of a..b is `busy[b] - busy[a]`. */
  readonly busy: Float64Array;
  /** Running counts of things of each class but class 0, one more than things each. */
  readonly counts: readonly Uint32Array[];
}

/** What a track is made from, a column each; a thing with a row below 0 is left out. */
export interface Source {
  readonly row: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The class of each thing, from 0; there are `grades` of them. */
  readonly grade?: Uint8Array;
  readonly grades?: number;
}

export function makeTrack(rows: number, source: Source): Track {
  const offsets = new Uint32Array(rows + 1);
  for (let n = 0; n < source.row.length; n++) {
    const row = source.row[n]!;
    if (row >= 0 && row < rows) offsets[row + 1]! += 1;
  }
  for (let row = 0; row < rows; row++) offsets[row + 1]! += offsets[row]!;
  const total = offsets[rows] ?? 0;
  const ids = new Uint32Array(total);
  const next = offsets.slice();
  for (let n = 0; n < source.row.length; n++) {
    const row = source.row[n]!;
    if (row >= 0 && row < rows) ids[next[row]!++] = n;
  }
  for (let row = 0; row < rows; row++) sortByStart(ids.subarray(offsets[row], offsets[row + 1]), source);
  return filled(offsets, ids, source);
}

/** Most sources are in order already; then this is one look at each. */
function sortByStart(ids: Uint32Array, source: Source): void {
  for (let n = 1; n < ids.length; n++) {
    if (source.start[ids[n]!]! < source.start[ids[n - 1]!]!) {
      ids.sort((a, b) => source.start[a]! - source.start[b]! || a - b);
      return;
    }
  }
}

function filled(offsets: Uint32Array, ids: Uint32Array, source: Source): Track {
  const total = ids.length;
  const [start, end, reach] = [new Float64Array(total), new Float64Array(total), new Float64Array(total)];
  const busy = new Float64Array(total + 1);
  const counts = Array.from({ length: Math.max(0, (source.grades ?? 1) - 1) }, () => new Uint32Array(total + 1));
  for (let row = 0; row + 1 < offsets.length; row++) {
    let latest = -Infinity;
    for (let n = offsets[row]!; n < offsets[row + 1]!; n++) {
      const id = ids[n]!;
      start[n] = source.start[id]!;
      end[n] = Math.max(start[n]!, source.end[id]!);
      latest = Math.max(latest, end[n]!);
      reach[n] = latest;
      busy[n + 1] = busy[n]! + end[n]! - start[n]!;
      const grade = source.grade?.[id] ?? 0;
      for (let g = 0; g < counts.length; g++) counts[g]![n + 1] = counts[g]![n]! + (grade === g + 1 ? 1 : 0);
    }
  }
  return { offsets, ids, start, end, reach, busy, counts };
}

/** The first place of from..to whose value is at least `value`, `to` if there is none. `values` rises between them. */
export function lowerBound(values: Float64Array, value: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As `lowerBound`, for an answer that is likely near `from`: it looks 1, 2, 4 ... places ahead first. */
export function nextBound(values: Float64Array, value: number, from: number, to: number): number {
  let [low, step] = [from, 1];
  while (low + step < to && values[low + step]! < value) {
    low += step;
    step *= 2;
  }
  return lowerBound(values, value, low, Math.min(to, low + step + 1));
}

/** The places of the row's things that may touch from..to: none outside does; a few inside may not, where things overlap. */
export function touching(track: Track, row: number, from: number, to: number): readonly [number, number] {
  const [first, last] = [track.offsets[row] ?? 0, track.offsets[row + 1] ?? 0];
  const a = lowerBound(track.reach, from, first, last);
  return [a, lowerBound(track.start, to, a, last)];
}

export function countOf(track: Track, grade: number, a: number, b: number): number {
  const counts = track.counts[grade - 1];
  return counts === undefined ? 0 : counts[b]! - counts[a]!;
}
