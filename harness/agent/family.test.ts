/** The real /proc with real processes of this host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { familyOf } from './family.js';

describe('the family of a process', () => {
  it('is itself, its children and theirs, in that order', async () => {
    // `sleep` first in the background, so that neither shell is replaced by it.
    const child = spawn('sh', ['-c', `sh -c 'sleep 60 & echo $! $$; wait' & wait`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const [grandchild, middle] = line.toString().trim().split(' ').map(Number);
      expect(familyOf(child.pid ?? 0)).toEqual([child.pid, middle, grandchild]);
      process.kill(grandchild ?? 0, 'SIGKILL');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is nobody but the name of a process that is gone', () => {
    expect(familyOf(2 ** 22 + 1)).toEqual([2 ** 22 + 1]);
  });
});
