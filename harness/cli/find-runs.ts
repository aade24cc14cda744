/** The runs that a user names: by their folders, by the folder in which they lie, or by whatever a shell made of `results/*`. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CAMPAIGN_FILES } from '../campaign/journal.js';
import { FILES } from '../run/results.js';

export interface FoundRuns {
  /** Folders of runs, each once, in the order in which they were named; those of one results folder by name, oldest first. */
  runs: string[];
  /** What is no run and was named all the same, with the reason. */
  strange: { path: string; reason: string }[];
  /** Folders of campaigns among what was named: they are made of runs, and no runs themselves. */
  campaigns: string[];
}

export async function findRuns(paths: readonly string[]): Promise<FoundRuns> {
  const found: FoundRuns = { runs: [], strange: [], campaigns: [] };
  // `results/latest` is one of the others by another name.
  const seen = new Set<string>();
  for (const path of paths) {
    const kind = await kindOf(path);
    if (typeof kind !== 'string') found.strange.push({ path, reason: kind.reason });
    else if (kind === 'campaign') found.campaigns.push(path);
    else {
      const dirs = kind === 'run' ? [path] : await runsIn(path);
      if (dirs.length === 0)
        found.strange.push({ path, reason: `no run there: no ${FILES.plan}, nor a folder with one` });
      for (const dir of dirs) {
        const real = await realpath(dir);
        if (!seen.has(real)) found.runs.push(dir);
        seen.add(real);
      }
    }
  }
  return found;
}

async function kindOf(path: string): Promise<'run' | 'campaign' | 'folder' | { reason: string }> {
  try {
    if (!(await stat(path)).isDirectory()) return { reason: `${path} is a file; name the folder of its run` };
    const names = await readdir(path);
    if (names.includes(FILES.plan)) return 'run';
    const isMany = [FILES.campaign, FILES.matrix, CAMPAIGN_FILES.plan].some((name) => names.includes(name));
    return isMany ? 'campaign' : 'folder';
  } catch (error) {
    return { reason: `no run there: ${(error as Error).message}` };
  }
}

/** Folders below with a plan in them; other folders are no runs, and nobody named them. */
async function runsIn(parent: string): Promise<string[]> {
  const dirs: string[] = [];
  for (const name of (await readdir(parent)).sort()) {
    const dir = join(parent, name);
    if (name !== 'latest' && (await kindOf(dir)) === 'run') dirs.push(dir);
  }
  return dirs;
}
