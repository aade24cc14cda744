/** PostgreSQL as storage, asked from beside it: makes the database and its tables, tells its clock and the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { monotonicMs } from '../../harness/history/clock.js';
import { EMPTY, END_OTHERS, LOG_PART, type LogRow, SCHEMA, toDecision } from './databases/postgres.js';
import type { StorageAdmin } from './admin.js';

/** SQLSTATEs: invalid catalog name; duplicate database. */
const NO_DATABASE = '3D000';
const DATABASE_EXISTS = '42P04';
/** A database that every server has, from which others are made. */
const MAINTENANCE = 'postgres';
const PART = 2000;

/** `url`: `postgres://USER@HOST:PORT/DATABASE`. `patienceMs`: for a connection, and for each answer. */
export async function connectPostgresAdmin(url: string, patienceMs: number): Promise<StorageAdmin> {
  const client = await connect(url, patienceMs);
  return {
    async health() {
      await client.query(SCHEMA);
      return { status: 'ok' };
    },
    async clock() {
      const { rows } = await client.query<{ ms: string }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms',
      );
      return { wallMs: Number(rows[0]?.ms) };
    },
    async *log() {
      let last = '0';
      for (;;) {
        const { rows } = await client.query<LogRow>(LOG_PART, [last, PART]);
        for (const row of rows) {
          yield JSON.stringify(toDecision(row));
          last = row.seq;
        }
        if (rows.length < PART) return;
      }
    },
    async reset() {
      // A statement of a client that is gone is carried out to its end, and those that wait for its locks come after it.
      for (const begun = monotonicMs(); ; await sleep(20)) {
        const { rowCount } = await client.query(END_OTHERS);
        if (rowCount === 0) break;
        if (monotonicMs() - begun > patienceMs) throw new Error(`${rowCount} other connections do not end`);
      }
      await client.query(EMPTY);
    },
    close: () => client.end(),
  };
}

async function connect(url: string, patienceMs: number): Promise<Client> {
  try {
    return await open(url, patienceMs);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== NO_DATABASE) throw error;
    await createDatabase(url, patienceMs);
    return open(url, patienceMs);
  }
}

async function open(connectionString: string, patienceMs: number): Promise<Client> {
  const client = new Client({ connectionString, connectionTimeoutMillis: patienceMs, query_timeout: patienceMs });
  client.on('error', () => undefined); // the query that is under way hears of it
  await client.connect();
  return client;
}

async function createDatabase(url: string, patienceMs: number): Promise<void> {
  const maintenance = new URL(url);
  const name = decodeURIComponent(maintenance.pathname.slice(1));
  maintenance.pathname = `/${MAINTENANCE}`;
  const client = await open(maintenance.href, patienceMs);
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== DATABASE_EXISTS) throw error;
  } finally {
    await client.end();
  }
}
