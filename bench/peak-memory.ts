/** What a process took of memory at most: of this one, and not, as getrusage tells it, of the one that started it. */
import { readFileSync } from 'node:fs';

/** Bytes. From proc(5), `VmHWM`; elsewhere than on Linux what the engine knows. */
export function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024;
}
