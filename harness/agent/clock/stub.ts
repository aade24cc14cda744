/** The machine code that takes over a process's clock functions, by architecture. What it does is told in stub-x64.S. */
import { STUB_ARM64 } from './stub-arm64.js';
import { STUB_X64 } from './stub-x64.js';

/** Offsets are in bytes from the stub's beginning. */
export interface Stub {
  architecture: 'x64' | 'arm64';
  /** Parameters (layout.ts) and code, in hex. */
  hex: string;
  /** Where each of the vDSO's functions continues, by its symbol. */
  entries: Record<string, number>;
}

export const STUBS = { x64: STUB_X64, arm64: STUB_ARM64 } satisfies Record<Stub['architecture'], Stub>;

/**
 * What is written over the first bytes of a function at `from` so that it goes on at `to`; both are offsets in one image.
 * arm64: `bti c; b`, as the entry may be reached by an indirect branch into a page that is guarded (Arm ARM, FEAT_BTI);
 * where it is not, the first instruction does nothing. x86-64: `jmp rel32`.
 */
export function encodeJump(architecture: Stub['architecture'], from: number, to: number): Buffer {
  if (architecture === 'x64') {
    const jump = Buffer.alloc(5, 0xe9);
    jump.writeInt32LE(to - (from + 5), 1);
    return jump;
  }
  const jump = Buffer.alloc(8);
  jump.writeUInt32LE(0xd503245f, 0);
  jump.writeUInt32LE((0x14000000 | (((to - (from + 4)) >> 2) & 0x03ffffff)) >>> 0, 4);
  return jump;
}
