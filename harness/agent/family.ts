/** A process with all that descend from it, read from /proc/PID/task/TID/children (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

/** The process first, parents before their children. A process that ended meanwhile is left out, with its children. */
export function familyOf(pid: number): number[] {
  const family = [pid];
  for (const member of family) family.push(...childrenOf(member));
  return family;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
      readFileSync(`/proc/${pid}/task/${tid}/children`, 'utf8')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}
