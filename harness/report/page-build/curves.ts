/** The curves of a run: how much was done and how fast, how often locks changed hands, what etcd grew to, where clocks stood. */
import type { Evidence } from '../../../checkers/evidence.js';
import { forEachHandOver } from '../../../checkers/hand-overs.js';
import type { EtcdSample } from '../../history/etcd-sample.js';
import type { Fault } from '../../history/pairing.js';
import { F } from '../../history/tables.js';
import { type Curve, type OperationColumns, OUTCOME } from '../page-data.js';
import { BUCKETS, type Buckets, bucketsOf } from './buckets.js';
import { clockCurves } from './clock-curves.js';

const NS_PER_MS = 1e6;

/** Curves that would be empty are left out. O(operations log operations). */
export function curvesOf(
  evidence: Evidence,
  operations: OperationColumns,
  faults: readonly Fault[],
  endNs: number,
): Curve[] {
  const buckets = bucketsOf(endNs);
  const { samples = [] } = evidence.tables;
  return [
    ...rates(operations, buckets),
    ...latencies('Latency of reads, writes and releases', operations, buckets, (f) => STEPS.has(f)),
    ...latencies('Waiting for the lock', operations, buckets, (f) => f === F.acquire),
    ...handOvers(evidence, buckets),
    ...sizes('Raft index', '', samples, ({ raftIndex }) => raftIndex),
    ...sizes('Database size', 'MB', samples, ({ dbBytes }) => dbBytes / 1e6),
    ...clockCurves(faults, endNs),
  ];
}

const STEPS: ReadonlySet<number> = new Set([F.read, F.write, F.release, F.check, F['keep-alive']]);

function rates({ length, outcome, end }: OperationColumns, buckets: Buckets): Curve[] {
  return (['ok', 'fail', 'info'] as const).flatMap((name) => {
    const rows = selected(length, (row) => outcome[row] === OUTCOME[name]);
    if (rows.length === 0) return [];
    const y = buckets.rate(Float64Array.from(rows, (row) => end[row] as number));
    return [
      { chart: 'Operations', unit: '1/s', name: name === 'info' ? 'unknown' : name, x: buckets.x, y, log: false },
    ];
  });
}

/** Of what was answered with `ok`, at the time of the answer. */
function latencies(
  chart: string,
  { length, f, outcome, start, end }: OperationColumns,
  buckets: Buckets,
  counts: (f: number) => boolean,
): Curve[] {
  const rows = selected(length, (row) => outcome[row] === OUTCOME.ok && counts(f[row] as number));
  if (rows.length === 0) return [];
  const took = Float64Array.from(rows, (row) => ((end[row] as number) - (start[row] as number)) / NS_PER_MS);
  const times = Float64Array.from(rows, (row) => end[row] as number);
  const columns = buckets.quantiles(times, took, [0.5, 0.99, 1]);
  return ['p50', 'p99', 'max'].map((name, n) => ({
    chart,
    unit: 'ms',
    name,
    x: buckets.x,
    y: (columns[n] ?? new Float64Array(BUCKETS)).map((ms) => Number(ms.toPrecision(4))),
    log: true,
  }));
}

function handOvers(evidence: Evidence, buckets: Buckets): Curve[] {
  const times: number[] = [];
  forEachHandOver(evidence, (_, to) => times.push(evidence.holds.grantedAt(to)));
  if (times.length === 0) return [];
  const y = buckets.rate(Float64Array.from(times));
  return [{ chart: 'Hand-overs of locks', unit: '1/s', name: 'hand-overs', x: buckets.x, y, log: false }];
}

/** One curve for each member; of many samples some are left out. */
function sizes(
  chart: string,
  unit: string,
  samples: readonly EtcdSample[],
  sizeOf: (sample: EtcdSample) => number,
): Curve[] {
  const byMember = new Map<string, EtcdSample[]>();
  for (const sample of samples) {
    const known = byMember.get(sample.member);
    if (known === undefined) byMember.set(sample.member, [sample]);
    else known.push(sample);
  }
  const byNumber = new Intl.Collator('en', { numeric: true });
  return [...byMember]
    .sort(([a], [b]) => byNumber.compare(a, b))
    .map(([name, all]) => {
      const step = Math.ceil(all.length / BUCKETS);
      const kept = all.filter((_, at) => at % step === 0 || at === all.length - 1).sort((a, b) => a.time - b.time);
      return {
        chart,
        unit,
        name,
        x: Float64Array.from(kept, ({ time }) => time),
        y: Float64Array.from(kept, sizeOf),
        log: false,
      };
    });
}

function selected(length: number, isOne: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) if (isOne(row)) rows[count++] = row;
  return rows.subarray(0, count);
}
