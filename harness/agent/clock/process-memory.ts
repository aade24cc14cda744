/**
 * Another process's vDSO through /proc/PID/mem (proc(5)). A write makes a private copy of the page for that process, as a
 * debugger's breakpoint does: no other process sees it, none has to be attached to. Needs CAP_SYS_PTRACE or the same user.
 */
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

export interface VdsoMemory {
  /** Address of the image's first byte in the process. Below 2^53, as user addresses have at most 52 bits here. */
  start: number;
  size: number;
  read(at: number, length: number): Buffer;
  /** Offsets are from the image's beginning. */
  write(at: number, bytes: Buffer): void;
}

export type OpenedVdso<T> = { ok: true; value: T } | { ok: false; reason: string };

/** `use` gets the process's vDSO until it returns. What fails on the way is a reason. */
export function withVdso<T>(pid: number, use: (memory: VdsoMemory) => OpenedVdso<T>): OpenedVdso<T> {
  try {
    const range = findVdso(readFileSync(`/proc/${pid}/maps`, 'utf8'));
    if (range === undefined) return { ok: false, reason: 'the process has no vDSO (kernel started with vdso=0?)' };
    const file = openSync(`/proc/${pid}/mem`, 'r+');
    try {
      return use(open(file, range));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { ok: false, reason: explain(error) };
  }
}

/** The line of the vDSO in /proc/PID/maps, such as `7ffc2d3f1000-7ffc2d3f3000 r-xp 00000000 00:00 0   [vdso]`. */
export function findVdso(maps: string): { start: number; end: number } | undefined {
  const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$/m.exec(maps) ?? [];
  return start === undefined || end === undefined
    ? undefined
    : { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) };
}

function open(file: number, { start, end }: { start: number; end: number }): VdsoMemory {
  const size = end - start;
  return {
    start,
    size,
    read(at, length) {
      const bytes = Buffer.alloc(length);
      if (readSync(file, bytes, 0, length, start + at) !== length)
        throw new Error('the vDSO could be read only in part');
      return bytes;
    },
    write(at, bytes) {
      // The position has to be a number: Node takes a bigint for none at all.
      if (writeSync(file, bytes, 0, bytes.length, start + at) !== bytes.length)
        throw new Error('the vDSO could be written only in part');
    },
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ESRCH') return 'no such process';
  if (syscall === 'write' || (syscall === 'open' && (code === 'EACCES' || code === 'EPERM')))
    return `the kernel forbids writing to the process (${code}): it takes CAP_SYS_PTRACE, and no proc_mem.force_override restriction`;
  return error.message;
}
