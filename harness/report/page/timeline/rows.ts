/** Where the rows of the timeline are: one for each client, by lane, then one for each member of etcd and each storage. Pure. */
import type { PageData } from '../../page-data.js';

export interface Row {
  readonly kind: 'client' | 'node';
  /** Place in the data's `clients` or `nodes`. */
  readonly place: number;
  readonly title: string;
  /** The lane, told at the first row of each. */
  readonly group: string | undefined;
  /** CSS pixels from the top of all rows. */
  readonly top: number;
  readonly height: number;
}

export interface Rows {
  readonly list: readonly Row[];
  readonly height: number;
}

const TALLEST = 42;
const LEAST = 28;
const NODE = 20;
const GAP = 7;
/** Where the name of a group stands above its first row. */
export const TITLE = 18;

/**
 * `room`: how high all rows should be together; they are made no less than what can be read, whatever that makes. `hasTitles`: the
 * name of a group stands above its first row instead of beside it. `lane`: only its clients are shown.
 */
export function layOutRows(data: PageData, room: number, hasTitles = false, lane?: number): Rows {
  const clients = data.clients.flatMap((client, place) =>
    lane === undefined || client.lane === lane
      ? [{ kind: 'client' as const, place, title: client.title, group: data.lanes[client.lane]?.title ?? '' }]
      : [],
  );
  const nodes = data.nodes.map(({ name, role }, place) => ({ kind: 'node' as const, place, title: name, group: role }));
  const all = [...clients, ...nodes];
  const isFirst = all.map(({ kind, group }, n) => all[n - 1]?.kind !== kind || all[n - 1]?.group !== group);
  const before = hasTitles ? TITLE : GAP;
  const rest = room - isFirst.filter(Boolean).length * before - nodes.length * NODE;
  const height = Math.round(Math.max(LEAST, Math.min(TALLEST, rest / Math.max(1, clients.length))));
  let top = hasTitles ? 0 : -GAP;
  const list = all.map((row, n): Row => {
    if (isFirst[n]) top += before;
    const placed = {
      ...row,
      group: isFirst[n] ? row.group : undefined,
      top,
      height: row.kind === 'client' ? height : NODE,
    };
    top += placed.height;
    return placed;
  });
  return { list, height: Math.max(0, top) };
}

/** The row at `y`, or the one just above a gap; undefined beyond all rows. */
export function rowAt({ list, height }: Rows, y: number): number | undefined {
  if (y < 0 || y >= height) return undefined;
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.top <= y) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? low - 1 : undefined;
}

/** The bands of a client's row, as distances from its top: requests, the hold as believed, the hold as etcd had it. */
export interface Bands {
  readonly requests: Band;
  readonly belief: Band;
  readonly etcd: Band;
}
export interface Band {
  readonly top: number;
  readonly height: number;
}

export function bandsOf(height: number): Bands {
  const requests = Math.round(height * 0.36);
  const etcd = height >= 34 ? 5 : 3;
  const belief = height - requests - etcd - 4;
  // The upper part of the first band is left to the names of faults.
  const bar = Math.max(4, Math.round(requests * 0.6));
  return {
    requests: { top: 1 + requests - bar, height: bar },
    belief: { top: requests + 2, height: belief },
    etcd: { top: requests + belief + 3, height: etcd },
  };
}
