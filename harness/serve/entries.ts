/** Reads the folders of results for the list. What did not change since the last visit is not read again. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Folder, type FolderTexts, type RunEntry, runEntry } from '../report/run-entry.js';
import { FILES } from '../run/results.js';
import { findBelow } from './paths.js';

const TEXTS = {
  plan: FILES.plan,
  run: FILES.run,
  verdict: FILES.verdict,
  campaign: FILES.campaign,
  matrix: FILES.matrix,
} as const satisfies Record<keyof FolderTexts, string>;

/** No file of a run that a list is made of is this large, in bytes. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A folder's name is what an address says; `latest` is one of the others. */
const ALIAS = 'latest';

interface Known {
  stamp: string;
  entry: RunEntry;
}

/** `root` is the real path of the results folder. */
export function createEntries(root: string): {
  all(): Promise<RunEntry[]>;
  one(name: string): Promise<RunEntry | undefined>;
} {
  const known = new Map<string, Known>();

  async function one(name: string): Promise<RunEntry | undefined> {
    const folder = await findBelow(root, [name]);
    if (folder.kind === 'file') await folder.handle.close();
    if (folder.kind !== 'folder') return undefined;
    const files = new Set(folder.entries.map((entry) => entry.name));
    const wanted = [...Object.values(TEXTS), FILES.report].filter((file) => files.has(file));
    const { modified, stamp } = await stamped(join(root, name), wanted);
    const before = known.get(name);
    if (before?.stamp === stamp) return before.entry;
    const texts: FolderTexts = {};
    for (const [key, file] of Object.entries(TEXTS) as [keyof FolderTexts, string][])
      if (files.has(file)) texts[key] = await textOf(root, name, file);
    const read: Folder = { name, modified, hasReport: files.has(FILES.report), texts };
    const entry = runEntry(read);
    known.set(name, { stamp, entry });
    return entry;
  }

  return {
    one,
    async all() {
      const names = await readdir(root);
      const entries: RunEntry[] = [];
      // One after the other: a verdict has megabytes, and a folder may have thousands of them.
      for (const name of names) {
        const entry = name === ALIAS ? undefined : await one(name);
        if (entry !== undefined) entries.push(entry);
      }
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
      return entries;
    },
  };
}

/** When the folder or a file in it was last written to, and a text that is another one when any of it changes. */
async function stamped(dir: string, files: readonly string[]): Promise<{ modified: string; stamp: string }> {
  const stats = await Promise.all(['.', ...files].map((file) => stat(join(dir, file)).catch(() => undefined)));
  const newest = Math.max(0, ...stats.map((found) => found?.mtimeMs ?? 0));
  const stamp = [...files, ...stats.map((found) => `${found?.ino} ${found?.size} ${found?.mtimeMs}`)].join('\n');
  return { modified: new Date(newest).toISOString(), stamp };
}

/** Empty for what cannot be read, which the list then calls damaged. */
async function textOf(root: string, name: string, file: string): Promise<string> {
  const found = await findBelow(root, [name, file]);
  if (found.kind !== 'file') return '';
  try {
    return found.bytes > MAX_BYTES ? '' : await found.handle.readFile('utf8');
  } catch {
    return '';
  } finally {
    await found.handle.close();
  }
}
