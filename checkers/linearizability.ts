/**
 * Linearizability of the storage: is there for each key an order of its reads and writes, each at a moment between its
 * invocation and its answer, in which every read returns what the write before it wrote?
 *
 * `not-linearizable`: there is none, so the storage is no register; the witness are the operations that contradict each other. That says
 * nothing of the lock: a stale write is a write, and a storage that takes it is a register all the same. It is what the other
 * verdicts on `data` take for granted of the storage.
 *
 * Sound. Only what the clients were told counts, on the controller's one clock: an operation takes effect between the moments
 * at which the controller sent it and read its answer, or, where its outcome is not known, at any time after it was sent, or never.
 * What certainly failed took no effect. What storages start with (nothing, 0, an empty list) is one value. Reads that were not answered and reads without a value say nothing. Processes
 * that did two things at once leave it open which answer belongs to which operation; then nothing is claimed.
 *
 * Complete: keys are judged one by one, which is enough (Herlihy and Wing, 1990). First the storage's own log is tried as the order:
 * if it has every answered operation and fits values and times, the key is linearizable, whatever the log was made of.
 * The others are decided from the history alone (linearizability/judge-objects.ts): by zones where no value was written twice,
 * else by a search, which ends at its budget with a doubt.
 *
 * Cost: O(n) for keys whose log is right and for those with unique values; else what the search costs.
 */
import { ABSENT, F, FAIL, NONE } from '../harness/history/tables.js';
import { valueAt } from '../harness/history/value-columns.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings, type Findings } from './findings.js';
import { createCodes, isInitial } from './key-steps.js';
import { judgeObjects } from './linearizability/judge-objects.js';
import {
  type Budget,
  INDETERMINATE,
  NEVER,
  NIL,
  OK,
  type Operations,
  READ,
  UNKNOWN_VALUE,
  type Witness,
  WRITE,
} from './linearizability/operations.js';
import type { Checker } from './verdict.js';

/** Per key: far more than a history of one lock needs, and a few seconds at most. */
const BUDGET: Budget = { configurations: 1_000_000, bytes: 2 ** 28 };

export const linearizability: Checker = {
  name: 'linearizability',
  description: "the answers of the storage fit no order of a key's reads and writes",
  decides: 'data',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('linearizability');
    if (evidence.damage !== undefined) findings.doubt(evidence.damage);
    if (evidence.problems.length > 0) {
      findings.doubt('the history does not say for certain which answer belongs to which operation');
      return findings.result({});
    }
    const steps = readSteps(evidence);
    const keys = tables.history.keys.map((_, key) => key).filter((key) => (steps.answered[key] as number) > 0);
    const open = keys.filter((key) => !isOrderedByLog(evidence, steps, key));
    const judged = open.filter((key) => !steps.unreadable.has(key));
    if (judged.length < open.length)
      findings.doubt(`${open.length - judged.length} keys were written without it being recorded what`);
    const searched = judged.length === 0 ? {} : judgeKeys(evidence, steps, judged, findings);
    return findings.result({ keys: keys.length, keysByLog: keys.length - open.length, ...searched });
  },
};

/** Reads and writes with value codes, by operation. */
interface Steps {
  /** Value code of what was written or returned; `NOTHING` for operations that do not count. */
  code: Int32Array;
  /** By key: operations that were answered `ok`. */
  answered: Int32Array;
  /** Keys with a write of which the value is missing. */
  unreadable: ReadonlySet<number>;
}

const NOTHING = -2;

function readSteps({ operations, tables: { history } }: Evidence): Steps {
  const codes = createCodes();
  const code = new Int32Array(operations.count).fill(NOTHING);
  const answered = new Int32Array(history.keys.length);
  const unreadable = new Set<number>();
  for (let operation = 0; operation < operations.count; operation++) {
    const f = operations.f(operation);
    const key = operations.key(operation);
    if ((f !== F.read && f !== F.write) || key === NONE || operations.outcome(operation) === FAIL) continue;
    const isRead = f === F.read;
    const isOk = operations.succeeded(operation);
    if (isRead && !isOk) continue;
    const row = (isRead ? operations.completion : operations.invocation)[operation] as number;
    if (history.valueKind[row] === ABSENT) {
      if (isRead) code[operation] = UNKNOWN_VALUE;
      else unreadable.add(key);
    } else {
      const value = valueAt(history, row);
      code[operation] = isInitial(value) ? NIL : codes.codeOf(value);
    }
    if (isOk) answered[key] = (answered[key] as number) + 1;
  }
  return { code, answered, unreadable };
}

/** Whether the order of the log is one in which all that was answered fits. O(accepted decisions of the key). */
function isOrderedByLog({ log, operations }: Evidence, { code, answered }: Steps, key: number): boolean {
  let held = 0;
  let latestInvoked = -1;
  let found = 0;
  for (const entry of log.accepted(key)) {
    const operation = log.operation[entry] as number;
    if (operation === NONE || log.again[entry] === 1) return false;
    const isOk = operations.succeeded(operation);
    if (isOk && (operations.completion[operation] as number) < latestInvoked) return false;
    latestInvoked = Math.max(latestInvoked, operations.invocation[operation] as number);
    if (isOk) found++;
    const is = code[operation] as number;
    if (log.isWrite(entry)) {
      if (is < 0) return false;
      held = is;
    } else if (is >= 0 && is !== held) return false;
  }
  return found === answered[key];
}

function judgeKeys(
  evidence: Evidence,
  steps: Steps,
  keys: readonly number[],
  findings: Findings,
): Record<string, number> {
  const { operations, tables } = evidence;
  const { table, places } = tableOf(evidence, steps, keys);
  const { witnesses, violated, doubts, decidedBy } = judgeObjects('register', table, BUDGET);
  for (const witness of witnesses) {
    const named = witnessed(witness).map((at) => places[at] as number);
    const lane = operations.lane(named[0] as number);
    findings.violation('not-linearizable', lane, () => ({
      key: tables.history.keys[keys[witness.object] as number] as string,
      operations: named.map((operation) => operations.invocation[operation] as number),
      detail: witness.why,
      decisions: [],
      from: Math.min(...named.map((operation) => operations.invokedAt(operation))),
      to: Math.max(...named.map((operation) => operations.endedAt(operation))),
      numbers: {},
    }));
  }
  findings.count('not-linearizable', violated - witnesses.length);
  for (const [reason, times] of Object.entries(doubts)) findings.doubt(`${reason}: ${times} keys`);
  const { search = 0, ...fast } = decidedBy;
  return { keysByZones: Object.values(fast).reduce((sum, n) => sum + n, 0), keysBySearch: search };
}

/** Positions in the table of the operations that the proof needs, in order. */
function witnessed(witness: Witness): number[] {
  if (witness.kind === 'contradiction') return witness.operations;
  return [...witness.order.slice(-LAST_STEPS), witness.stuck].sort((a, b) => a - b);
}

/** Of the longest order that fits, the end is what the stuck operation does not fit to. */
const LAST_STEPS = 4;

/** The operations of the keys as a table, an object for each key, and the operation of each of its rows. */
function tableOf(
  { operations, tables: { history } }: Evidence,
  { code }: Steps,
  keys: readonly number[],
): { table: Operations; places: Int32Array } {
  const objectOf = new Int32Array(history.keys.length).fill(NONE);
  keys.forEach((key, object) => void (objectOf[key] = object));
  const counts = (operation: number): boolean =>
    code[operation] !== NOTHING && objectOf[operations.key(operation)] !== NONE;
  const places = operations.invocation.map((_, operation) => operation).filter(counts);
  const column = (of: (operation: number) => number): Int32Array => Int32Array.from(places, of);
  const table: Operations = {
    length: places.length,
    events: history.length,
    process: column((operation) => operations.process(operation)),
    call: column((operation) => operations.invocation[operation] as number),
    ret: column((operation) =>
      operations.succeeded(operation) ? (operations.completion[operation] as number) : NEVER,
    ),
    f: Uint8Array.from(places, (operation) => (operations.f(operation) === F.read ? READ : WRITE)),
    object: column((operation) => objectOf[operations.key(operation)] as number),
    a: column((operation) => code[operation] as number),
    b: new Int32Array(places.length),
    outcome: Uint8Array.from(places, (operation) => (operations.succeeded(operation) ? OK : INDETERMINATE)),
    lists: { starts: new Int32Array(2), elements: new Int32Array(0) },
    values: [],
  };
  return { table, places };
}
