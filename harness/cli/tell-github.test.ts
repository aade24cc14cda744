import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobReport, MAX_SUMMARY } from '../report/github.js';
import { tellGithub } from './tell-github.js';

const report = jobReport('mutex', [{ name: 'mutex', summary: 'All is well.', exitCode: 0, unmet: [] }], 'again');

let folder: string;
let file: string;
let said: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-github-'));
  file = join(folder, 'summary');
  said = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('a GitHub job', () => {
  it('is told behind what is there already', async () => {
    await writeFile(file, 'before');
    await tellGithub(report, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file });
    expect(await readFile(file, 'utf8')).toMatch(/^before\n<h2>leasebreaker: mutex<\/h2>/);
    expect(said).toMatch(/^::notice title=leasebreaker%3A mutex::All is well\.%0AAs expected\. Exit code 0\.\n$/);
  });

  it.each([
    [MAX_SUMMARY - 600, true],
    [MAX_SUMMARY - 100, false],
    [MAX_SUMMARY + 1, false],
  ])('has a summary below 1 MiB, with %i bytes there before', async (bytes, isWritten) => {
    await writeFile(file, 'x'.repeat(bytes));
    await tellGithub(report, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file });
    const { size } = await stat(file);
    expect(size > bytes).toBe(isWritten);
    if (isWritten) expect(size).toBeLessThan(1024 * 1024);
    else expect(said).toContain("the job's summary is full");
  });

  it('loses nothing else where its summary cannot be written', async () => {
    await tellGithub(report, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: folder });
    expect(said).toContain("the job's summary cannot be written: EISDIR");
  });

  it('is not there on any other machine', async () => {
    for (const GITHUB_ACTIONS of [undefined, '', 'false'])
      await tellGithub(report, { ...(GITHUB_ACTIONS && { GITHUB_ACTIONS }), GITHUB_STEP_SUMMARY: file });
    await expect(stat(file)).rejects.toThrow('ENOENT');
    expect(said).toBe('');
  });
});
