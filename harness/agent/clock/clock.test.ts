/** Bends the clocks of real processes, children of this test. Bounds are strict: each reading lies between two of our own. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClockChange, ClockState } from '../protocol.js';
import { changeClocks, probeClock, uninstallClock } from './clock.js';
import { CODE_AT } from './layout.js';
import { withVdso } from './process-memory.js';
import { type ClockChild, type Reading, start, startTeller } from './testing/child.js';
import { parseVdso } from './vdso.js';

const SECOND = 1_000_000_000n;
/** Date.now() is cut to whole ms. */
const MS = 1_000_000n;

let child: ClockChild;
beforeEach(async () => {
  child = await startTeller();
});
afterEach(() => child.kill());

function change(what: ClockChange, pid = child.pid): { before: ClockState; after: ClockState } {
  const result = changeClocks([pid], what);
  if (result.kind === 'unavailable') throw new Error(result.reason);
  const [before] = result.before;
  const [after] = result.after;
  if (before === undefined || after === undefined) throw new Error('no state');
  return { before, after };
}

function refusal(what: ClockChange, pid = child.pid): string {
  const result = changeClocks([pid], what);
  return result.kind === 'unavailable' ? result.reason : 'not refused';
}

/** How far ahead a clock is: at least, at most. */
function ahead(reading: Reading): { wall: [bigint, bigint]; monotonic: [bigint, bigint] } {
  const { wall, monotonic, realWall, realMonotonic } = reading;
  return {
    wall: [wall - realWall[1] - MS, wall - realWall[0] + MS],
    monotonic: [monotonic - realMonotonic[1], monotonic - realMonotonic[0]],
  };
}

function expectWithin(value: bigint, [low, high]: [bigint, bigint]): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}

/** That both clocks went at this rate from one reading to the other. */
function expectRate(from: Reading, to: Reading, rate: number): void {
  const times = (ns: bigint) => BigInt(Math.round(Number(ns) * rate));
  const { realMonotonic: a } = from;
  const { realMonotonic: b } = to;
  // The change of rate itself is not between the readings, so these bounds have no slack but rounding.
  const real: [bigint, bigint] = [times(b[0] - a[1]) - 1000n, times(b[1] - a[0]) + 1000n];
  expectWithin(to.monotonic - from.monotonic, real);
  expectWithin(to.wall - from.wall, [real[0] - MS, real[1] + MS]);
}

describe('changeClocks', () => {
  it.each([0.01, 0.25, 0.9995, 4, 100])('makes all clocks of a process go at rate %d', async (rate) => {
    const { before, after } = change({ do: 'shift', rate });
    expect(before).toMatchObject({ installed: false, rate: 1, wallAheadNs: '0', monotonicAheadNs: '0' });
    expect(after).toMatchObject({ installed: true, rate });
    const from = await child.read();
    await sleep(300);
    expectRate(from, await child.read(), rate);
  });

  it('is continuous when the rate changes', async () => {
    let last = await child.read();
    for (const rate of [3, 0.2, 100, 0.01, 1, 7]) {
      const fastest = Math.max(rate, 1, change({ do: 'read' }).before.rate);
      change({ do: 'shift', rate });
      const next = await child.read();
      // Never back, and no further than the faster of both rates.
      const elapsed = BigInt(Math.ceil(Number(next.realMonotonic[1] - last.realMonotonic[0]) * fastest));
      expectWithin(next.monotonic - last.monotonic, [0n, elapsed]);
      expectWithin(next.wall - last.wall, [-MS, elapsed + 2n * MS * BigInt(Math.ceil(fastest))]);
      last = next;
    }
  });

  it('steps the wall clock alone, in both directions', async () => {
    for (const [step, sum] of [
      [3600n, 3600n],
      [-86_400n, -82_800n],
    ] as const) {
      change({ do: 'shift', stepWallNs: String(step * SECOND) });
      const { wall, monotonic } = ahead(await child.read());
      expectWithin(sum * SECOND, wall);
      expectWithin(0n, monotonic);
    }
  });

  it('jumps all clocks forward, and backwards only where the impossible is allowed', async () => {
    change({ do: 'shift', jumpNs: String(1000n * SECOND) });
    expect(refusal({ do: 'shift', jumpNs: '-1' })).toContain('impossible');
    const jumped = ahead(await child.read());
    expectWithin(1000n * SECOND, jumped.wall);
    expectWithin(1000n * SECOND, jumped.monotonic);
    change({ do: 'shift', jumpNs: String(-400n * SECOND), impossible: true });
    const back = ahead(await child.read());
    expectWithin(600n * SECOND, back.wall);
    expectWithin(600n * SECOND, back.monotonic);
  });

  it('takes rate, step and jump together', async () => {
    change({ do: 'shift', rate: 2, stepWallNs: String(50n * SECOND), jumpNs: String(7n * SECOND) });
    const from = await child.read();
    expect(from.wall - from.realWall[0]).toBeGreaterThan(57n * SECOND - MS);
    expect(ahead(from).monotonic[1]).toBeGreaterThan(7n * SECOND);
    expect(ahead(from).wall[0]).toBeLessThan(70n * SECOND);
    await sleep(100);
    expectRate(from, await child.read(), 2);
  });

  it('heals to the true rate and wall clock, and leaves the monotonic clock where it has got', async () => {
    change({ do: 'shift', rate: 4, stepWallNs: String(-50n * SECOND) });
    await sleep(200);
    const shifted = await child.read();
    const { after } = change({ do: 'heal' });
    expect(after).toMatchObject({ rate: 1, wallAheadNs: '0' });
    const healed = await child.read();
    expectWithin(0n, ahead(healed).wall);
    expectWithin(BigInt(after.monotonicAheadNs), ahead(healed).monotonic);
    expect(healed.monotonic).toBeGreaterThan(shifted.monotonic);
    await sleep(100);
    expectRate(healed, await child.read(), 1);
    // Once more changes nothing.
    expect(change({ do: 'heal' }).after).toEqual(after);
  });

  it('reads what the process itself reads', async () => {
    change({ do: 'shift', rate: 0.5, jumpNs: String(3n * SECOND), stepWallNs: String(-9n * SECOND) });
    const { before } = change({ do: 'read' });
    const { wall, monotonic } = ahead(await child.read());
    const { after } = change({ do: 'read' });
    // It falls behind all the time, so it is between what it was before and after.
    expectWithin(BigInt(before.monotonicAheadNs), [monotonic[0], BigInt(before.monotonicAheadNs)]);
    expect(BigInt(after.monotonicAheadNs)).toBeLessThanOrEqual(monotonic[1]);
    expect(BigInt(before.wallAheadNs)).toBeGreaterThanOrEqual(wall[0]);
    expect(BigInt(after.wallAheadNs)).toBeLessThanOrEqual(wall[1]);
  });

  it('leaves processes alone that it is not about, and reads without touching', async () => {
    const other = await startTeller();
    change({ do: 'shift', rate: 10, jumpNs: String(100n * SECOND) });
    expect(change({ do: 'read' }, other.pid).after).toMatchObject({ installed: false, monotonicAheadNs: '0' });
    expect(change({ do: 'heal' }, other.pid).after).toMatchObject({ installed: false });
    const { wall, monotonic } = ahead(await other.read());
    expectWithin(0n, wall);
    expectWithin(0n, monotonic);
    expect(change({ do: 'read' }, process.pid).after.installed).toBe(false);
    await other.kill();
  });

  it('changes several processes, or none if one of them cannot be changed', async () => {
    const other = await startTeller();
    const result = changeClocks([child.pid, other.pid], { do: 'shift', rate: 3 });
    expect(result).toMatchObject({ kind: 'shifted', after: [{ rate: 3 }, { rate: 3 }] });
    await other.kill();
    expect(changeClocks([child.pid, other.pid], { do: 'read' })).toMatchObject({ after: [{ pid: child.pid }] });
    expect(changeClocks([other.pid], { do: 'heal' })).toMatchObject({ kind: 'unavailable' });
    expect(changeClocks([], { do: 'heal' })).toMatchObject({ kind: 'unavailable' });
    // One that cannot be: the first is healed again.
    const spoilt = await startTeller();
    withVdso(spoilt.pid, (memory) => {
      memory.write(0, Buffer.from('broken'));
      return { ok: true, value: null };
    });
    expect(changeClocks([child.pid, spoilt.pid], { do: 'shift', rate: 5 })).toMatchObject({ kind: 'unavailable' });
    expect(change({ do: 'read' }).after.rate).toBe(1);
    await spoilt.kill();
  });

  it('lets a stopped process stay stopped', async () => {
    process.kill(child.pid, 'SIGSTOP');
    const state = () => /^\d+ \(.*\) (\w)/.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8'))?.[1];
    while (state() !== 'T') await sleep(1);
    change({ do: 'shift', jumpNs: String(60n * SECOND) });
    expect(state()).toBe('T');
    process.kill(child.pid, 'SIGCONT');
    expectWithin(60n * SECOND, ahead(await child.read()).monotonic);
  });

  it('finds the stub again in a child that was forked', async () => {
    // A subshell: the same program in a new process, without exec.
    const shell = await start('bash', [
      '-c',
      'echo; while read -r l; do if [ "$l" = fork ]; then (echo $BASHPID; while read -r l; do echo $EPOCHREALTIME; done); fi; done',
    ]);
    try {
      change({ do: 'shift', stepWallNs: String(1000n * SECOND) }, shell.pid);
      const forked = Number(await shell.ask('fork'));
      expect(forked).not.toBe(shell.pid);
      const secondsAhead = async () => Number(await shell.ask('?')) - Date.now() / 1000;
      expect(await secondsAhead()).toBeGreaterThan(900);
      expect(change({ do: 'read' }, forked).after).toMatchObject({
        installed: true,
        wallAheadNs: String(1000n * SECOND),
      });
      change({ do: 'shift', stepWallNs: String(5000n * SECOND) }, forked);
      expect(await secondsAhead()).toBeGreaterThan(5900);
      expect(change({ do: 'read' }, shell.pid).after.wallAheadNs).toBe(String(1000n * SECOND));
    } finally {
      await shell.kill();
    }
  });

  it.each([
    [{ do: 'shift', rate: 0 }, 'rate'],
    [{ do: 'shift', rate: 101 }, 'rate'],
    [{ do: 'shift', rate: Number.NaN }, 'rate'],
    [{ do: 'shift', stepWallNs: '1.5' }, 'whole number'],
    [{ do: 'shift', stepWallNs: '-9000000000000000000' }, 'below zero'],
    [{ do: 'shift', jumpNs: '9000000000000000000' }, 'beyond'],
  ] as const)('refuses %j before it touches the process', (what, reason) => {
    expect(refusal(what)).toContain(reason);
    expect(change({ do: 'read' }).after.installed).toBe(false);
  });
});

describe('uninstallClock', () => {
  it('puts the bytes of the clock functions back, and what was there can be installed again', async () => {
    const functions = () => {
      const image = vdsoOf(child.pid);
      const parsed = parseVdso(image);
      if (!parsed.ok) throw new Error(parsed.reason);
      return image.subarray(0, parsed.image.usedBytes);
    };
    const original = functions();
    for (const seconds of [100n, 200n]) {
      change({ do: 'shift', stepWallNs: String(seconds * SECOND) });
      expect(functions()).not.toEqual(original);
      expectWithin(seconds * SECOND, ahead(await child.read()).wall);
      expect(uninstallClock(child.pid)).toEqual({ ok: true, value: null });
      expect(functions()).toEqual(original);
      expectWithin(0n, ahead(await child.read()).wall);
      expect(change({ do: 'read' }).after).toMatchObject({ installed: false, wallAheadNs: '0' });
    }
  });
});

describe('probeClock', () => {
  it('says what there is, and leaves the process alone', async () => {
    expect(probeClock(child.pid)).toMatchObject({ available: true, architecture: process.arch });
    expectWithin(0n, ahead(await child.read()).monotonic);
    expect(change({ do: 'read' }).after.installed).toBe(false);
  });

  it.each([
    ['carries the stub of another version', (stub: number) => [stub + CODE_AT + 8]],
    ['free bytes', undefined],
    ['in use already', (stub: number) => [stub + 32]],
  ] as const)('refuses with a reason: %s', (reason, spoil) => {
    const image = vdsoOf(child.pid);
    const parsed = parseVdso(image);
    if (!parsed.ok) throw new Error(parsed.reason);
    const stub = (parsed.image.usedBytes + 63) & ~63;
    if (reason.includes('version')) change({ do: 'shift' });
    withVdso(child.pid, (memory) => {
      for (const at of spoil?.(stub) ?? []) memory.write(at, Buffer.from([0xee]));
      // A section table that reaches up to the end leaves no room.
      if (spoil === undefined) {
        const table = Buffer.alloc(8);
        table.writeBigUInt64LE(BigInt(memory.size - image.readUInt16LE(0x3c) * 64));
        const moved = image.subarray(Number(image.readBigUInt64LE(0x28))).subarray(0, image.readUInt16LE(0x3c) * 64);
        memory.write(Number(table.readBigUInt64LE()), moved);
        memory.write(0x28, table);
      }
      return { ok: true, value: null };
    });
    expect(probeClock(child.pid)).toMatchObject({ available: false, reason: expect.stringContaining(reason) });
    expect(refusal({ do: 'shift', rate: 2 })).toContain(reason);
  });

  it('refuses a process that is none', () => {
    expect(probeClock(2 ** 22 + 1)).toEqual({ available: false, reason: 'no such process' });
  });
});

function vdsoOf(pid: number): Buffer {
  const read = withVdso(pid, (memory) => ({ ok: true, value: memory.read(0, memory.size) }));
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}
