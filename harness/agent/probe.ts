/** Tries to open one TCP connection: whether a cut is really there, or really gone. Sends nothing. */
import { connect } from 'node:net';
import { monotonicMs } from '../history/clock.js';
import type { ProbeResult } from './protocol.js';

/** Never rejects. */
export function probe(host: string, port: number, limitMs: number): Promise<ProbeResult> {
  const startMs = monotonicMs();
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    // The agent's end does not wait for it.
    socket.unref();
    const end = (result: { connected: boolean; error?: string }): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve({ ...result, tookMs: monotonicMs() - startMs });
    };
    const limit = setTimeout(() => end({ connected: false, error: 'timeout' }), limitMs).unref();
    socket.once('connect', () => end({ connected: true }));
    // Stays for later ones too, which an ended probe ignores.
    socket.on('error', (error: NodeJS.ErrnoException) => end({ connected: false, error: error.code ?? error.message }));
  });
}
