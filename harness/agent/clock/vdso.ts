/**
 * Reads a vDSO image: the small ELF library that the kernel maps into every process (vdso(7), elf(5)). Pure; an image that
 * makes no sense is an answer.
 */

export interface VdsoImage {
  architecture: 'x64' | 'arm64';
  /** Offset in the image of each function, by symbol. */
  symbols: ReadonlyMap<string, number>;
  /** Bytes from here to the image's end belong to no section. */
  usedBytes: number;
}

export type ParsedVdso = { ok: true; image: VdsoImage } | { ok: false; reason: string };

const MACHINES: Record<number, VdsoImage['architecture']> = { 62: 'x64', 183: 'arm64' };
const ELF_64_LITTLE_ENDIAN = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const SHT_NOBITS = 8;
const SHT_DYNSYM = 11;
const STT_FUNC = 2;
const SYMBOL_SIZE = 24;
const SECTION_SIZE = 64;

export function parseVdso(image: Buffer): ParsedVdso {
  try {
    return parse(image);
  } catch {
    return { ok: false, reason: 'the vDSO is damaged: its tables point out of it' }; // a RangeError of Buffer's
  }
}

function parse(image: Buffer): ParsedVdso {
  const refuse = (reason: string): ParsedVdso => ({ ok: false, reason });
  if (!image.subarray(0, 6).equals(ELF_64_LITTLE_ENDIAN))
    return refuse('the vDSO is no 64-bit little-endian ELF image');
  const machine = image.readUInt16LE(0x12);
  const architecture = MACHINES[machine];
  if (architecture === undefined) return refuse(`unknown architecture: ELF machine ${machine}`);

  const offset = (at: number) => Number(image.readBigUInt64LE(at));
  const tableAt = offset(0x28);
  const count = image.readUInt16LE(0x3c);
  const tableEnd = tableAt + count * SECTION_SIZE;
  if (count === 0 || tableEnd > image.length) return refuse('the vDSO has no section table');
  const sections = Array.from({ length: count }, (_, index) => {
    const at = tableAt + index * SECTION_SIZE;
    return {
      type: image.readUInt32LE(at + 4),
      at: offset(at + 0x18),
      size: offset(at + 0x20),
      link: image.readUInt32LE(at + 0x28),
    };
  });
  const dynsym = sections.find(({ type }) => type === SHT_DYNSYM);
  const names = sections[dynsym?.link ?? count];
  if (dynsym === undefined || names === undefined) return refuse('the vDSO has no symbols');

  const symbols = new Map<string, number>();
  for (let at = dynsym.at; at + SYMBOL_SIZE <= dynsym.at + dynsym.size; at += SYMBOL_SIZE) {
    const nameAt = names.at + image.readUInt32LE(at);
    const value = offset(at + 8);
    if ((image.readUInt8(at + 4) & 0xf) !== STT_FUNC || value >= image.length) continue;
    symbols.set(image.toString('latin1', nameAt, image.indexOf(0, nameAt)), value);
  }
  const ends = sections.filter(({ type }) => type !== SHT_NOBITS).map(({ at, size }) => at + size);
  return { ok: true, image: { architecture, symbols, usedBytes: Math.max(tableEnd, ...ends) } };
}
