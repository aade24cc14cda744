/**
 * A hand-made run in which everything goes wrong, scene by scene, with what checkers make of each: for tests of how every kind
 * of violation is told. Violations are written down here and not found, so that a test of the report is a test of nothing else.
 */
import type { Judgement, Violation, ViolationKind, WitnessSection } from '../../../checkers/verdict.js';
import type { RunRecord } from '../../history/run-record.js';
import { KINDS } from '../kinds.js';
import { recordBuilder, SETTINGS } from './records.js';

const MS = 1e6;

export interface EveryKind {
  record: RunRecord;
  violations: Violation[];
}

/** Of each kind that rests on the storage, the history or the watch one violation; `not-recovered` is the recovery entry's. */
export function everyKind(node = 'clients1', key = 'counter-0'): EveryKind {
  const run = recordBuilder({ ...SETTINGS, plannedFaults: 0, workload: 'register' }, node);
  const { record, invoke, ok, fail, decide, own } = run;
  const violations: Violation[] = [];
  const found = (kind: ViolationKind, ms: [number, number], more: Partial<Violation>): void => {
    violations.push({ kind, lane: 0, decisions: [], numbers: {}, from: ms[0] * MS, to: ms[1] * MS, ...more });
  };
  const use = (
    process: number,
    f: 'read' | 'write',
    token: string,
    ms: number,
    value: unknown,
    highest = token,
    verdict: 'accepted' | 'refused' = 'accepted',
  ): { op: number; seq: number } => {
    const op = invoke(process, f, ms, { key, token, ...(f === 'write' ? { value } : {}) });
    const seq = decide({ op, process, f, key, token, value, verdict, highest });
    if (verdict === 'accepted') ok(process, f, ms + 3, { key, token, ...(f === 'read' ? { value } : {}) });
    else fail(process, f, ms + 3, 'fenced');
    return { op, seq };
  };
  const section = (process: number, token: string, acquire: number, operations: number[] = []): WitnessSection => ({
    process,
    token,
    acquire,
    operations,
  });
  const lock = { key: 'lock' };

  // A lease that etcd had promised until 2500 ms is gone at 1300 ms.
  const promised = invoke(1, 'open', 0);
  ok(1, 'open', 5, { value: { ttlMs: 2000, lease: '21a' } });
  const acquire1 = invoke(1, 'acquire', 10, lock);
  own('put', 12, '21', '21');
  ok(1, 'acquire', 15, { ...lock, token: '21' });
  const acquire2 = invoke(2, 'acquire', 100, lock);
  own('put', 104, '22', '22');
  const renewal = invoke(1, 'keep-alive', 500);
  ok(1, 'keep-alive', 503, { value: { ttlMs: 2000, lease: '21a' } });
  const gone = record.ownership.length;
  own('delete', 1300, '21', '24');
  ok(2, 'acquire', 1303, { ...lock, token: '22' });
  const late = use(1, 'write', '21', 1400, 1);
  run.lost(1, 1600, 'lease not found');
  invoke(1, 'release', 1610, lock);
  ok(1, 'release', 1612, lock);
  found('premature-expiry', [0, 2500], {
    first: section(1, '21', acquire1, [late.op]),
    second: section(2, '22', acquire2),
    operations: [promised, renewal],
    events: [gone],
    detail: 'the lock was given to another at least 1200 ms before the end of what etcd had promised',
    numbers: { earlyNs: 1200 * MS },
  });
  // The same, sent before the new holder had used the storage.
  found('late-write', [15, 1403], {
    key,
    first: section(1, '21', acquire1, [late.op]),
    second: section(2, '22', acquire2),
    decisions: [late.seq],
    numbers: { lateNs: 97 * MS },
  });
  invoke(2, 'release', 1700, lock);
  own('delete', 1702, '22', '26');
  ok(2, 'release', 1704, lock);

  // The key of process 3 is gone while it queues, and it is told that it has the lock.
  const acquire3 = invoke(3, 'acquire', 2000, lock);
  own('put', 2004, '30', '30');
  const deleted3 = record.ownership.length;
  own('delete', 4100, '30', '33');
  ok(3, 'acquire', 4400, { ...lock, token: '30' });
  use(3, 'read', '30', 4410, 1);
  invoke(3, 'release', 4500, lock);
  ok(3, 'release', 4504, { ...lock, value: { deleted: false } });
  found('never-owned', [2000, 4400], {
    first: section(3, '30', acquire3),
    events: [deleted3],
    detail: 'its key was deleted at revision 33, while the older one of revision 28 was still there',
  });

  // One key, two clients; and a token that falls.
  const acquire4 = invoke(4, 'acquire', 5000, lock);
  own('put', 5003, '40', '40');
  ok(4, 'acquire', 5006, { ...lock, token: '40' });
  const acquire5 = invoke(5, 'acquire', 5100, lock);
  ok(5, 'acquire', 5110, { ...lock, token: '40' });
  const both = { first: section(4, '40', acquire4), second: section(5, '40', acquire5) };
  found('shared-revision', [5000, 5110], { ...both, detail: 'both were told that they own revision 40' });
  found('token-reused', [5000, 5110], both);
  invoke(4, 'release', 5200, lock);
  ok(4, 'release', 5203, lock);
  own('delete', 5204, '40', '41');
  invoke(5, 'release', 5210, lock);
  ok(5, 'release', 5213, lock);
  const acquire6 = invoke(6, 'acquire', 5300, lock);
  ok(6, 'acquire', 5305, { ...lock, token: '39' });
  found('token-order', [5000, 5305], {
    first: section(4, '40', acquire4, [acquire4]),
    second: section(6, '39', acquire6, [acquire6]),
  });
  invoke(6, 'release', 5400, lock);
  ok(6, 'release', 5404, lock);

  // A read of a client whose lock had passed on; the new holder is slow to begin.
  const acquire7 = invoke(7, 'acquire', 6000, lock);
  own('put', 6004, '50', '50');
  ok(7, 'acquire', 6010, { ...lock, token: '50' });
  const acquire8 = invoke(8, 'acquire', 6020, lock);
  own('put', 6024, '52', '52');
  own('delete', 8030, '50', '54');
  ok(8, 'acquire', 8040, { ...lock, token: '52' });
  const stale = use(7, 'read', '50', 9200, 1);
  const first8 = use(8, 'write', '52', 9300, 2);
  invoke(7, 'release', 9320, lock);
  ok(7, 'release', 9330, lock);
  found('stale-read', [6010, 9203], {
    key,
    first: section(7, '50', acquire7, [stale.op]),
    second: section(8, '52', acquire8, [first8.op]),
    decisions: [stale.seq],
    numbers: { lateNs: 1160 * MS },
  });
  invoke(8, 'release', 9400, lock);
  own('delete', 9402, '52', '57');
  ok(8, 'release', 9404, { ...lock, value: { deleted: true } });

  // A write that is carried out twice, and a value that follows from nothing.
  const acquire9 = invoke(9, 'acquire', 10_000, lock);
  own('put', 10_004, '60', '60');
  ok(9, 'acquire', 10_010, { ...lock, token: '60' });
  const twice = use(9, 'write', '60', 10_020, 3);
  const again = decide({
    ...{ op: twice.op, process: 9, f: 'write', key, token: '60', value: 3 },
    ...{ verdict: 'accepted', highest: '60' },
  });
  const wrong = use(9, 'read', '60', 10_040, 7);
  invoke(9, 'release', 10_060, lock);
  own('delete', 10_064, '60', '61');
  ok(9, 'release', 10_066, { ...lock, value: { deleted: true } });
  found('replayed-write', [10_010, 10_023], {
    key,
    first: section(9, '60', acquire9, [twice.op]),
    decisions: [twice.seq, again],
  });
  found('wrong-value', [10_020, 10_043], {
    key,
    operations: [twice.op, wrong.op],
    decisions: [twice.seq, wrong.seq],
    detail: 'it was read as 7, which nobody wrote',
  });

  // A holder that is refused although it has the lock.
  const acquire10 = invoke(10, 'acquire', 11_000, lock);
  own('put', 11_004, '70', '70');
  ok(10, 'acquire', 11_010, { ...lock, token: '70' });
  const refused = use(10, 'write', '70', 11_020, 4, '75', 'refused');
  const release10 = invoke(10, 'release', 11_100, lock);
  own('delete', 11_104, '70', '71');
  ok(10, 'release', 11_106, { ...lock, value: { deleted: true } });
  found('refused-owner', [11_010, 11_106], {
    first: section(10, '70', acquire10, [refused.op, release10]),
    decisions: [refused.seq],
  });

  // Three clients on a register, of whom the last reads what had been overwritten.
  const other = { key: `${key}-register` };
  const write1 = invoke(20, 'write', 12_000, { ...other, value: 'a' });
  ok(20, 'write', 12_003, other);
  const write2 = invoke(21, 'write', 12_004, { ...other, value: 'b' });
  const write3 = invoke(20, 'write', 12_005, { ...other, value: 'c' });
  ok(21, 'write', 12_008, other);
  const read = invoke(22, 'read', 12_009, other);
  ok(22, 'read', 12_012, { ...other, value: 'a' });
  found('not-linearizable', [12_000, 12_012], {
    ...other,
    operations: [write1, write2, write3, read],
    detail:
      'all reads of "a" would have to come before the write of "b", and one was asked for after it had been answered',
  });

  // A lock that nobody gets any more, and a client that others pass by.
  const acquire11 = invoke(11, 'acquire', 13_000, lock);
  own('put', 13_004, '80', '80');
  ok(11, 'acquire', 13_010, { ...lock, token: '80' });
  invoke(11, 'release', 13_050, lock);
  own('delete', 13_054, '80', '81');
  ok(11, 'release', 13_056, lock);
  const waits = [12, 13, 14].map((process, n) => invoke(process, 'acquire', 13_060 + n, lock));
  run.recovery(29_000, { withinMs: 40_000, tookMs: 1340, lanesNotLocked: [], cluster: [] });
  found('never-free', [13_056, 29_000], {
    operations: [acquire11, ...waits],
    detail: '3 acquires waited in vain after the last hold had ended',
    numbers: { waitedNs: 15_940 * MS, grants: 0 },
  });
  found('starved-waiter', [13_061, 29_000], {
    operations: waits.slice(1, 2),
    numbers: { waitedNs: 15_939 * MS, grants: 96 },
  });
  found('watch-anomaly', [12, 1300], {
    events: [0, gone, gone + 1],
    detail: 'a change of revision 23 is missing from the watch on etcd2, which went on to revision 24',
  });
  return { record, violations };
}

/** What comes of it: every part violated, and figures of leases that ran out beside those that ended too early. */
export function judgementOfEveryKind({ violations }: EveryKind): Judgement {
  const results = [...new Set(violations.map(({ kind }) => kind))].map((kind) => ({
    checker: KINDS.find((text) => text.kind === kind)?.part ?? 'data',
    outcome: 'violated' as const,
    violations: violations.filter((violation) => violation.kind === kind),
    counts: { [kind]: 1 },
    doubts: [],
    figures: kind === 'premature-expiry' ? { expiredHolds: 12, prematureHolds: 1, undecidedHolds: 2 } : {},
  }));
  return {
    ...{ data: 'violated', exclusion: 'violated', assumptions: 'clean' },
    ...{ service: 'violated', liveness: 'violated', recovery: 'clean', results },
  };
}
