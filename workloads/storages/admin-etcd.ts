/**
 * etcd as storage, asked over the JSON gateway that every member has (etcd manual, "gRPC gateway"): whether it answers, and the
 * log. Entries come in the order of their create revisions, which is the order of the decisions, and get their numbers here.
 */
import { request } from 'undici';
import type { Decision } from '../../harness/history/decision.js';
import type { StorageAdmin } from './admin.js';
import { type Entry, LOG_PREFIX, STORAGE_PREFIX } from './databases/etcd.js';

const PART = 1000;

interface Found {
  header: { revision: string };
  kvs?: { value: string; create_revision: string }[];
}

/** `urls`: client URLs of the members; the first that answers is asked. `patienceMs`: for each answer. */
export function createEtcdAdmin(urls: readonly string[], patienceMs: number): StorageAdmin {
  const range = (body: object): Promise<Found> => ask('/v3/kv/range', body);

  async function ask<T>(path: string, body: object): Promise<T> {
    const failures: string[] = [];
    for (const url of urls) {
      try {
        const { statusCode, body: answer } = await request(new URL(path, url), {
          method: 'POST',
          body: JSON.stringify(body),
          headersTimeout: patienceMs,
          bodyTimeout: patienceMs,
          signal: AbortSignal.timeout(patienceMs),
        });
        const text = await answer.text();
        if (statusCode === 200) return JSON.parse(text) as T;
        failures.push(`${url}: ${statusCode} ${text.slice(0, 200)}`);
      } catch (error) {
        failures.push(`${url}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new Error(failures.join('; ') || 'there is no member to ask');
  }

  return {
    async health() {
      await range(part(0n));
      return { status: 'ok' };
    },
    async *log() {
      let seq = 0;
      let from = 0n;
      /** All parts are of the store as it was at the first one's revision. */
      let revision: string | undefined;
      for (;;) {
        const { header, kvs = [] } = await range(part(from, revision));
        revision ??= header.revision;
        for (const { value, create_revision: created } of kvs) {
          seq += 1;
          const entry = JSON.parse(Buffer.from(value, 'base64').toString()) as Entry;
          yield JSON.stringify({ seq, ...entry } satisfies Decision);
          from = BigInt(created) + 1n;
        }
        if (kvs.length < PART) return;
      }
    },
    async reset() {
      await ask('/v3/kv/deleterange', below(STORAGE_PREFIX));
    },
    close: async () => undefined,
  };
}

/** The entries with a create revision of at least `from`. */
function part(from: bigint, revision?: string): object {
  return {
    ...below(LOG_PREFIX),
    limit: String(PART),
    sort_target: 'CREATE',
    sort_order: 'ASCEND',
    min_create_revision: String(from),
    ...(revision === undefined ? {} : { revision }),
  };
}

/** All keys that begin with a prefix that ends with `/`: the first one after them has a `0` there. */
function below(prefix: string): object {
  return { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
