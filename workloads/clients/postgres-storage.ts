/** PostgreSQL by the package `pg`: one connection, one statement a request, which is never sent again. */
import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import { type Answer, readStatement, type Statement, writeStatement } from '../storages/databases/postgres.js';
import type { Fencing } from '../../harness/history/decision.js';
import type { Connection } from './kept-connection.js';
import { failed, type StorageOutcome } from './storage-outcome.js';

/**
 * Classes of SQLSTATE with which the server refuses a statement before it does anything that lasts: data exception, and syntax or
 * access rule (PostgreSQL manual, appendix "Error Codes"). Others, such as a shutdown, may come after the commit.
 */
const REFUSED = /^(22|42)/;

/** `url`: `postgres://USER@HOST:PORT/DATABASE`. */
export function openPostgres(url: string, fencing: Fencing): Connection {
  const socket = new Socket();
  const client = new Client({ connectionString: url, stream: () => socket });
  let over = false;
  const end = () => (over = true);
  client.on('error', end); // it has ended; whoever asks next hears of it
  socket.once('end', end);
  socket.once('close', end);

  async function ask(statement: Statement): Promise<StorageOutcome> {
    try {
      const { rows } = await client.query<Answer>(statement);
      const [answer] = rows;
      if (answer === undefined) return failed('unavailable', 'the statement answered nothing');
      const { accepted, reason, value } = answer;
      if (!accepted) return failed('fenced', reason ?? '');
      return { type: 'ok', value: value === null ? null : (JSON.parse(value) as unknown) };
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const text = `${error.code ?? ''} ${error.message}`;
      return failed(REFUSED.test(text) ? 'bad-request' : 'unavailable', text);
    }
  }

  return {
    ready: client.connect().then(() => undefined),
    isOver: () => over,
    read: (body) => ask(readStatement(fencing, body)),
    write: (body) => ask(writeStatement(fencing, body)),
    cut() {
      end();
      socket.destroy();
    },
  };
}
