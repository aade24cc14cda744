/** Redis as storage, asked from beside it: whether it answers, its clock and the log. There is nothing to prepare. */
import { createClient } from '@redis/client';
import type { StorageAdmin } from './admin.js';
import { LOG_KEY } from './databases/redis.js';

const PART = 2000;

/** `url`: `redis://HOST:PORT`. `patienceMs`: for a connection, and for silence on it. */
export async function connectRedisAdmin(url: string, patienceMs: number): Promise<StorageAdmin> {
  const client = createClient({
    url,
    socket: { reconnectStrategy: false, connectTimeout: patienceMs, socketTimeout: patienceMs },
    maintNotifications: 'disabled',
  });
  client.on('error', () => undefined); // the command that is under way hears of it
  await client.connect();
  return {
    async health() {
      await client.lLen(LOG_KEY); // unlike PING, refused while the data is being loaded
      return { status: 'ok' };
    },
    async clock() {
      const [seconds, microseconds] = (await client.time()) as unknown as [string, string];
      return { wallMs: Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000) };
    },
    async *log() {
      for (let from = 0; ; from += PART) {
        const lines = await client.lRange(LOG_KEY, from, from + PART - 1);
        yield* lines;
        if (lines.length < PART) return;
      }
    },
    async reset() {
      // Scripts of clients that are gone may still lie in their connections.
      await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await client.sendCommand(['FLUSHALL', 'SYNC']);
    },
    close: async () => client.destroy(),
  };
}
