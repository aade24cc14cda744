/**
 * Answering a peer that is still sending: closing such a connection at once makes the kernel answer the rest with a reset,
 * and the reset can overtake the answer. So what comes is read and thrown away for a while, then the connection is cut.
 */
import type { Duplex } from 'node:stream';

/** How long a refused peer may go on sending, in ms. */
const PATIENCE = 5000;

/** Throws away what `source` still brings; cuts `socket` if it has not ended by itself in time. */
export function linger(source: Duplex | NodeJS.ReadableStream, socket: Duplex): void {
  const cut = setTimeout(() => socket.destroy(), PATIENCE);
  cut.unref();
  source.once('end', () => clearTimeout(cut));
  source.once('close', () => clearTimeout(cut));
  source.resume();
}
