import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExecs, fit } from './execs.js';

const { run } = createExecs();

describe('exec', () => {
  it('gives what was printed, and the exit code', async () => {
    const result = await run(['sh', '-c', 'echo grüße; echo no >&2; exit 3']);
    expect(result).toMatchObject({ code: 3, stdout: 'grüße\n', stderr: 'no\n' });
    expect(result).not.toHaveProperty('cut');
  });

  it('feeds its input, and ends it', async () => {
    const stdin = 'line\n'.repeat(100_000);
    expect(await run(['wc', '-c'], { stdin })).toMatchObject({ code: 0, stdout: `${stdin.length}\n` });
    expect(await run(['cat'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('bears a command that does not read its input', async () => {
    expect(await run(['true'], { stdin: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  it('ends what takes too long, with everything that it has started', async () => {
    const { code, stdout, tookMs } = await run(['sh', '-c', 'sleep 60 & echo $!; sleep 60'], { limitMs: 200 });
    expect(code).toBeNull();
    expect(tookMs).toBeLessThan(10_000);
    await sleep(50);
    expect(await run(['cat', `/proc/${stdout.trim()}/cmdline`])).not.toMatchObject({
      stdout: expect.stringMatching(/sleep/),
    });
  });

  it('keeps the beginning of what is too long, and the end of nothing', async () => {
    const result = await run(['sh', '-c', 'yes 0123456 | head -c 3000000']);
    expect(result).toMatchObject({ code: 0, cut: true });
    expect(result.stdout.startsWith('0123456\n0123456\n')).toBe(true);
    expect(JSON.stringify(result).length).toBeGreaterThan(500_000);
    expect(JSON.stringify(result).length).toBeLessThan(1024 * 1024);
  });

  it('is not held up by a process that outlives it', async () => {
    const { code, tookMs } = await run(['sh', '-c', 'setsid sleep 30 & exit 4']);
    expect(code).toBe(4);
    expect(tookMs).toBeLessThan(10_000);
  });

  it('rejects what cannot be started', async () => {
    await expect(run(['/no/such/program'])).rejects.toThrow('ENOENT');
  });

  it('ends all that runs', async () => {
    const execs = createExecs();
    const slow = execs.run(['sleep', '60']);
    execs.endAll();
    expect(await slow).toMatchObject({ code: null });
  });
});

describe('fit', () => {
  it('keeps a beginning that fits, all of it if that does', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.nat(50), (whole, max) => {
        const { text: kept, cut } = fit(whole, max);
        expect(whole.startsWith(kept)).toBe(true);
        expect(Buffer.byteLength(JSON.stringify(kept)) - 2).toBeLessThanOrEqual(max);
        expect(cut).toBe(Buffer.byteLength(JSON.stringify(whole)) - 2 > max);
      }),
    );
  });
});
