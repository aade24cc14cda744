import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyPackages, packageClosure } from './package-closure.js';
import { projectRoot } from './project.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasebreaker-closure-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function install(
  path: string,
  version: string,
  dependencies: Record<string, string> = {},
  optionalDependencies: Record<string, string> = {},
): void {
  const place = join(folder, 'node_modules', path);
  mkdirSync(place, { recursive: true });
  const name = path.split('node_modules/').at(-1);
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version, dependencies, optionalDependencies }));
}

const places = (name: string) => packageClosure(name, folder).map(({ to, version }) => `${to}@${version}`);

describe('packageClosure', () => {
  it('keeps two versions of a package apart, each where its user finds it', () => {
    install('a', '1.0.0', { b: '1', c: '1' });
    install('b', '1.0.0', { c: '2' });
    install('b/node_modules/c', '2.0.0', { d: '1' });
    install('c', '1.0.0');
    install('d', '1.0.0');
    install('unrelated', '1.0.0');
    // b comes before c, so b's own c is first and goes to the top; a's goes below a, which is all the same to both.
    expect(places('a')).toEqual(['a@1.0.0', 'a/node_modules/c@1.0.0', 'b@1.0.0', 'c@2.0.0', 'd@1.0.0']);
  });

  it('survives circles, leaves types out and does without what is optional', () => {
    install('a', '1.0.0', { b: '1', '@types/node': '*' }, { rare: '1' });
    install('b', '1.0.0', { a: '1' });
    install('@types/node', '20.0.0');
    expect(places('a')).toEqual(['a@1.0.0', 'b@1.0.0']);
  });

  it('says what is not installed', () => {
    install('a', '1.0.0', { b: '1' });
    expect(() => places('a')).toThrow(/the package b is not installed .* npm ci/);
  });

  it('makes a folder from which etcd3 loads, with nothing else around it', () => {
    copyPackages(packageClosure('etcd3', projectRoot), join(folder, 'node_modules'));
    const script =
      "const { Etcd3 } = require('etcd3'); new Etcd3({ hosts: '127.0.0.1:1' }).close(); console.log('loaded')";
    const outcome = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' });
    expect(outcome.stdout.trim() || outcome.stderr).toBe('loaded');
    expect(existsSync(join(folder, 'node_modules', '@types'))).toBe(false);
  });
});
