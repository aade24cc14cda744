/**
 * A database's client that keeps one connection: made at once, so that the write of a program that was stopped in between needs no
 * round trip before it goes out, and made anew by the next request after it was lost. A request is sent once, over a connection that
 * stood before: what went wrong until then is a definite failure, what went wrong after is not.
 */
import type { ReadRequest, WriteRequest } from '../storages/protocol.js';
import { createDeadline } from './deadline.js';
import type { StorageClient } from './storage-client.js';
import { failed, type StorageOutcome } from './storage-outcome.js';

export interface Connection {
  /** Rejects where none could be made; nothing has been asked of the database then. */
  readonly ready: Promise<void>;
  /** Known not to stand any more. */
  isOver(): boolean;
  read(body: ReadRequest): Promise<StorageOutcome>;
  write(body: WriteRequest): Promise<StorageOutcome>;
  /** Ends it at once; a request under way rejects. */
  cut(): void;
}

/** PostgreSQL's texts have no U+0000, and no UTF-8 has half a surrogate pair; two keys must never become one on the way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this one is meant
const UNSTORABLE = /\u0000|\p{Surrogate}/u;

/** `open` loads what the connection needs, begins it and never rejects. */
export function keepConnection(open: () => Promise<Connection>, deadlineMs: number): StorageClient {
  let connection = begin();
  let closed = false;

  async function begin(): Promise<Connection> {
    const begun = await open();
    begun.ready.catch(() => undefined); // told by the request that needs it
    return begun;
  }

  /** What is known to stand, or a new one. No more than a turn of promises if it stands: a write must not wait for anything. */
  async function standing(): Promise<Connection> {
    if ((await connection).isOver()) connection = begin();
    return connection;
  }

  async function request(
    { key }: ReadRequest,
    send: (connection: Connection) => Promise<StorageOutcome>,
  ): Promise<StorageOutcome> {
    if (UNSTORABLE.test(key))
      return failed('bad-request', `the key ${JSON.stringify(key)} has a character that no text has`);
    if (closed) return failed('not-open', 'the storage client is closed');
    let mine: Connection | undefined;
    let sent = false;
    let late = false;
    // A connection with an answer outstanding is of no use for another request.
    const deadline = createDeadline(deadlineMs, () => {
      late = true;
      mine?.cut();
    });
    try {
      mine = await standing();
      await mine.ready;
      sent = true;
      return await send(mine);
    } catch (error) {
      mine?.cut();
      const message = late ? `no answer in ${deadlineMs} ms` : error instanceof Error ? error.message : String(error);
      if (!sent) return failed('connection-refused', message);
      return failed(late ? 'timeout' : 'unavailable', message);
    } finally {
      deadline.cancel();
    }
  }

  return {
    read: (body) => request(body, (open) => open.read(body)),
    write: (body) => request(body, (open) => open.write(body)),
    async close() {
      closed = true;
      (await connection).cut();
    },
  };
}
