// The watchdog's program: reads what it guards from its standard input and waits there. The input's end without a farewell
// means that the controller is dead; then it removes the run as `clean` would, and ends. Writes nothing anywhere.
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { splitLines } from '../history/lines.js';
import { dockerOptions } from './endpoint.js';
import { removeLeftovers } from './leftovers.js';
import { FAREWELL, type WatchdogTask } from './watchdog.js';

/** An engine that was only restarted is back soon; one that is gone is not waited for. */
const ATTEMPTS = 5;
const BETWEEN_MS = 1000;
/** An engine that takes longer than this over one answer is gone, in ms. */
const ANSWER_WITHIN_MS = 30_000;

let task: WatchdogTask | undefined;
let dismissed = false;

const lines = splitLines((line) => {
  if (task === undefined) task = JSON.parse(line) as WatchdogTask;
  else dismissed ||= line === FAREWELL;
});

async function removeRun({ run, endpoint }: WatchdogTask): Promise<void> {
  const docker = new Docker({ ...dockerOptions(endpoint), timeout: ANSWER_WITHIN_MS });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await removeLeftovers(docker, { run });
      return;
    } catch {
      await sleep(BETWEEN_MS); // there is nobody to tell; the next run or `clean` finds what is left
    }
  }
}

// The controller may be given signals that it takes time to obey; the watchdog goes by the pipe alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.on('data', lines);
process.stdin.on('error', () => undefined);
process.stdin.once('close', () => {
  if (task !== undefined && !dismissed) void removeRun(task);
});
