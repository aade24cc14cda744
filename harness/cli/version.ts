/** leasebreaker's own version, from the nearest package.json above this file, compiled or not. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const VERSION = findVersion(dirname(fileURLToPath(import.meta.url)));

function findVersion(folder: string): string {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch (error) {
    const parent = dirname(folder);
    if (parent === folder) throw error;
    return findVersion(parent);
  }
}
