/**
 * Histories in a file: a header of JSON, then the columns as they lie in memory, little-endian. Reading one costs the
 * reading and nothing else, so that check time and load time can be told apart, and a program in another language reads it
 * with a few lines (bench/peer/main.go does).
 *
 *   4 bytes  "LBH1"
 *   4 bytes  length of the header, unsigned
 *   header   {"model", "length", "events", "starts", "elements"}, padded with spaces to a multiple of 4
 *   columns  int32: process, call, ret, object, a, b (length each), starts, elements; then uint8: f, outcome
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Model, Operations } from '../../checkers/linearizability/operations.js';

const MAGIC = 'LBH1';

interface Header {
  model: Model;
  length: number;
  events: number;
  starts: number;
  elements: number;
}

export function writeHistory(path: string, model: Model, operations: Operations): void {
  const { length, events, lists } = operations;
  const header: Header = {
    model,
    length,
    events,
    starts: lists.starts.length,
    elements: lists.elements.length,
  };
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const { process, call, ret, object, a, b, f, outcome } = operations;
  const file = openSync(path, 'w');
  try {
    for (const part of [Buffer.from(MAGIC), size, head]) writeSync(file, part);
    for (const column of [process, call, ret, object, a, b, lists.starts, lists.elements, f, outcome])
      writeAll(file, new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  } finally {
    closeSync(file);
  }
}

/** The columns lie in the file's own memory. Throws on a file that is none of these. */
export function readHistory(path: string): { model: Model; operations: Operations } {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 4) !== MAGIC) throw new Error(`${path} is not a history of this format`);
  const headLength = bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headLength)) as Header;
  let at = bytes.byteOffset + 8 + headLength;
  const ints = (length: number): Int32Array => {
    const column = new Int32Array(bytes.buffer, at, length);
    at += column.byteLength;
    return column;
  };
  const octets = (length: number): Uint8Array => {
    const column = new Uint8Array(bytes.buffer, at, length);
    at += length;
    return column;
  };
  const { model, length, events } = header;
  const [process, call, ret, object, a, b] = [0, 1, 2, 3, 4, 5].map(() => ints(length)) as Six<Int32Array>;
  const lists = { starts: ints(header.starts), elements: ints(header.elements) };
  const operations: Operations = {
    length,
    events,
    process,
    call,
    ret,
    object,
    a,
    b,
    f: octets(length),
    outcome: octets(length),
    lists,
    values: [],
  };
  return { model, operations };
}

type Six<T> = [T, T, T, T, T, T];

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 28));
}
