/**
 * Bends the clocks of a running process (Go, Node, whatever reads time through the vDSO) without restarting it: a stub is
 * written behind its vDSO's last section, and a jump to it over the first bytes of the clock functions. Linux on x86-64 and
 * arm64; arm64 has been run under emulation only, not on hardware.
 *
 * It bends readings, not the kernel's sleeps: under a slow clock a timer that waits for its deadline by the clock is late,
 * under a fast one it wakes when the kernel says and finds its deadline long past; sleeps until an absolute time are off by
 * as much as the clock is. Programs that read time by system calls alone (a static binary without vDSO support) see nothing
 * of it. A forked child keeps its parent's clocks, bent apart from then on; `exec` loses them.
 *
 * One thing is not looked at when the jumps are written: a thread in a signal handler that has interrupted one of the at
 * most three instructions that they replace. The way without ptrace is Chaos Mesh's way with it (pkg/time), plus a look at
 * where the threads are.
 */
import { readFileSync } from 'node:fs';
import { monotonicMs, monotonicNs, wallClock } from '../../history/clock.js';
import type { ClockChange, ClockResult, ClockState } from '../protocol.js';
import { bend, type Moment, type Parameters, rateAt, readingAt, UNBENT } from './bend.js';
import {
  blockAt,
  CODE_AT,
  decodeParameters,
  decodeSaved,
  encodeBlock,
  encodeSaved,
  GENERATION_AT,
  MAGIC,
  type SavedBytes,
} from './layout.js';
import { type OpenedVdso, type VdsoMemory, withVdso } from './process-memory.js';
import { blockFor, whileStandingStill } from './standstill.js';
import { encodeJump, type Stub, STUBS } from './stub.js';
import { parseVdso } from './vdso.js';

/** A change begins so much later than it is decided, in ns: by then it is written, and no thread has read a later time. */
const LEAD_NS = 500_000n;
/** How far the machine's wall clock may be set back during a change and be waited for, in ms. */
const SET_BACK_MS = 100;
/** The wall clock is read in whole ms here. */
const MS_NS = 1_000_000n;
/** How far coarse clocks lag behind at most (a tick at 100 Hz) with some reserve, in ns: their readers need the old parameters so long. */
const COARSE_LAG_NS = 12_000_000n;

export type ClockProbe =
  | { available: true; architecture: Stub['architecture']; freeBytes: number; neededBytes: number }
  | { available: false; reason: string };

/** A process's vDSO with a place for the stub. */
interface Place {
  pid: number;
  memory: VdsoMemory;
  architecture: Stub['architecture'];
  stub: Buffer;
  /** Offset of the stub, there or to be. */
  base: number;
  /** The clock functions and where they shall go on, as offsets. */
  functions: { entry: number; jump: Buffer }[];
  written: boolean;
  freeBytes: number;
}

/** Whether `changeClocks` would work; for sure, by writing a byte that is there already. */
export function probeClock(pid: number): ClockProbe {
  const found = withVdso(pid, (memory) => findPlace(pid, memory));
  if (!found.ok) return { available: false, reason: found.reason };
  const { architecture, freeBytes, stub } = found.value;
  return { available: true, architecture, freeBytes, neededBytes: stub.length };
}

/**
 * Carries out a change on processes that belong together, or only reads. All or none are bent: should one of them be
 * unavailable, those before it are healed. Those that end meanwhile are left out. Blocks this thread: 2 to 3 ms for each
 * process, 3 more for the first change, 12 more right after another change.
 */
export function changeClocks(pids: readonly number[], change: ClockChange): ClockResult {
  const startedMs = monotonicMs();
  const done: { pid: number; before: ClockState; after: ClockState }[] = [];
  for (const pid of pids) {
    const changed = withVdso(pid, (memory) => changeOne(pid, memory, change));
    if (changed.ok) done.push({ pid, ...changed.value });
    else if (isRunning(pid)) {
      if (change.do === 'shift') for (const other of done) changeClocks([other.pid], { do: 'heal' });
      return { kind: 'unavailable', reason: changed.reason };
    }
  }
  if (done.length === 0) return { kind: 'unavailable', reason: 'no such process runs' };
  const [before, after] = [done.map((one) => one.before), done.map((one) => one.after)];
  return { kind: 'shifted', before, after, tookMs: monotonicMs() - startedMs };
}

/**
 * Takes the jumps out again; the process tells the machine's time at once. Where its monotonic clock was ahead it steps
 * back, which only a test can want: everyone else heals.
 */
export function uninstallClock(pid: number): OpenedVdso<null> {
  return withVdso(pid, (memory) => {
    const place = findPlace(pid, memory);
    if (!place.ok) return place;
    if (!isInstalled(place.value)) return { ok: true, value: null };
    const { base, stub } = place.value;
    const saved = decodeSaved(memory.read(base, stub.length));
    return replace(
      place.value,
      saved.map(({ entry, original }) => ({ entry, bytes: original })),
    );
  });
}

function readState(place: Place): ClockState {
  const now = machineNow();
  // The ms above: what was to come into force by now has, on this clock too.
  now.wall += MS_NS;
  const installed = isInstalled(place);
  const { wall, monotonic } = installed ? readParameters(place).parameters : UNBENT;
  return {
    pid: place.pid,
    installed,
    rate: rateAt(monotonic, now.monotonic),
    wallAheadNs: String(readingAt(wall, now.wall) - now.wall),
    monotonicAheadNs: String(readingAt(monotonic, now.monotonic) - now.monotonic),
  };
}

function changeOne(
  pid: number,
  memory: VdsoMemory,
  change: ClockChange,
): OpenedVdso<{ before: ClockState; after: ClockState }> {
  const found = findPlace(pid, memory);
  if (!found.ok) return found;
  const place = found.value;
  const before = readState(place);
  if (change.do === 'read' || (change.do === 'heal' && !before.installed)) {
    return { ok: true, value: { before, after: before } };
  }
  if (!before.installed) {
    // A change that cannot be is refused before anything is written.
    const tried = bend(UNBENT, machineNow(), change);
    if (!tried.ok) return tried;
    const installed = install(place);
    if (!installed.ok) return installed;
  }
  const turned = turn(place, change);
  return turned.ok ? { ok: true, value: { before, after: readState(place) } } : turned;
}

/** From here on the process reads its clocks through the stub, which tells the truth. */
function install(place: Place): OpenedVdso<null> {
  const { memory, base, stub, functions } = place;
  if (place.written) {
    // Taken out once; a thread may still be in there.
    writeIdle(place, UNBENT);
    flip(place);
  } else {
    const bytes = Buffer.from(stub);
    for (const generation of [0n, 1n]) encodeBlock(UNBENT).copy(bytes, blockAt(generation));
    const originals = functions.map(
      ({ entry, jump }): SavedBytes => ({ entry, original: memory.read(entry, jump.length) }),
    );
    const saved = encodeSaved(originals);
    saved.bytes.copy(bytes, saved.at);
    memory.write(base, bytes);
  }
  return replace(
    place,
    functions.map(({ entry, jump }) => ({ entry, bytes: jump })),
  );
}

/** The one dangerous write: bytes that threads of the process may be executing. */
function replace({ pid, memory }: Place, pieces: readonly { entry: number; bytes: Buffer }[]): OpenedVdso<null> {
  const stretches = pieces.map(({ entry, bytes }) => ({
    from: memory.start + entry,
    to: memory.start + entry + bytes.length,
  }));
  const done = whileStandingStill(pid, stretches, () => {
    for (const { entry, bytes } of pieces) memory.write(entry, bytes);
  });
  return done.ok ? { ok: true, value: null } : done;
}

/**
 * Changes what the stub reckons with, while the process runs. Once this returns the change is in force. The old parameters
 * are in the new ones up to the moment of the change, so that it does not matter when a thread gets to see which.
 */
function turn(place: Place, change: Exclude<ClockChange, { do: 'read' }>): OpenedVdso<null> {
  const { parameters } = readParameters(place);
  waitUntil(parameters.monotonic.at + COARSE_LAG_NS);
  for (let lead = LEAD_NS; ; lead *= 2n) {
    const now = machineNow();
    const at = { wall: now.wall + MS_NS + lead, monotonic: now.monotonic + lead };
    const bent = bend(parameters, at, change);
    if (!bent.ok) return bent;
    writeIdle(place, bent.parameters);
    // Held up on the way (a busy machine): once more, with more time.
    if (monotonicNs() > at.monotonic - lead / 4n) continue;
    flip(place);
    waitUntil(at.monotonic + MS_NS);
    // The machine's own wall clock may have been set back meanwhile.
    for (let waitedMs = 0; machineNow().wall + MS_NS < at.wall && waitedMs < SET_BACK_MS; waitedMs++) blockFor(1);
    return { ok: true, value: null };
  }
}

/** Into the block that no reader uses, whatever it has begun. */
function writeIdle({ memory, base }: Place, parameters: Parameters): void {
  const generation = memory.read(base + GENERATION_AT, 8).readBigUInt64LE();
  memory.write(base + blockAt(generation + 1n), encodeBlock(parameters));
}

/** One aligned write of eight bytes; should a reader see it in parts, both blocks that it may choose are whole. */
function flip({ memory, base }: Place): void {
  const generation = memory.read(base + GENERATION_AT, 8);
  generation.writeBigUInt64LE(generation.readBigUInt64LE() + 1n);
  memory.write(base + GENERATION_AT, generation);
}

function readParameters({ memory, base, stub }: Place) {
  return decodeParameters(memory.read(base, stub.length));
}

/** No other patch would jump to the very same place. */
function isInstalled({ memory, functions }: Place): boolean {
  return functions.every(({ entry, jump }) => memory.read(entry, jump.length).equals(jump));
}

function findPlace(pid: number, memory: VdsoMemory): OpenedVdso<Place> {
  const refuse = (reason: string): OpenedVdso<Place> => ({ ok: false, reason });
  if (isGvisor()) return refuse('gVisor has clock functions of its own, which cannot be patched');
  const image = memory.read(0, memory.size);
  const parsed = parseVdso(image);
  if (!parsed.ok) return parsed;
  const { architecture, symbols, usedBytes } = parsed.image;
  const { hex, entries } = STUBS[architecture];
  const stub = Buffer.from(hex, 'hex');
  const base = (usedBytes + 63) & ~63;
  const freeBytes = memory.size - base;
  if (freeBytes < stub.length)
    return refuse(
      `the vDSO has ${Math.max(freeBytes, 0)} free bytes behind its last section; ${stub.length} are needed`,
    );

  const functions: Place['functions'] = [];
  for (const [symbol, to] of Object.entries(entries)) {
    const entry = symbols.get(symbol);
    if (entry !== undefined) functions.push({ entry, jump: encodeJump(architecture, entry, base + to) });
  }
  if (functions.length === 0) return refuse(`the vDSO has no function ${Object.keys(entries).join(', ')}`);

  const there = image.subarray(base, base + stub.length);
  const written = there.subarray(0, MAGIC.length).equals(MAGIC);
  if (written && !there.subarray(CODE_AT).equals(stub.subarray(CODE_AT)))
    return refuse('the process carries the stub of another version of leasebreaker: restart it');
  if (!written && !image.subarray(base).every((byte) => byte === 0))
    return refuse("the bytes behind the vDSO's last section are in use already");
  memory.write(base, there.subarray(0, 1));
  return { ok: true, value: { pid, memory, architecture, stub, base, functions, written, freeBytes } };
}

/** gVisor's fixed answer to uname(2) (pkg/sentry/syscalls/linux/linux64.go). */
function isGvisor(): boolean {
  return readFileSync('/proc/version', 'utf8').includes('Jan 10 15:06:54 PST 2016');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The wall clock to the ms below. */
function machineNow(): Moment {
  return { wall: BigInt(wallClock().getTime()) * MS_NS, monotonic: monotonicNs() };
}

/** Blocks this thread until the monotonic clock reads `ns`. */
function waitUntil(ns: bigint): void {
  for (let left = ns - monotonicNs(); left > 0n; left = ns - monotonicNs()) blockFor(Number(left) / 1e6);
}
