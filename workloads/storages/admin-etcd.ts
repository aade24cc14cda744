/**
 * etcd as storage, asked over the JSON gateway that every member has (etcd manual, "gRPC gateway"): whether it answers, and the
 * log. Entries come in the order of their create revisions, which is the order of the decisions, and get their numbers here.
 */
import { request } from 'undici';
import type { Decision } from '../../harness/history/decision.js';
import type { StorageAdmin } from './admin.js';
import { type Entry, LOG_PREFIX } from './databases/etcd.js';

const PART = 1000;

interface Found {
  header: { revision: string };
  kvs?: { value: string; create_revision: string }[];
}

/** `urls`: client URLs of the members; the first that answers is asked. `patienceMs`: for each answer. */
export function createEtcdAdmin(urls: readonly string[], patienceMs: number): StorageAdmin {
  async function range(body: object): Promise<Found> {
    const failures: string[] = [];
    for (const url of urls) {
      try {
        const { statusCode, body: answer } = await request(new URL('/v3/kv/range', url), {
          method: 'POST',
          body: JSON.stringify(body),
          headersTimeout: patienceMs,
          bodyTimeout: patienceMs,
          signal: AbortSignal.timeout(patienceMs),
        });
        const text = await answer.text();
        if (statusCode === 200) return JSON.parse(text) as Found;
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
    close: async () => undefined,
  };
}

/** The entries with a create revision of at least `from`. */
function part(from: bigint, revision?: string): object {
  return {
    key: base64(LOG_PREFIX),
    // The first key after all that begin with the prefix: `/` becomes `0`.
    range_end: base64(`${LOG_PREFIX.slice(0, -1)}0`),
    limit: String(PART),
    sort_target: 'CREATE',
    sort_order: 'ASCEND',
    min_create_revision: String(from),
    ...(revision === undefined ? {} : { revision }),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
