/**
 * Tiny histories by hand, for tests: entries without index and time, which `history` fills in, and the storage's decisions on
 * them, named by process and operation. Not part of the program.
 */
import type { Decision } from '../../harness/history/decision.js';
import type {
  EventName,
  FaultName,
  FaultRecord,
  HistoryEntry,
  NemesisEntry,
  OperationEntry,
  OperationName,
  RecoveryRecord,
} from '../../harness/history/operation.js';
import type { OwnershipEvent } from '../../harness/history/ownership.js';
import type { RunRecord, RunSettings } from '../../harness/history/run-record.js';

type Unplaced<Entry> = Entry extends unknown ? Omit<Entry, 'index' | 'time'> & { time?: number } : never;
type OperationDraft = Unplaced<OperationEntry>;
export type Draft = OperationDraft | Unplaced<NemesisEntry>;
type Fields = Partial<Pick<OperationEntry, 'lane' | 'key' | 'value' | 'token'>>;

/** Ns from one entry to the next where no time is given: 1 ms. */
export const TICK = 1_000_000;
export const KEY = 'counter-0';

export const invoke = (process: number, f: OperationName, fields: Fields = {}): OperationDraft =>
  entry(process, 'invoke', f, fields);
export const ok = (process: number, f: OperationName, fields: Fields = {}): OperationDraft =>
  entry(process, 'ok', f, fields);
export const fail = (process: number, f: OperationName, error: string): OperationDraft => ({
  ...entry(process, 'fail', f, {}),
  error,
});
export const info = (process: number, f: OperationName, error: string): OperationDraft => ({
  ...entry(process, 'info', f, {}),
  error,
});

/** Both halves of an operation that answered `ok`, with nothing in between. */
export function done(process: number, f: OperationName, fields: Fields = {}): OperationDraft[] {
  return [invoke(process, f, f === 'write' ? fields : {}), ok(process, f, fields)];
}

export const event = (process: number, f: EventName, error?: string): OperationDraft => ({
  process,
  type: 'info',
  f,
  lane: 0,
  ...(error === undefined ? {} : { error }),
});

/** Half of a fault, a pause of that process unless `over` says otherwise; `proven` is about this half. */
export function fault(f: FaultName, process: number, proven = true, over: Partial<FaultRecord> = {}): Draft {
  const receipt = proven ? ({ proven, evidence: { states: 'T' } } as const) : ({ proven, reason: 'not read' } as const);
  const value: FaultRecord = {
    id: `pause-${process}`,
    kind: 'pause',
    trigger: 'before-write',
    targets: [`client ${process}`],
    processes: [process],
    nodes: ['clients1'],
    options: {},
    durationMs: 5000,
    receipt,
    ...over,
  };
  return { process: 'nemesis', type: 'info', f, lane: 0, value };
}

/** What became of the system after the final heal; all is well unless `over` says otherwise. */
export function recovered(over: Partial<RecoveryRecord> = {}): Draft {
  const value = { withinMs: 30_000, tookMs: 1200, lanesNotLocked: [], cluster: [], ...over };
  return { process: 'nemesis', type: 'info', f: 'recovery', lane: -1, value };
}

function entry(process: number, type: OperationEntry['type'], f: OperationName, fields: Fields): OperationDraft {
  const key = f === 'read' || f === 'write' ? KEY : 'lane-0';
  return { process, type, f, lane: 0, key, ...fields };
}

/** Numbers the entries; each is 1 ms after the one before unless it says its time (in ns). */
export function history(...drafts: readonly (Draft | readonly Draft[])[]): HistoryEntry[] {
  let time = 0;
  return drafts.flat().map((draft, index) => {
    time = draft.time ?? time + TICK;
    return { ...draft, index, time } as HistoryEntry;
  });
}

/** Index of the n-th invocation (from 0) of `f` by the process. */
export function at(entries: readonly HistoryEntry[], process: number, f: OperationName, nth = 0): number {
  const found = entries.filter((e) => e.process === process && e.type === 'invoke' && e.f === f)[nth];
  if (found === undefined) throw new Error(`process ${process} invokes no ${f} number ${nth}`);
  return found.index;
}

export type Decided = readonly [process: number, f: 'read' | 'write', nth?: number, over?: Partial<Decision>];

/** The storage's log, in the order given; token, key and value are those of the history unless said otherwise. */
export function decisions(entries: readonly HistoryEntry[], ...decided: readonly Decided[]): Decision[] {
  return decided.map(([process, f, nth = 0, over = {}], before) => {
    const op = at(entries, process, f, nth);
    const invocation = entries[op] as OperationEntry;
    const mine = entries.filter((e): e is OperationEntry => e.process === process);
    const completion = mine.find((e) => e.index > op);
    const token = mine.findLast((e) => e.index < op && e.f === 'acquire' && e.type === 'ok')?.token ?? '0';
    const value = f === 'write' ? invocation.value : completion?.value;
    const key = invocation.key ?? '';
    return { seq: before + 1, op, process, f, key, token, value, verdict: 'accepted', highest: token, ...over };
  });
}

/** The log of a storage that decided every answered read and write in the order of the answers. */
export function logOf(entries: readonly HistoryEntry[]): Decision[] {
  const invoked = new Map<string, number>();
  const decided: Decided[] = [];
  for (const { process, f, type, ...rest } of entries) {
    if (process === 'nemesis' || (f !== 'read' && f !== 'write')) continue;
    const name = `${process} ${f}`;
    const nth = invoked.get(name) ?? -1;
    if (type === 'invoke') invoked.set(name, nth + 1);
    else if (type === 'ok') decided.push([process, f, nth]);
    else if ('error' in rest && rest.error === 'fenced') decided.push([process, f, nth, { verdict: 'refused' }]);
  }
  return decisions(entries, ...decided);
}

/** `acquire, read v, write v + 1, release`, each answered at once; v null is the value that nobody wrote. */
export function increment(process: number, token: string, v: number | null): OperationDraft[] {
  return [
    ...done(process, 'acquire', { token }),
    ...done(process, 'read', { value: v }),
    ...done(process, 'write', { value: (v ?? 0) + 1 }),
    ...done(process, 'release'),
  ];
}

/** What one member's watch tells of a lock key, which is deleted at the next revision; times in ns. */
export function keyLife(token: string, put: number, deleted?: number, lane = 0): OwnershipEvent[] {
  const base = {
    member: 'etcd1',
    revision: token,
    key: `lane-${lane}/${token}`,
    lane,
    createRevision: token,
    lease: 'ff',
  };
  const events: OwnershipEvent[] = [{ ...base, time: put, type: 'put' }];
  const revision = String(BigInt(token) + 1n);
  if (deleted !== undefined) events.push({ ...base, revision, time: deleted, type: 'delete' });
  return events;
}

export const SETTINGS: RunSettings = {
  recipe: 'mutex',
  storage: 'http',
  workload: 'counter',
  fencing: 'off',
  onLoss: 'ignore',
  lanes: 1,
  clients: 3,
  ttlMs: 2000,
  plannedFaults: 0,
  timeMs: 1000,
};

export function record(
  entries: HistoryEntry[],
  parts: Partial<Omit<RunRecord, 'settings'>> & { settings?: Partial<RunSettings> } = {},
): RunRecord {
  const { settings, ...logs } = parts;
  return {
    decisions: [],
    ownership: [],
    end: { kind: 'completed' },
    ...logs,
    history: entries,
    settings: { ...SETTINGS, ...settings },
  };
}
