import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBelow, pathParts } from './paths.js';

let parent: string;
let root: string;
beforeAll(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'leasebreaker-paths-')));
  root = join(parent, 'results');
  await mkdir(join(root, 'run/logs'), { recursive: true });
  await writeFile(join(root, 'run/plan.json'), '{}');
  await mkdir(join(parent, 'results-of-others'));
  for (const secret of [join(parent, 'secret'), join(parent, 'results-of-others/secret')])
    await writeFile(secret, 'no');
  await symlink('run', join(root, 'latest'));
  await symlink('../../secret', join(root, 'run/out'));
  await symlink('../..', join(root, 'run/up'));
  await symlink('../results-of-others', join(root, 'beside'));
  await symlink('loop', join(root, 'loop'));
  await writeFile(join(root, 'run/späße & %2e #?.txt'), 'strange');
  spawnSync('mkfifo', [join(root, 'run/pipe')]);
});
afterAll(() => rm(parent, { recursive: true, force: true }));

async function read(path: string): Promise<string> {
  const parts = pathParts(path);
  if (parts === undefined) return 'no path';
  const found = await findBelow(root, parts);
  if (found.kind !== 'file') return found.kind;
  const text = await found.handle.readFile('utf8');
  await found.handle.close();
  return text;
}

describe('a path below the results folder', () => {
  it.each([
    ['run/plan.json', '{}'],
    ['latest/plan.json', '{}'],
    ['run', 'folder'],
    [encodeURI('run/späße & %2e ').replaceAll(' ', '%20') + encodeURIComponent('#?.txt'), 'strange'],
  ])('%s is found', async (path, text) => {
    expect(await read(path)).toBe(text);
  });

  it.each([
    '../secret',
    'run/../../secret',
    '%2e%2e/secret',
    '..%2fsecret',
    '%2e%2e%2fsecret',
    'run/%2E%2E/%2e./secret',
    '..%5csecret',
    'run//plan.json',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    'run/plan.json%00.html',
    'run/%',
    'run/%ff',
    '',
    '.',
    'run/./plan.json',
  ])('%j is no path', async (path) => {
    expect(await read(path)).toBe('no path');
  });

  it.each([
    'run/out',
    'run/up/secret',
    'run/up',
    'beside',
    'beside/secret',
    'loop',
    'none',
    'run/pipe',
    '%252e%252e/secret',
  ])('%s leads to nothing', async (path) => {
    expect(await read(path)).toBe('none');
  });

  it('is never outside, whatever the address is made of', async () => {
    const part = fc.constantFrom(
      '..',
      '%2e%2e',
      '.',
      '%2f',
      '/',
      '%5c',
      '\\',
      'run',
      'up',
      'beside',
      'secret',
      '%00',
      '%252e',
      'out',
      '',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.constantFrom('/', ''), async (parts, glue) => {
        expect(await read(parts.join(glue))).not.toBe('no');
      }),
      { numRuns: 500 },
    );
  });

  it('names in a folder only what can be opened', async () => {
    const found = await findBelow(root, ['run']);
    expect(found.kind === 'folder' && found.entries.map(({ name }) => name)).toEqual([
      'logs',
      'plan.json',
      'späße & %2e #?.txt',
    ]);
  });
});
