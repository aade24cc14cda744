/**
 * What a client and the program that it runs under the lock say to each other: the client's reads and writes, carried out there.
 * `etcdctl lock NAME COMMAND` wants a command, and what that command does is what the lock is to guard.
 */
import type { ReadRequest, WriteRequest } from '../storages/protocol.js';
import type { OpenOptions } from './protocol.js';
import type { LockKey, StorageClient } from './storage-client.js';
import { failed, type StorageOutcome } from './storage-outcome.js';

/** One request to the program under the lock; its answer is a `StorageOutcome`. It connects by `open`, the client's own settings. */
export type SectionRequest = { open: OpenOptions } & (
  | { do: 'read'; body: ReadRequest }
  | { do: 'write'; body: WriteRequest; owner?: LockKey }
);

/** Reads and writes that `relay` takes to the program under the lock. When that is gone, nobody knows what it did last. */
export function relayStorage(relay: (message: object) => Promise<unknown>, open: OpenOptions): StorageClient {
  async function ask(request: SectionRequest): Promise<StorageOutcome> {
    try {
      return (await relay(request)) as StorageOutcome;
    } catch (error) {
      return failed('unavailable', (error as Error).message);
    }
  }
  return {
    read: (body) => ask({ open, do: 'read', body }),
    write: (body, owner) => ask({ open, do: 'write', body, ...(owner === undefined ? {} : { owner }) }),
    // Its connections are the program's, which ends with the hold.
    close: () => Promise.resolve(),
  };
}
