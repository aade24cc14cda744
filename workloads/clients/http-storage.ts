/**
 * Reads and writes over HTTP, each once: no retries, and a connection of its own for each request. A connection kept
 * open could be closed by the storage while this program is stopped, and the late write, the one that matters, would be
 * lost on it; a fresh one also makes "connection refused" mean that nothing was sent.
 */
import { Agent, request } from 'undici';
import type { ReadRequest } from '../storages/protocol.js';
import { createDeadline } from './deadline.js';
import type { StorageClient } from './storage-client.js';
import { failed, fromError, fromResponse, type StorageOutcome } from './storage-outcome.js';

/** `url`: the storage's base URL. `deadlineMs`: for one request, connecting included. */
export function connectHttpStorage(url: string, deadlineMs: number): StorageClient {
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: deadlineMs }, headersTimeout: 0, bodyTimeout: 0 });

  async function post(path: string, payload: ReadRequest): Promise<StorageOutcome> {
    const cut = new AbortController();
    const deadline = createDeadline(deadlineMs, () => cut.abort());
    try {
      const response = await request(new URL(path, url), {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
        signal: cut.signal,
      });
      return fromResponse(response.statusCode, await response.body.text());
    } catch (error) {
      return cut.signal.aborted ? failed('timeout', `no answer in ${deadlineMs} ms`) : fromError(error as Error);
    } finally {
      deadline.cancel();
    }
  }

  return {
    read: (body) => post('/read', body),
    write: (body) => post('/write', body),
    close: () => dispatcher.destroy(),
  };
}
