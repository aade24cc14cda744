/** What machine the controller runs on, for reports: read once when a run starts, and kept with it. */
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';

/** By name: operating system, kernel, processors, memory. */
export function describeMachine(): Record<string, string> {
  const processors = cpus();
  return {
    system: distribution(),
    kernel: `${type()} ${release()} ${arch()}`,
    processors: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? type();
  } catch {
    return type();
  }
}
