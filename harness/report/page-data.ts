// What the program inside the HTML report is given: the whole run as columns of numbers, one table of strings, and the
// few things that are counted in tens (faults, violations, curves). Types, shared by the host, which makes it
// (page-build.ts), and by the page, which draws it (page/); nothing here knows the harness or the browser.
// All times are nanoseconds since the start of the run, in doubles: exact up to 104 days.

/** The run as the page needs it. `page-codec.ts` turns it into the text inside the file and back. */
export interface PageData {
  readonly schemaVersion: 1;
  readonly name: string;
  /** The window of the whole run is 0..endNs; always above 0. */
  readonly endNs: number;
  /** The length of the leases, as the plan says; 0 if nothing says. */
  readonly ttlNs: number;
  /** The locks (or queues), in the order in which they are drawn. */
  readonly lanes: readonly Lane[];
  /** One for each client slot (a client that comes back with a new process keeps its slot), in lane order. */
  readonly clients: readonly ClientRow[];
  readonly nodes: readonly NodeRow[];
  /** Names of operations: acquire, release, write, ... `operations.f` are places in it. */
  readonly functions: readonly string[];
  /** Values and errors; strings of the system under test: to be shown as text, never as markup. */
  readonly strings: StringTable;
  /** All operations, ordered by start. */
  readonly operations: OperationColumns;
  /** All holds, ordered by `from`. */
  readonly holds: HoldColumns;
  /** Ordered by `from`; spans of one member do not overlap, and none is given where nobody looked. */
  readonly leaders: readonly LeaderSpan[];
  /** Ordered by `from`. */
  readonly faults: readonly FaultBand[];
  readonly violations: readonly ViolationItem[];
  /** The true number of violations for each kind; `violations` may hold fewer. */
  readonly counts: Readonly<Record<string, number>>;
  /** The kinds in words, in the plural: `Stale writes`. */
  readonly kindTitles: Readonly<Record<string, string>>;
  readonly curves: readonly Curve[];
}

export interface Lane {
  readonly key: string;
  readonly title: string;
}

export interface ClientRow {
  /** Place in `lanes`. */
  readonly lane: number;
  readonly title: string;
}

export interface NodeRow {
  readonly name: string;
  readonly role: 'etcd' | 'storage';
}

/** Many strings; read one by one, so that a page need not make a million of them to show one. */
export interface StringTable {
  readonly length: number;
  /** The string at a place; `''` for a place that is none (-1). */
  at(place: number): string;
}

/** The token of a row in full; undefined where it has none. */
export function tokenAt(
  strings: StringTable,
  { token, digits }: Pick<OperationColumns, 'token' | 'digits'>,
  row: number,
): string | undefined {
  const place = digits[row] ?? -1;
  if (place >= 0) return strings.at(place);
  const near = token[row] ?? -1;
  return near < 0 ? undefined : String(near);
}

export const OUTCOME = { ok: 0, fail: 1, info: 2, open: 3 } as const;
export const DECISION = { none: 0, accepted: 1, refused: 2, stale: 3 } as const;

export interface OperationColumns {
  readonly length: number;
  /** Place in `clients`. */
  readonly client: Uint16Array;
  /** Place in `functions`. */
  readonly f: Uint8Array;
  /** OUTCOME: 0 ok, 1 fail, 2 info (nobody knows whether it was done), 3 not completed when the run ended. */
  readonly outcome: Uint8Array;
  readonly start: Float64Array;
  /** Of an operation that did not complete: `endNs` of the run. */
  readonly end: Float64Array;
  readonly process: Int32Array;
  /** Index of the invocation in history.jsonl. */
  readonly index: Int32Array;
  /** The fencing token, -1 none. One beyond 2^53 is only near here, and `digits` has it. */
  readonly token: Float64Array;
  /** Place in `strings` of a token that a double cannot hold, -1 otherwise. */
  readonly digits: Int32Array;
  /** Place in `strings`, -1 none. */
  readonly value: Int32Array;
  /** Place in `strings`, -1 none. */
  readonly error: Int32Array;
  /** DECISION of the storage on a read or write: 0 none known, 1 accepted, 2 refused, 3 accepted and should not have been. */
  readonly decision: Uint8Array;
}

export interface HoldColumns {
  readonly length: number;
  /** Place in `clients`. */
  readonly client: Uint16Array;
  /** When the acquire was invoked. */
  readonly waitFrom: Float64Array;
  /** As the client believed. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** As etcd had it: when its key became the first, when it was gone; -1 where that is not known. */
  readonly etcdFrom: Float64Array;
  /** The same, and -1 also where nobody told of its end. */
  readonly etcdTo: Float64Array;
  /** The fencing token that came with the hold, -1 none; `digits` as for operations. */
  readonly token: Float64Array;
  readonly digits: Int32Array;
  /** 1: the client believed in it after etcd had ended it, by more than an honest release takes. */
  readonly late: Uint8Array;
}

export interface LeaderSpan {
  /** Place in `nodes`. */
  readonly node: number;
  readonly from: number;
  readonly to: number;
}

export interface FaultBand {
  /** `f3`: unique in the page. */
  readonly id: string;
  readonly kind: string;
  /** What was done, in one sentence. */
  readonly text: string;
  /** Places in `clients`. */
  readonly clients: readonly number[];
  /** Places in `nodes`. */
  readonly nodes: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Whether a receipt proves that it took effect. */
  readonly proven: boolean;
  /** The receipts in words, one line each; empty without any. */
  readonly receipt: string;
}

export interface ViolationItem {
  /** `v12`: the address (`#v12`) on the page. */
  readonly id: string;
  readonly kind: string;
  /** The kind in words. */
  readonly title: string;
  readonly sentence: string;
  /** Place in `lanes`, -1 if it belongs to none. */
  readonly lane: number;
  readonly clients: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Place in `faults` of the fault that explains it, -1 none. */
  readonly fault: number;
  /** Rows of `operations`, the one at fault last. */
  readonly operations: readonly number[];
  /** Whether the static part of the page tells it with a picture, in the element with this id. */
  readonly hasPicture: boolean;
}

/** Curves with the same `chart` share one chart and its y axis; NaN: no point there. */
export interface Curve {
  readonly chart: string;
  readonly unit: string;
  readonly name: string;
  /** ns, rising. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The y axis is logarithmic. */
  readonly log: boolean;
}
