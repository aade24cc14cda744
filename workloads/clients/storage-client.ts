/**
 * Reads and writes over HTTP, each once: no retries, and a connection of its own for each request. A connection kept
 * open could be closed by the storage while this program is stopped, and the late write, the one that matters, would be
 * lost on it; a fresh one also makes "connection refused" mean that nothing was sent.
 */
import { Agent, request } from 'undici';
import type { ReadRequest, WriteRequest } from '../storages/protocol.js';
import { failed, fromError, fromResponse, type StorageOutcome } from './storage-outcome.js';

/** The key in etcd that makes a client the owner of its lock, and its create revision, decimal. */
export interface LockKey {
  key: string;
  createRevision: string;
}

export interface StorageClient {
  read(body: ReadRequest): Promise<StorageOutcome>;
  /** `owner`: what etcd must still have for the writer to own the lock; of use to a storage that can ask etcd in the same step. */
  write(body: WriteRequest, owner?: LockKey): Promise<StorageOutcome>;
  /** Requests under way answer `unavailable`. */
  close(): Promise<void>;
}

/** `url`: the storage's base URL. `deadlineMs`: for one request, connecting included. */
export function connectStorage(url: string, deadlineMs: number): StorageClient {
  const dispatcher = new Agent({ pipelining: 0, connect: { timeout: deadlineMs }, headersTimeout: 0, bodyTimeout: 0 });

  async function post(path: string, payload: ReadRequest): Promise<StorageOutcome> {
    const deadline = new AbortController();
    // One turn later than due: an answer that came while this program was stopped is read first, and counts.
    const timer = setTimeout(() => setImmediate(() => deadline.abort()), deadlineMs);
    try {
      const response = await request(new URL(path, url), {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
        signal: deadline.signal,
      });
      return fromResponse(response.statusCode, await response.body.text());
    } catch (error) {
      return deadline.signal.aborted ? failed('timeout', `no answer in ${deadlineMs} ms`) : fromError(error as Error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    read: (body) => post('/read', body),
    write: (body) => post('/write', body),
    close: () => dispatcher.destroy(),
  };
}
