/**
 * Tries to open one TCP connection: whether a cut is really there, or really gone. With `send` it says one thing and listens:
 * whether a program answers, and what.
 */
import { connect } from 'node:net';
import { monotonicMs } from '../history/clock.js';
import type { ProbeResult } from './protocol.js';

/** The head of any answer that is asked for. */
const RECEIVED_BYTES = 4096;

/** Never rejects. */
export function probe(host: string, port: number, limitMs: number, send?: string): Promise<ProbeResult> {
  const startMs = monotonicMs();
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    // The agent's end does not wait for it.
    socket.unref();
    let connected = false;
    let received = '';
    const end = (error?: string): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve({
        connected,
        tookMs: monotonicMs() - startMs,
        ...(error === undefined ? {} : { error }),
        ...(send === undefined ? {} : { received }),
      });
    };
    const limit = setTimeout(() => end('timeout'), limitMs).unref();
    socket.once('connect', () => {
      connected = true;
      if (send === undefined) end();
      else socket.write(send);
    });
    socket.setEncoding('latin1').on('data', (text: string) => {
      received = (received + text).slice(0, RECEIVED_BYTES);
      if (received.length === RECEIVED_BYTES) end();
    });
    socket.once('end', () => end());
    // Stays for later ones too, which an ended probe ignores.
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
