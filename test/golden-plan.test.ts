/** A seed names a plan, byte for byte: what `--seed 42` was drawn on the day this was written, it is drawn everywhere and ever after. */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BIN, ROOT, startProgram } from './support/command.js';

/**
 * Of `npx leasebreaker run --seed 42 --dry-run`. A change of it breaks every seed that somebody wrote down: PLAN_VERSION must grow with it.
 */
const GOLDEN = 'fe519e50e682afee11572dfef95e867d414fea15a50c3f4344e049487ba2c593';

async function planOf42(bin: string): Promise<string> {
  const run = startProgram(process.execPath, [bin, 'run', '--seed', '42', '--dry-run'], { ETCD_IMAGE: '' });
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  return createHash('sha256').update(stdout).digest('hex');
}

it('draws the plan of seed 42 as ever', async () => {
  expect(await planOf42(BIN)).toBe(GOLDEN);
});

it('draws it again in another folder, built from the sources alone', async () => {
  await mkdir(join(ROOT, '.build'), { recursive: true });
  const copy = await mkdtemp(join(ROOT, '.build', 'copy-'));
  try {
    const parts = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'bin',
      'scripts',
      'harness',
      'workloads',
      'checkers',
    ];
    for (const part of parts) await cp(join(ROOT, part), join(copy, part), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    expect(await planOf42(join(copy, 'bin', 'leasebreaker.mjs'))).toBe(GOLDEN);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
