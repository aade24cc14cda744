/** Redis by the package `@redis/client`: one connection, one script a request, which is never sent again. */
import { createClient, ErrorReply } from '@redis/client';
import type { Fencing } from '../../harness/history/decision.js';
import { type Answer, LOG_KEY, readScript, type Script, writeScript } from '../storages/databases/redis.js';
import type { Connection } from './kept-connection.js';
import { failed, type StorageOutcome } from './storage-outcome.js';

/** `url`: `redis://HOST:PORT`. */
export function openRedis(url: string, fencing: Fencing): Connection {
  const client = createClient({
    url,
    // The deadline of the request that waits for it ends it.
    socket: { reconnectStrategy: false, connectTimeout: 0 },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  let over = false;
  const end = () => (over = true);
  client.on('error', end);
  client.on('terminated', end);
  client.on('end', end);

  /** EVAL with the whole text: by its hash alone, a server that was started again would have to be asked twice. */
  async function ask({ text, keys, arguments: args }: Script): Promise<StorageOutcome> {
    try {
      const [accepted, answer] = (await client.eval(text, { keys, arguments: args })) as Answer;
      return accepted === 1 ? { type: 'ok', value: JSON.parse(answer) as unknown } : failed('fenced', answer);
    } catch (error) {
      if (error instanceof ErrorReply) return failed('unavailable', error.message);
      throw error;
    }
  }

  return {
    // A server that has just been started takes connections, and refuses commands until it has loaded its data.
    ready: client.connect().then(async () => void (await client.exists(LOG_KEY))),
    isOver: () => over,
    read: (body) => ask(readScript(fencing, body)),
    write: (body) => ask(writeScript(fencing, body)),
    cut() {
      end();
      client.destroy();
    },
  };
}
