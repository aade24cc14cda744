/**
 * PageData as bytes, and back. `pack` is followed by deflate and base64 on the host (page-encode.ts); `decode` undoes all three, in
 * the browser. Uses nothing that not both have.
 *
 * The bytes: the head, which is PageData as JSON without strings and columns; the strings; the columns, in the order in which
 * `columnsOf` and `unpack` name them.
 */
import { ByteReader, ByteWriter } from './page-codec/bytes.js';
import { type Expected, readColumn, writeColumn } from './page-codec/columns.js';
import { readStrings, writeStrings } from './page-codec/strings.js';
import type { Curve, HoldColumns, OperationColumns, PageData } from './page-data.js';

export { stringTable } from './page-codec/strings.js';

/** Columns are left out, but for how long they are. */
interface Head extends Omit<PageData, 'strings' | 'operations' | 'holds' | 'curves'> {
  readonly operations: number;
  readonly holds: number;
  readonly curves: readonly (Omit<Curve, 'x' | 'y'> & { readonly points: number })[];
}

const NOTHING: Expected = { by: 'nothing' };
const PREVIOUS: Expected = { by: 'previous' };

export function pack(data: PageData): Uint8Array {
  const { strings, operations, holds, curves, ...rest } = data;
  const head: Head = {
    ...rest,
    operations: operations.length,
    holds: holds.length,
    curves: curves.map(({ x, y: _, ...named }) => ({ ...named, points: x.length })),
  };
  const out = new ByteWriter();
  const json = new TextEncoder().encode(JSON.stringify(head));
  out.varint(json.length);
  out.bytes(json);
  writeStrings(out, strings);
  writeOperations(out, operations);
  writeHolds(out, holds);
  for (const { x, y } of curves) {
    writeColumn(out, x, PREVIOUS);
    writeColumn(out, y, PREVIOUS);
  }
  return out.end();
}

export function unpack(bytes: Uint8Array): PageData {
  const from = new ByteReader(bytes);
  const head = JSON.parse(new TextDecoder().decode(from.bytes(from.varint()))) as Head;
  const strings = readStrings(from);
  const operations = readOperations(from, head.operations);
  const holds = readHolds(from, head.holds);
  const curves = head.curves.map(({ points, ...named }) => ({
    ...named,
    x: readColumn(from, new Float64Array(points), PREVIOUS),
    y: readColumn(from, new Float64Array(points), PREVIOUS),
  }));
  return { ...head, strings, operations, holds, curves };
}

/** What stands in the page: base64 of raw deflate of `pack`. Rejects if it is none. */
export async function decode(text: string): Promise<PageData> {
  const inflated = new Blob([fromBase64(text.trim())]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return unpack(new Uint8Array(await new Response(inflated).arrayBuffer()));
}

/** With what newer browsers have for it (ECMAScript 2026) it takes a tenth of the time. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, text);
  const packed = atob(text);
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at++) bytes[at] = packed.charCodeAt(at);
  return bytes;
}

function writeOperations(out: ByteWriter, columns: OperationColumns): void {
  const { client, f, outcome, start, end, process, index, token, digits, value, error, decision } = columns;
  writeColumn(out, client, NOTHING);
  for (const bytes of [f, outcome, decision]) out.bytes(bytes);
  writeColumn(out, start, PREVIOUS);
  writeColumn(out, end, { by: 'beside', of: start });
  writeColumn(out, process, { by: 'same', of: client });
  writeColumn(out, index, PREVIOUS);
  writeColumn(out, token, { by: 'same', of: client });
  writeColumn(out, digits, { by: 'same', of: client });
  writeColumn(out, value, { by: 'same', of: client });
  writeColumn(out, error, NOTHING);
}

function readOperations(from: ByteReader, length: number): OperationColumns {
  const client = readColumn(from, new Uint16Array(length), NOTHING);
  // Copies: views would keep all that was inflated.
  const bytes = (): Uint8Array => from.bytes(length).slice();
  const [f, outcome, decision] = [bytes(), bytes(), bytes()];
  const start = readColumn(from, new Float64Array(length), PREVIOUS);
  const end = readColumn(from, new Float64Array(length), { by: 'beside', of: start });
  const same: Expected = { by: 'same', of: client };
  const process = readColumn(from, new Int32Array(length), same);
  const index = readColumn(from, new Int32Array(length), PREVIOUS);
  const token = readColumn(from, new Float64Array(length), same);
  const digits = readColumn(from, new Int32Array(length), same);
  const value = readColumn(from, new Int32Array(length), same);
  const error = readColumn(from, new Int32Array(length), NOTHING);
  return { length, client, f, outcome, start, end, process, index, token, digits, value, error, decision };
}

function writeHolds(out: ByteWriter, columns: HoldColumns): void {
  const { client, waitFrom, from, to, etcdFrom, etcdTo, token, digits, late } = columns;
  writeColumn(out, client, NOTHING);
  out.bytes(late);
  writeColumn(out, from, PREVIOUS);
  writeColumn(out, waitFrom, { by: 'beside', of: from });
  writeColumn(out, to, { by: 'beside', of: from });
  writeColumn(out, etcdFrom, { by: 'beside', of: from });
  writeColumn(out, etcdTo, { by: 'beside', of: to });
  writeColumn(out, token, { by: 'same', of: client });
  writeColumn(out, digits, { by: 'same', of: client });
}

function readHolds(source: ByteReader, length: number): HoldColumns {
  const client = readColumn(source, new Uint16Array(length), NOTHING);
  const late = source.bytes(length).slice();
  const from = readColumn(source, new Float64Array(length), PREVIOUS);
  const beside = (of: Float64Array): Float64Array => readColumn(source, new Float64Array(length), { by: 'beside', of });
  const waitFrom = beside(from);
  const to = beside(from);
  const etcdFrom = beside(from);
  const etcdTo = beside(to);
  const same: Expected = { by: 'same', of: client };
  const token = readColumn(source, new Float64Array(length), same);
  const digits = readColumn(source, new Int32Array(length), same);
  return { length, client, waitFrom, from, to, etcdFrom, etcdTo, token, digits, late };
}
