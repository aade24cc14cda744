/** A checkout as a stranger gets it: nothing installed, nothing compiled. And what the checking commands catch. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './support/command.js';

const MADE = ['node_modules', 'dist', '.build', 'results', 'coverage', '.git'];
let checkout: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'leasebreaker-checkout-'));
  cpSync(ROOT, checkout, { recursive: true, filter: (path) => !MADE.includes(relative(ROOT, path)) });
});
afterAll(() => {
  rmSync(checkout, { recursive: true, force: true });
});

const node = (...args: string[]) => execa(process.execPath, args, { cwd: checkout, reject: false, stdin: 'ignore' });

describe('a bare checkout', () => {
  it('installs its packages once, also if two start at once, and runs', async () => {
    const starts = await Promise.all([0, 1].map(() => node('bin/leasebreaker.mjs', '--version')));
    for (const { exitCode, stdout, stderr } of starts)
      expect(exitCode === 0 ? stdout : stderr).toMatch(/^\d+\.\d+\.\d+$/);
    const said = starts.map(({ stderr }) => stderr).join('\n');
    expect(said.match(/installing npm packages/g)).toHaveLength(1);
    expect(existsSync(join(checkout, '.build', 'install.lock'))).toBe(false);
  });

  it('installs nothing the second time', async () => {
    const { exitCode, stderr } = await node('bin/leasebreaker.mjs', '--version');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('installs again once a package is there in another version, past the lock of a start that was killed', async () => {
    const installed = join(checkout, 'node_modules', '.package-lock.json');
    writeFileSync(installed, readFileSync(installed, 'utf8').replaceAll(/"version": "[0-9.]*"/g, '"version": "0.0.1"'));
    const { stdout: dead } = await execa(process.execPath, ['-p', 'process.pid']);
    writeFileSync(join(checkout, '.build', 'install.lock'), dead);
    const { exitCode, stderr } = await node('bin/leasebreaker.mjs', '--version');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('installing npm packages');
  });

  it('says which Node it needs', async () => {
    const old =
      "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.4'}})";
    const { exitCode, stderr } = await node('--import', old, 'bin/leasebreaker.mjs', '--version');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('needs Node 20.19 or newer; this is Node 18.20.4');
  });

  it('does not run sources that cannot be read', async () => {
    const broken = join(checkout, 'checkers', 'broken.ts');
    writeFileSync(broken, 'export const = 1;\n');
    const { exitCode, stderr } = await node('bin/leasebreaker.mjs', '--version');
    rmSync(broken);
    expect(exitCode).toBe(70);
    expect(stderr).toContain('checkers/broken.ts:1:13');
  });
});

describe('the checking commands', () => {
  it('know their names', async () => {
    expect(await node('scripts/bench.mjs', 'nonsense')).toMatchObject({ exitCode: 64 });
    expect(await node('scripts/test.mjs', 'nonsense')).toMatchObject({ exitCode: 64 });
  });

  it('keep the directions of imports', async () => {
    const wrong = join(checkout, 'checkers', 'wrong.ts');
    writeFileSync(
      wrong,
      "import { readFileSync } from 'node:fs';\nimport { shell } from '../harness/cluster/shell.js';\nexport const wrong = [readFileSync, shell];\n",
    );
    const { exitCode, stderr } = await node('scripts/imports.mjs');
    rmSync(wrong);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('checkers-do-no-io: checkers/wrong.ts -> fs');
    expect(stderr).toContain('checkers-are-pure: checkers/wrong.ts -> harness/cluster/shell.ts');
  });

  it('find a forgotten promise and a clock read in the wrong place', async () => {
    const wrong = join(checkout, 'checkers', 'wrong.ts');
    writeFileSync(wrong, 'export function wrong(): void {\n  Promise.resolve(Date.now());\n}\n');
    const { exitCode, stdout } = await node('node_modules/eslint/bin/eslint.js', 'checkers/wrong.ts');
    rmSync(wrong);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('no-floating-promises');
    expect(stdout).toContain('Only harness/history/clock.ts reads clocks');
  });
});
