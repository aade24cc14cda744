/** Where the stub keeps what: the first bytes of both stubs, as stub-x64.S and stub-arm64.S lay them out. Pure. */
import type { Line, Parameters } from './bend.js';

/** First bytes of a stub: it is ours, in this layout. */
export const MAGIC = Buffer.from('lbclock1', 'latin1');
export const GENERATION_AT = 8;
/** Parameters and saved bytes end here; the code follows. */
export const CODE_AT = 256;

const BLOCKS_AT = 16;
const BLOCK_SIZE = 80;
const SAVED_AT = 176;
const SAVED_SIZE = 16;
const LINE = ['at', 'fakeBefore', 'rateBefore', 'fakeAfter', 'rateAfter'] as const satisfies readonly (keyof Line)[];

/** What a jump has replaced. */
export interface SavedBytes {
  /** Offset of the function in the vDSO. */
  entry: number;
  original: Buffer;
}

/** Offset of the block that a generation makes count. */
export function blockAt(generation: bigint): number {
  return BLOCKS_AT + Number(generation & 1n) * BLOCK_SIZE;
}

export function encodeBlock({ wall, monotonic }: Parameters): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  [wall, monotonic].forEach((line, family) => {
    LINE.forEach((field, index) => block.writeBigInt64LE(line[field], 8 * (family * LINE.length + index)));
  });
  return block;
}

/** The parameters that count in a stub as it was read. */
export function decodeParameters(stub: Buffer): { generation: bigint; parameters: Parameters } {
  const generation = stub.readBigUInt64LE(GENERATION_AT);
  const quad = (index: number) => stub.readBigInt64LE(blockAt(generation) + 8 * index);
  const line = (first: number): Line => ({
    at: quad(first),
    fakeBefore: quad(first + 1),
    rateBefore: quad(first + 2),
    fakeAfter: quad(first + 3),
    rateAfter: quad(first + 4),
  });
  return { generation, parameters: { wall: line(0), monotonic: line(LINE.length) } };
}

export function encodeSaved(saved: readonly SavedBytes[]): { at: number; bytes: Buffer } {
  const bytes = Buffer.alloc(CODE_AT - SAVED_AT);
  saved.forEach(({ entry, original }, index) => {
    bytes.writeUInt32LE(entry, index * SAVED_SIZE);
    bytes.writeUInt32LE(original.length, index * SAVED_SIZE + 4);
    original.copy(bytes, index * SAVED_SIZE + 8);
  });
  return { at: SAVED_AT, bytes };
}

export function decodeSaved(stub: Buffer): SavedBytes[] {
  const saved: SavedBytes[] = [];
  for (let at = SAVED_AT; at + SAVED_SIZE <= CODE_AT; at += SAVED_SIZE) {
    const length = stub.readUInt32LE(at + 4);
    if (length > 0) {
      saved.push({ entry: stub.readUInt32LE(at), original: Buffer.from(stub.subarray(at + 8, at + 8 + length)) });
    }
  }
  return saved;
}
