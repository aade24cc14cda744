/** The default campaign, shortened: the user's question with fencing off and on. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leasebreaker, resultsFolder } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

describe('campaign', () => {
  it('finds the harm with fencing off, none with fencing on, and overlapping sections in both', async () => {
    const output = await resultsFolder();
    const { code, stdout, stderr } = await leasebreaker([
      'campaign',
      '--seed',
      '3',
      '--time',
      '24',
      '--lanes',
      '4',
      '--output',
      output,
    ]);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toContain('report: ');
    const folder =
      (await readdir(output)).find((name) => name.endsWith('-campaign-smoke')) ?? expect.fail('no campaign folder');
    const campaign = JSON.parse(await readFile(join(output, folder, 'campaign.json'), 'utf8')) as {
      runs: { path: string }[];
    };
    expect(campaign).toMatchObject({
      met: true,
      complete: true,
      cells: [
        { id: 'fencing=off', colour: 'green', planned: 1 },
        { id: 'fencing=on', colour: 'green', planned: 1 },
      ],
      runs: [
        { cell: 'fencing=off', verdict: 'violated', exclusion: 'violated', settings: { fencing: 'off' } },
        { cell: 'fencing=on', verdict: 'clean', exclusion: 'violated', settings: { fencing: 'on' } },
      ],
    });
    for (const { path } of campaign.runs)
      expect(await readFile(join(output, folder, path, 'report.html'), 'utf8')).toContain('<svg');
    expect(await readFile(join(output, folder, 'summary.md'), 'utf8')).toContain('violated');
    expect(await leftovers()).toEqual(NOTHING);
  });
});
