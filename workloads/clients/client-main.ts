/**
 * The client program: requests on stdin, answers and events on stdout, one JSON object a line (docs/client-protocol.md).
 * stdout belongs to the protocol alone; whatever else is said goes to stderr. When stdin ends it gives its lease back,
 * as far as that is done within a second, and falls off its event loop.
 */
import { splitLines } from '../../harness/history/lines.js';
import { createClient } from './client.js';
import type { ClientMessage } from './protocol.js';
import { realClock } from './real-clock.js';
import { decodeRequest } from './requests.js';

const SHUT_DOWN_MS = 500;

// A library that logs must not be taken for an answer.
console.log = console.info = console.debug = console.error;

const client = createClient(realClock, emit);

function emit(message: ClientMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function receive(line: string, cut: boolean): void {
  const decoded = cut
    ? ({ ok: false, error: 'bad-request', message: `a line of ${line.length} characters and more` } as const)
    : decodeRequest(line);
  if (decoded.ok) {
    // Not caught: a defect ends the program, which is seen, with its stack on stderr.
    void client.handle(decoded.request);
    return;
  }
  const { error, message } = decoded;
  process.stderr.write(`leasebreaker client: ${error}: ${message.replaceAll('\n', '; ')}\n`);
  if ('id' in decoded && decoded.id !== undefined) emit({ id: decoded.id, type: 'fail', error, message });
}

process.stdin.on('data', splitLines(receive));
process.stdin.on('end', () => void client.shutDown(SHUT_DOWN_MS));
process.stdin.on('error', () => void client.shutDown(SHUT_DOWN_MS));
// Nobody reads any more: the end of stdin follows.
process.stdout.on('error', () => undefined);
