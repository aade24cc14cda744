/**
 * `storage-admin health | clock | log | summary`: prints what the storage beside it says on its unix socket. `log` prints the decision
 * log, one JSON object a line, as it comes. Ends with 0 only if the answer came whole, 64 for a bad argument, 3 otherwise.
 */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { STORAGE_ADMIN_SOCKET } from './protocol.js';

const COMMANDS = ['health', 'clock', 'log', 'summary'];
/** How long the storage may take to begin its answer, in ms. */
const PATIENCE = 5000;

async function main(command: string): Promise<void> {
  if (!COMMANDS.includes(command)) return fail(64, `usage: storage-admin ${COMMANDS.join(' | ')}`);
  const socketPath = process.env['STORAGE_ADMIN_SOCKET'] ?? STORAGE_ADMIN_SOCKET;
  try {
    const request = get({ socketPath, path: `/${command}` });
    const patience = setTimeout(() => request.destroy(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
    request.once('close', () => clearTimeout(patience));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    clearTimeout(patience);
    if (response.statusCode !== 200) return fail(3, `the storage answered ${response.statusCode}`);
    await pipeline(response, process.stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return; // whoever reads has seen enough (`| head`)
    fail(3, `the storage does not answer on ${socketPath}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(code: number, message: string): void {
  console.error(`storage-admin: ${message}`);
  process.exitCode = code;
}

await main(process.argv[2] ?? '');
