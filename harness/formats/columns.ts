/** Columns that grow: operations while nobody knows yet how many there will be. About 45 bytes each. */

const FIRST_ROOM = 1024;

/** What is noted of an operation, besides what `Operations` says. */
export interface OperationColumns {
  process: Int32Array;
  /** Client that the values name, from 1; 0 for none. */
  client: Int32Array;
  call: Int32Array;
  ret: Int32Array;
  f: Uint8Array;
  object: Int32Array;
  a: Int32Array;
  b: Int32Array;
  outcome: Uint8Array;
  /** Lines of invocation and completion; 0 where there is no completion. */
  callLine: Int32Array;
  retLine: Int32Array;
}

export function newColumns(room = FIRST_ROOM): OperationColumns {
  const int = (): Int32Array => new Int32Array(room);
  return {
    process: int(),
    client: int(),
    call: int(),
    ret: int(),
    f: new Uint8Array(room),
    object: int(),
    a: int(),
    b: int(),
    outcome: new Uint8Array(room),
    callLine: int(),
    retLine: int(),
  };
}

/** The same columns with room for more. */
export function grown(columns: OperationColumns): OperationColumns {
  const wider = newColumns(columns.call.length * 2);
  for (const [name, column] of Object.entries(columns) as [keyof OperationColumns, Int32Array | Uint8Array][])
    wider[name].set(column);
  return wider;
}

/** Integers one after the other. */
export interface IntList {
  push(value: number): void;
  readonly length: number;
  /** A view of what is there. */
  taken(): Int32Array;
}

export function newIntList(): IntList {
  let room = new Int32Array(FIRST_ROOM);
  let length = 0;
  return {
    push(value) {
      if (length === room.length) {
        const wider = new Int32Array(length * 2);
        wider.set(room);
        room = wider;
      }
      room[length] = value;
      length += 1;
    },
    get length() {
      return length;
    },
    taken: () => room.subarray(0, length),
  };
}
