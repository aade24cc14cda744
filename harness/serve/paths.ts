/** From the target of a request to a file below the results folder, and to nothing else. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * The parts of a path, decoded once; undefined for what cannot be a path below a folder: parts that are `.` or `..` or empty, that hold a
 * separator of any system or NUL, or that are not UTF-8. Pure.
 */
export function pathParts(path: string): string[] | undefined {
  const parts: string[] = [];
  for (const raw of path.split('/')) {
    let part: string;
    try {
      part = decodeURIComponent(raw);
    } catch {
      return undefined;
    }
    if (part === '' || part === '.' || part === '..' || /[/\\\0]/.test(part)) return undefined;
    parts.push(part);
  }
  return parts;
}

export type Found =
  | { kind: 'file'; handle: FileHandle; bytes: number }
  | { kind: 'folder'; entries: { name: string; bytes: number; isFolder: boolean }[] }
  | { kind: 'none' };

/**
 * What lies there. Links are followed, and what they come to has to lie below the folder too. The caller closes the handle. `root` is the
 * folder's real path.
 */
export async function findBelow(root: string, parts: readonly string[]): Promise<Found> {
  let real: string;
  try {
    real = await realpath(join(root, ...parts));
  } catch {
    return { kind: 'none' };
  }
  if (!isBelow(root, real)) return { kind: 'none' };
  let handle: FileHandle;
  try {
    // A link that takes the place of the last part just now is not followed; a pipe that nobody writes to is not waited for.
    handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return { kind: 'none' };
  }
  const { size, isFile, isFolder } = await handle.stat().then((found) => ({
    size: found.size,
    isFile: found.isFile(),
    isFolder: found.isDirectory(),
  }));
  if (isFile) return { kind: 'file', handle, bytes: size };
  await handle.close();
  return isFolder ? { kind: 'folder', entries: await entriesOf(root, real) } : { kind: 'none' };
}

/** `real` is a path without links. */
export function isBelow(root: string, real: string): boolean {
  return real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

/** Links that lead out, and what is neither file nor folder, are not even named. */
async function entriesOf(root: string, folder: string): Promise<{ name: string; bytes: number; isFolder: boolean }[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    names.sort().map(async (name) => {
      try {
        const real = await realpath(join(folder, name));
        const found = await stat(real);
        if (!isBelow(root, real) || !(found.isFile() || found.isDirectory())) return [];
        return [{ name, bytes: found.size, isFolder: found.isDirectory() }];
      } catch {
        return [];
      }
    }),
  );
  return entries.flat();
}
