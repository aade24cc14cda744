// The controller's end of the watchdog: a small process of its own that outlives a killed controller and removes its run.
// Agents heal what is inside their containers; a frozen or throttled container only the engine can heal, and somebody
// has to ask it. watchdog-main.ts is the program.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Endpoint } from './endpoint.js';
import { projectRoot } from './project.js';

/** The first line that the watchdog reads: what it guards. The second, if it comes, is {@link FAREWELL}. */
export interface WatchdogTask {
  readonly run: string;
  readonly endpoint: Endpoint;
}

/** Said when the run has been removed: without it the end of the pipe means that the controller died. */
export const FAREWELL = 'farewell';

export interface Watchdog {
  /** Lets the watchdog end without doing anything. */
  dismiss(): void;
}

/**
 * Starts a watchdog over a run, before the run has anything. It is in a session of its own, so that no interrupt typed at
 * the terminal and no signal to the controller's process group reaches it, and it keeps nothing of the controller's open.
 */
export function startWatchdog(task: WatchdogTask): Watchdog {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'harness', 'cluster', 'watchdog-main.js')], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a watchdog runs are as safe as `clean` makes them, which every later run begins with.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  // A pipe is a socket here, which the types do not say; the run's end must not wait for its watchdog.
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin.write(`${JSON.stringify(task)}\n`);
  return { dismiss: () => void child.stdin.end(`${FAREWELL}\n`) };
}
