/**
 * PostgreSQL as storage: the tables, and for each scheme the one statement in which a request is decided, takes effect, is numbered
 * and logged. Text only; who sends it is in workloads/clients, who reads the log in admin-postgres.ts.
 *
 * Why one statement is enough at the default isolation, READ COMMITTED (PostgreSQL manual, chapters "Transaction Isolation" and
 * "INSERT", ON CONFLICT): `INSERT ... ON CONFLICT DO UPDATE` inserts the key's row or locks it, and judges by what the row is once it is
 * locked, be that newer than the statement's snapshot. What any other part of the statement would read of the table is of the snapshot,
 * so all that the log needs comes out of RETURNING. This is also why a refused request rewrites the row with what it held: an
 * `ON CONFLICT DO UPDATE ... WHERE <token is large enough>`, as one would write it in an application, locks the row too and refuses
 * the same requests, but returns nothing of the row that refused them.
 *
 * The numbers: `counter` has one row, updated after the key's row was locked (it takes its place FROM the result of the first
 * part), and locked until the transaction is over. So the numbers have no gaps, whoever is killed or rolled back; a decision gets its
 * number only after all smaller ones were committed; and those of one key are numbered as they took effect. The price: there is one
 * commit at a time.
 */
import type { Decision, Fencing } from '../../../harness/history/decision.js';
import type { ReadRequest, WriteRequest } from '../protocol.js';

/**
 * Makes what is missing; does nothing where all is there. Values are JSON as text, so that what is read is what was written
 * (`jsonb` has an order of fields, an idea of numbers and no U+0000 of its own). A token is a `bigint`: 0 to 2^63-1.
 */
export const SCHEMA = `
SELECT pg_advisory_xact_lock(7305808869229486708);
CREATE TABLE IF NOT EXISTS state (
  key text COLLATE "C" PRIMARY KEY,
  value text NOT NULL,
  written_with bigint,
  highest bigint NOT NULL,
  accepted boolean NOT NULL
);
COMMENT ON COLUMN state.written_with IS 'token of the last accepted write; null before any';
COMMENT ON COLUMN state.accepted IS 'verdict of the last decision about this key';
CREATE TABLE IF NOT EXISTS counter (one boolean PRIMARY KEY DEFAULT true CHECK (one), last bigint NOT NULL);
INSERT INTO counter (last) VALUES (0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS decisions (
  seq bigint PRIMARY KEY,
  op bigint NOT NULL,
  process bigint NOT NULL,
  f text NOT NULL,
  key text COLLATE "C" NOT NULL,
  token bigint NOT NULL,
  value text,
  accepted boolean NOT NULL,
  reason text,
  highest bigint NOT NULL
);
`;

/** Ends every other connection to this database; a row for each that there still is. */
export const END_OTHERS = `
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** Forgets all, in one transaction. */
export const EMPTY = 'TRUNCATE state, decisions; UPDATE counter SET last = 0;';

/** What a statement answers: one row. `value` is JSON; null where none was read. */
export interface Answer {
  accepted: boolean;
  reason: string | null;
  value: string | null;
}

export interface Statement {
  text: string;
  values: (string | number)[];
}

interface Rule {
  /** Holds when the row `s` lets the token in. */
  accepts: string;
  /** Told where it does not; over the row's columns. */
  reason: string;
}

const TOKEN = '$4::bigint';
const ACCEPT: Rule = { accepts: 'true', reason: 'NULL' };
const NOT_BELOW: Rule = {
  accepts: `${TOKEN} >= s.highest`,
  reason: `'token ' || ${TOKEN} || ' is below the highest seen, ' || highest`,
};
const SAME: Rule = {
  accepts: `(s.written_with IS NULL OR s.written_with = ${TOKEN})`,
  reason: `'given version (' || to_hex(${TOKEN}) || ') is different from the existing version (' || to_hex(written_with) || ')'`,
};
const ABOVE: Rule = {
  accepts: `(s.written_with IS NULL OR ${TOKEN} > s.highest)`,
  reason: `'token ' || ${TOKEN} || ' is not above the highest written, ' || highest`,
};

/** `guard` is not for PostgreSQL, which cannot see the lock's key; it is here as the rule says it, that the storage accepts all. */
const WRITES: Record<Fencing, Rule> = {
  off: ACCEPT,
  equality: SAME,
  monotonic: NOT_BELOW,
  strict: ABOVE,
  'monotonic+register': NOT_BELOW,
  'ask-etcd': ACCEPT,
  guard: ACCEPT,
  on: NOT_BELOW,
};

export function writeStatement(scheme: Fencing, { op, process, key, token, value }: WriteRequest): Statement {
  const { accepts, reason } = WRITES[scheme];
  const keeps = (column: string, otherwise: string) =>
    `${column} = CASE WHEN ${accepts} THEN ${otherwise} ELSE s.${column} END`;
  const text = `
WITH decided AS (
  INSERT INTO state AS s (key, value, written_with, highest, accepted) VALUES ($3, $5, ${TOKEN}, ${TOKEN}, true)
  ON CONFLICT (key) DO UPDATE SET
    accepted = ${accepts},
    ${keeps('value', '$5')},
    ${keeps('written_with', TOKEN)},
    ${keeps('highest', `greatest(s.highest, ${TOKEN})`)}
  RETURNING written_with, highest, accepted
), ${numberAndLog('write', '$5', reason)}`;
  return { text, values: [op, process, key, token, JSON.stringify(value)] };
}

/** A read locks and rewrites the key's row too: only so is the value that it returns the one at its place in the log. */
export function readStatement(scheme: Fencing, { op, process, key, token, register }: ReadRequest): Statement {
  const fenced = scheme === 'on' || (scheme === 'monotonic+register' && register === true);
  const { accepts, reason } = fenced ? NOT_BELOW : ACCEPT;
  const text = `
WITH decided AS (
  INSERT INTO state AS s (key, value, highest, accepted) VALUES ($3, 'null', ${fenced ? TOKEN : '0'}, true)
  ON CONFLICT (key) DO UPDATE SET
    accepted = ${accepts},
    highest = ${fenced ? `greatest(s.highest, ${TOKEN})` : 's.highest'}
  RETURNING value, written_with, highest, accepted
), ${numberAndLog('read', 'CASE WHEN accepted THEN value END', reason)}`;
  return { text, values: [op, process, key, token] };
}

function numberAndLog(f: 'read' | 'write', value: string, reason: string): string {
  return `numbered AS (
  UPDATE counter SET last = last + 1 FROM decided RETURNING last AS seq, decided.*
)
INSERT INTO decisions (seq, op, process, f, key, token, value, accepted, reason, highest)
SELECT seq, $1::bigint, $2::bigint, '${f}', $3, ${TOKEN}, ${value}, accepted, CASE WHEN NOT accepted THEN ${reason} END, highest
FROM numbered
RETURNING accepted, reason, value`;
}

/** The log's next part: decisions after number `$1`, at most `$2` of them. */
export const LOG_PART = 'SELECT * FROM decisions WHERE seq > $1 ORDER BY seq LIMIT $2';

/** A row of the log as `pg` hands it over: `bigint` as text. */
export interface LogRow {
  seq: string;
  op: string;
  process: string;
  f: 'read' | 'write';
  key: string;
  token: string;
  value: string | null;
  accepted: boolean;
  reason: string | null;
  highest: string;
}

export function toDecision({ seq, op, process, f, key, token, value, accepted, reason, highest }: LogRow): Decision {
  return {
    seq: Number(seq),
    op: Number(op),
    process: Number(process),
    f,
    key,
    token,
    verdict: accepted ? 'accepted' : 'refused',
    highest,
    ...(value === null ? {} : { value: JSON.parse(value) as unknown }),
    ...(reason === null ? {} : { reason }),
  };
}
