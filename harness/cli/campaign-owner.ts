/** Who carries a campaign out: two processes at one campaign would do every run twice. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { here, judgeOwner, type Owner, thisOwner } from '../cluster/owner.js';
import { writeJson } from '../run/results.js';

const FILE = 'owner.json';

/** The process that is at it, if there is one on this machine; a campaign that ended or was killed has none. */
export async function livingOwner(folder: string): Promise<number | undefined> {
  try {
    const owner = JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Owner;
    return judgeOwner(owner, here()) === 'alive' ? owner.pid : undefined;
  } catch {
    return undefined;
  }
}

/** From now on it is this process. */
export function own(folder: string): Promise<void> {
  return writeJson(join(folder, FILE), thisOwner());
}
