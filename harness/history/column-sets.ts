/** Which columns each table has and of what type, and how they are made and enlarged. */

type Column = Float64Array | Int32Array | Int16Array | Uint8Array;
type ColumnType = Float64ArrayConstructor | Int32ArrayConstructor | Int16ArrayConstructor | Uint8ArrayConstructor;
type ColumnTypes = Readonly<Record<string, ColumnType>>;
type ColumnOf<Type> = Type extends Float64ArrayConstructor
  ? Float64Array
  : Type extends Int32ArrayConstructor
    ? Int32Array
    : Type extends Int16ArrayConstructor
      ? Int16Array
      : Uint8Array;
type ColumnsOf<Types extends ColumnTypes> = { -readonly [Name in keyof Types]: ColumnOf<Types[Name]> };

export const HISTORY_COLUMNS = {
  time: Float64Array,
  process: Int32Array,
  lane: Int32Array,
  type: Uint8Array,
  f: Uint8Array,
  key: Int32Array,
  token: Float64Array,
  error: Int16Array,
  node: Int16Array,
  valueKind: Uint8Array,
  number: Float64Array,
} as const;

export const DECISION_COLUMNS = {
  seq: Float64Array,
  op: Int32Array,
  process: Int32Array,
  f: Uint8Array,
  key: Int32Array,
  token: Float64Array,
  accepted: Uint8Array,
  highest: Float64Array,
  valueKind: Uint8Array,
  number: Float64Array,
} as const;

export const OWNERSHIP_COLUMNS = {
  time: Float64Array,
  member: Uint8Array,
  revision: Float64Array,
  deleted: Uint8Array,
  lane: Int32Array,
  createRevision: Float64Array,
  lease: Float64Array,
  prefix: Int32Array,
  endsWithLease: Uint8Array,
} as const;

/** `shared`: on memory that worker threads can be handed without a copy. */
export interface Room {
  rows: number;
  shared: boolean;
  /** Where the columns are to be at first, as long as they fit. What it held is lost. */
  memory?: SharedArrayBuffer | undefined;
}

/** Every column begins at a multiple of this. */
const ALIGNMENT = 8;

/** Bytes of a memory in which any of the tables fits with so many rows. */
export function bytesFor(rows: number): number {
  const sizes = [HISTORY_COLUMNS, DECISION_COLUMNS, OWNERSHIP_COLUMNS].map((types) =>
    Object.values(types).reduce((sum, Type) => sum + alignedBytes(Type, rows), 0),
  );
  return Math.max(...sizes);
}

function alignedBytes(Type: ColumnType, rows: number): number {
  return Math.ceil((rows * Type.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
}

/** Columns full of zeros. */
function allocate<Types extends ColumnTypes>(types: Types, room: Room): ColumnsOf<Types> {
  const { rows, memory } = room;
  let used = 0;
  const columns = Object.entries(types).map(([name, Type]): [string, Column] => {
    const start = used;
    used += alignedBytes(Type, rows);
    if (memory === undefined || used > memory.byteLength) return [name, allocateOne(Type, room)];
    const OnShared = Type as new (buffer: SharedArrayBuffer, start: number, length: number) => Column;
    return [name, new OnShared(memory, start, rows).fill(0)];
  });
  return Object.fromEntries(columns) as ColumnsOf<Types>;
}

function allocateOne(Type: ColumnType, { rows, shared }: Room): Column {
  if (!shared) return new Type(rows);
  const OnShared = Type as new (buffer: SharedArrayBuffer) => Column;
  return new OnShared(new SharedArrayBuffer(rows * Type.BYTES_PER_ELEMENT));
}

/** Replaces each column by a longer one that begins with the same. */
function enlarge<Types extends ColumnTypes>(types: Types, columns: ColumnsOf<Types>, room: Room): void {
  // One after the other, so that no more than one column is there twice at a time.
  for (const [name, Type] of Object.entries(types)) {
    const longer = allocateOne(Type, room);
    longer.set(columns[name] as Column);
    (columns as Record<string, Column>)[name] = longer;
  }
}

/** Copies the first `length` rows of `from` behind the first `at` rows of `to`, which must have room for them. */
export function copyRows<Types extends ColumnTypes>(
  types: Types,
  to: ColumnsOf<Types>,
  at: number,
  from: Readonly<ColumnsOf<Types>>,
  length: number,
): void {
  for (const name of Object.keys(types)) (to[name] as Column).set((from[name] as Column).subarray(0, length), at);
}

/** Columns that grow with their table. */
export interface Growing<Types extends ColumnTypes> {
  columns: ColumnsOf<Types>;
  length: number;
  /** Makes room for so many more rows. */
  makeRoom(more: number): void;
}

export function createGrowing<Types extends ColumnTypes>(types: Types, { rows, shared, memory }: Room): Growing<Types> {
  let capacity = rows;
  const growing: Growing<Types> = {
    columns: allocate(types, { rows, shared, memory }),
    length: 0,
    makeRoom(more) {
      const needed = growing.length + Math.ceil(more);
      if (needed <= capacity) return;
      capacity = Math.max(needed, Math.ceil(capacity * GROWTH), FEWEST);
      enlarge(types, growing.columns, { rows: capacity, shared });
    },
  };
  return growing;
}

const GROWTH = 1.5;
const FEWEST = 64;
