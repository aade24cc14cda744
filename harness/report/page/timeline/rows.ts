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

const TALLEST = 44;
const LEAST = 24;
const NODE = 20;
const GAP = 7;

/** `room`: how high all rows should be together; they are made no less than what can be read, whatever that makes. */
export function layOutRows(data: PageData, room: number, lane?: number): Rows {
  const shown = data.clients
    .map((client, place) => ({ ...client, place }))
    .filter((row) => lane === undefined || row.lane === lane);
  const lanes = new Set(shown.map((row) => row.lane)).size;
  const rest = room - (lanes + 1) * GAP - data.nodes.length * NODE;
  const height = Math.round(Math.max(LEAST, Math.min(TALLEST, rest / Math.max(1, shown.length))));
  const list: Row[] = [];
  let [top, before] = [0, -1];
  for (const { lane: mine, title, place } of shown) {
    if (mine !== before && before !== -1) top += GAP;
    list.push({
      kind: 'client',
      place,
      title,
      group: mine === before ? undefined : data.lanes[mine]?.title,
      top,
      height,
    });
    before = mine;
    top += height;
  }
  if (data.nodes.length > 0) top += GAP;
  data.nodes.forEach(({ name, role }, place) => {
    const group = role !== data.nodes[place - 1]?.role ? role : undefined;
    list.push({ kind: 'node', place, title: name, group, top, height: NODE });
    top += NODE;
  });
  return { list, height: top };
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
  const requests = Math.round(height * 0.3);
  const etcd = height >= 34 ? 5 : 4;
  const belief = height - requests - etcd - 5;
  return {
    requests: { top: 2, height: requests - 2 },
    belief: { top: requests + 1, height: belief },
    etcd: { top: requests + belief + 2, height: etcd },
  };
}
