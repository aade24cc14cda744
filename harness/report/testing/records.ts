/**
 * Hand-made runs for the report's tests: a late writer as it happens with fencing off, and the same one refused with
 * fencing on, with every string that comes from the system under test for the test to choose.
 */
import type { Judgement, Violation } from '../../../checkers/verdict.js';
import type { Decision, Fencing } from '../../history/decision.js';
import type {
  FaultEntry,
  FaultRecord,
  HistoryEntry,
  OperationEntry,
  OperationName,
  RecoveryRecord,
} from '../../history/operation.js';
import type { OwnershipEvent } from '../../history/ownership.js';
import type { RunRecord, RunSettings } from '../../history/run-record.js';
import type { ReportMeta } from '../verdict-json.js';

const MS = 1e6;

/** Strings of the system under test. */
export interface Strings {
  key: string;
  node: string;
  /** Values: what is counted is put behind it. */
  value: (n: number) => unknown;
  reason: string;
  loss: string;
  state: string;
}

export const PLAIN: Strings = {
  key: 'counter-0',
  node: 'clients1',
  value: (n) => n,
  reason: 'token 33 is smaller than 35, the highest seen',
  loss: 'lease not found',
  state: 'TTTTTTTTTTT',
};

export const SETTINGS: RunSettings = {
  recipe: 'mutex',
  storage: 'http',
  workload: 'counter',
  fencing: 'off',
  onLoss: 'ignore',
  lanes: 8,
  clients: 4,
  ttlMs: 2000,
  plannedFaults: 1,
  timeMs: 30_000,
};

/** A record that is written in the order of time; times in ms since the run began. */
export function recordBuilder(settings: RunSettings, node: string) {
  const record: RunRecord = { settings, history: [], decisions: [], ownership: [], end: { kind: 'completed' } };
  const add = (entry: Record<string, unknown>): number => {
    const index = record.history.length;
    record.history.push({ index, lane: 0, ...entry } as unknown as HistoryEntry);
    return index;
  };
  const operation = (
    process: number,
    f: OperationName | 'lost',
    type: string,
    ms: number,
    more: Partial<OperationEntry>,
  ): number => add({ time: Math.round(ms * MS), process, type, f, node, ...more });
  return {
    record,
    invoke: (process: number, f: OperationName, ms: number, more: Partial<OperationEntry> = {}) =>
      operation(process, f, 'invoke', ms, more),
    ok: (process: number, f: OperationName, ms: number, more: Partial<OperationEntry> = {}) =>
      operation(process, f, 'ok', ms, more),
    fail: (process: number, f: OperationName, ms: number, error: string) =>
      operation(process, f, 'fail', ms, { error }),
    lost: (process: number, ms: number, value: unknown) => operation(process, 'lost', 'info', ms, { value }),
    fault: (f: 'inject' | 'heal', ms: number, value: FaultRecord) =>
      add({ time: Math.round(ms * MS), process: 'nemesis', type: 'info', f, value }),
    recovery: (ms: number, value: RecoveryRecord) =>
      add({ time: Math.round(ms * MS), process: 'nemesis', lane: -1, type: 'info', f: 'recovery', value }),
    decide(decision: Omit<Decision, 'seq'>): number {
      const seq = record.decisions.length + 1;
      record.decisions.push({ seq, ...decision });
      return seq;
    },
    own: (type: OwnershipEvent['type'], ms: number, createRevision: string, revision: string): void => {
      for (const member of ['etcd1', 'etcd2', 'etcd3']) {
        const key = `leasebreaker/test/lane-0/${createRevision}a`;
        record.ownership.push({
          time: Math.round(ms * MS) + record.ownership.length,
          member,
          revision,
          type,
          key,
          lane: 0,
          createRevision,
          lease: `${createRevision}a`,
        });
      }
    },
  };
}

/** Indexes and positions of a late writer's story, to build violations from. */
export interface LateWriter {
  record: RunRecord;
  first: NonNullable<Violation['first']>;
  second: NonNullable<Violation['second']>;
  fault: number;
  /** Decisions on the second client's write and on the late one. */
  decisions: [number, number];
}

/**
 * Process 5 is paused between its read and its write; its lease runs out; process 9 holds the lock and is done; process 5
 * goes on and writes. With fencing off it is accepted.
 */
export function lateWriter(fencing: Fencing, strings: Strings = PLAIN): LateWriter {
  const { key, node, value, reason, loss, state } = strings;
  const accepted = fencing === 'off';
  const run = recordBuilder({ ...SETTINGS, fencing }, node);
  const { invoke, ok, fail, decide, own, fault } = run;
  const pause = (evidence: Record<string, unknown>): FaultRecord => ({
    id: 'lane-0/pause-0',
    kind: 'pause',
    trigger: 'before-write',
    targets: ['client 5'],
    processes: [5],
    nodes: [node],
    options: {},
    durationMs: 4610,
    receipt: { proven: true, evidence },
  });

  const acquire1 = invoke(5, 'acquire', 1000, { key: 'lock' });
  own('put', 1003, '33', '33');
  ok(5, 'acquire', 1012, { token: '33', key: 'lock' });
  const read1 = invoke(5, 'read', 1013, { key, token: '33' });
  decide({ op: read1, process: 5, f: 'read', key, token: '33', value: value(6), verdict: 'accepted', highest: '33' });
  ok(5, 'read', 1016, { key, value: value(6), token: '33' });
  const inject = fault('inject', 1026, pause({ signal: 'SIGSTOP', pid: 117, states: state, tookMs: 1.4 }));
  const acquire2 = invoke(9, 'acquire', 1050, { key: 'lock' });
  own('put', 1055, '35', '35');
  // The watch tells of the end of the lease a little after the next owner knows.
  ok(9, 'acquire', 3402, { token: '35', key: 'lock' });
  own('delete', 3404, '33', '37');
  const read2 = invoke(9, 'read', 3403, { key, token: '35' });
  decide({ op: read2, process: 9, f: 'read', key, token: '35', value: value(6), verdict: 'accepted', highest: '35' });
  ok(9, 'read', 3406, { key, value: value(6), token: '35' });
  const write2 = invoke(9, 'write', 3420, { key, value: value(7), token: '35' });
  const good = decide({
    op: write2,
    process: 9,
    f: 'write',
    key,
    token: '35',
    value: value(7),
    verdict: 'accepted',
    highest: '35',
  });
  ok(9, 'write', 3424, { key, token: '35' });
  invoke(9, 'release', 3425, { key: 'lock' });
  own('delete', 3428, '35', '38');
  ok(9, 'release', 3431, { key: 'lock' });
  const write1 = invoke(5, 'write', 5634, { key, value: value(7), token: '33' });
  const verdict = accepted ? { verdict: 'accepted' as const } : { verdict: 'refused' as const, reason };
  const late = decide({
    op: write1,
    process: 5,
    f: 'write',
    key,
    token: '33',
    value: value(7),
    highest: '35',
    ...verdict,
  });
  fault('heal', 5637, pause({ signal: 'SIGCONT', pid: 117, states: 'SSSSSSSSSSS', tookMs: 0.9 }));
  if (accepted) ok(5, 'write', 5639, { key, token: '33' });
  else fail(5, 'write', 5639, 'fenced');
  run.lost(5, 5641, loss);
  invoke(5, 'release', 5650, { key: 'lock' });
  ok(5, 'release', 5660, { key: 'lock' });

  run.recovery(7000, { withinMs: 40_000, tookMs: 1340, lanesNotLocked: [], cluster: [] });

  return {
    record: run.record,
    first: { process: 5, token: '33', acquire: acquire1, operations: [read1, write1] },
    second: { process: 9, token: '35', acquire: acquire2, operations: [read2, write2] },
    fault: inject,
    decisions: [good, late],
  };
}

/** A fault for `withFaults`, from when to when in ms; what is left out is that of a pause of process 5. */
export interface FaultSketch extends Partial<FaultRecord> {
  at: number;
  /** Missing: never healed. */
  until?: number;
}

/** The same story with other faults than its pause, if `isPaused` does not say that this stays; the last one explains it. */
export function withFaults(writer: LateWriter, faults: readonly FaultSketch[], isPaused = false): LateWriter {
  const { record } = writer;
  const kept = record.history.filter(({ f }) => isPaused || (f !== 'inject' && f !== 'heal'));
  const added = faults.flatMap(({ at, until, ...over }, n) => {
    const value = { ...PAUSE, id: `fault-${n}`, ...over };
    const half = (f: 'inject' | 'heal', ms: number) =>
      ({ index: -1 - n, time: ms * MS, lane: -1, process: 'nemesis', type: 'info', f, value }) as FaultEntry;
    return until === undefined ? [half('inject', at)] : [half('inject', at), half('heal', until)];
  });
  const ordered = [...kept, ...added].sort((a, b) => a.time - b.time);
  const places = new Map(ordered.map(({ index }, place) => [index, place]));
  const moved = (index: number): number => places.get(index) ?? index;
  const section = ({ acquire, operations, ...rest }: LateWriter['first']): LateWriter['first'] => ({
    ...rest,
    acquire: moved(acquire),
    operations: operations.map(moved),
  });
  const cause = ordered.findIndex(({ f, index }) => f === 'inject' && index === -faults.length);
  return {
    ...writer,
    record: {
      ...record,
      history: ordered.map((entry, index) => ({ ...entry, index })),
      decisions: record.decisions.map((decision) => ({ ...decision, op: moved(decision.op) })),
    },
    first: section(writer.first),
    second: section(writer.second),
    fault: cause < 0 ? moved(writer.fault) : cause,
  };
}

const PAUSE: FaultRecord = {
  id: 'pause',
  kind: 'pause',
  trigger: 'time',
  targets: ['client 5'],
  processes: [5],
  nodes: ['clients1'],
  options: {},
  durationMs: 4000,
  receipt: { proven: true, evidence: { pid: 117 } },
};

/** What checkers make of a late writer: with fencing off a stale write and a lost update, always an overlap. */
export function judgementOf({ first, second, fault, decisions, record }: LateWriter): Judgement {
  const { key } = record.history[first.operations[0] ?? 0] as OperationEntry;
  const about = { lane: 0, first, second, fault, from: 1012 * MS, to: 5639 * MS };
  const data = { ...about, ...(key === undefined ? {} : { key }), decisions };
  const stale: Violation = { kind: 'stale-write', ...data, numbers: { lateNs: 2232 * MS } };
  const lost: Violation = {
    kind: 'lost-update',
    ...data,
    numbers: { lostSeq: decisions[0], undoneBySeq: decisions[1] },
  };
  const overlap: Violation = { kind: 'overlapping-sections', ...about, decisions: [], numbers: { overlapNs: 23 * MS } };
  const off = record.settings.fencing === 'off';
  return {
    data: off ? 'violated' : 'clean',
    exclusion: 'violated',
    assumptions: 'clean',
    service: 'clean',
    liveness: 'clean',
    recovery: 'clean',
    results: [
      {
        checker: 'assumptions',
        outcome: 'clean',
        violations: [],
        counts: {},
        doubts: [],
        figures: { handOversPerMinute: 412.5 },
      },
      {
        checker: 'overlap',
        outcome: 'violated',
        violations: [overlap],
        counts: { 'overlapping-sections': 33 },
        doubts: [],
        figures: { longestOverlapMs: 23 },
      },
      {
        checker: 'stale-writes',
        outcome: off ? 'violated' : 'clean',
        violations: off ? [stale] : [],
        counts: off ? { 'stale-write': 37 } : {},
        doubts: [],
        figures: { acceptedDecisions: 4 },
      },
      {
        checker: 'lost-updates',
        outcome: off ? 'violated' : 'clean',
        violations: off ? [lost] : [],
        counts: off ? { 'lost-update': 12 } : {},
        doubts: [],
        figures: {},
      },
    ],
  };
}

export function metaOf(fencing: Fencing): ReportMeta {
  return {
    name: `mutex-http-fencing-${fencing}`,
    date: '2026-01-31T12:00:00.000Z',
    seed: 1,
    command: `npx leasebreaker run --fencing ${fencing} --seed 1 --time 30`,
    versions: { leasebreaker: '0.1.0', node: '20.20.2', etcd: '3.5.16', docker: '20.10.24' },
    environment: { os: 'Debian GNU/Linux 12', kernel: '6.1.0', cpus: '2' },
    expectation: {
      data: fencing === 'off' ? 'violated' : 'clean',
      exclusion: 'violated',
      service: 'clean',
      met: true,
      unmet: [],
    },
    exitCode: 0,
  };
}
