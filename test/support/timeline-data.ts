/**
 * Made-up runs for the timeline's tests: locks that clients take in turn, with pauses that outlast a lease now and then, of any size.
 * It runs in the browser too, so that a million operations need not be carried there.
 */
import type { FaultBand, PageData, ViolationItem } from '../../harness/report/page-data.js';

export interface Wanted {
  readonly lanes: number;
  readonly clients: number;
  /** Holds of each lane; each is an acquire, a read, a write and a release. */
  readonly holds: number;
  /** Every so many holds, the holder is paused for longer than its lease lasts. */
  readonly pauseEvery: number;
  readonly evil?: string;
}

const MS = 1e6;
const SECOND = 1e9;
const TTL = 2 * SECOND;
const F = { acquire: 0, read: 1, write: 2, release: 3 } as const;

interface Op {
  client: number;
  f: number;
  outcome: number;
  start: number;
  end: number;
  token: number;
  value: number;
  error: number;
  decision: number;
}

interface Hold {
  client: number;
  waitFrom: number;
  from: number;
  to: number;
  etcdFrom: number;
  etcdTo: number;
  token: number;
  late: number;
}

export function madeUpRun({ lanes, clients, holds: perLane, pauseEvery, evil = '' }: Wanted): PageData {
  let seed = 12345;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed / 2 ** 32;
  };
  const ops: Op[] = [];
  const holds: Hold[] = [];
  const faults: FaultBand[] = [];
  const stale: { op: Op; lane: number; from: number; fault: FaultBand }[] = [];
  let token = 0;
  for (let lane = 0; lane < lanes; lane++) {
    let t = SECOND * (0.5 + random() * 0.2);
    const free = Array.from({ length: clients }, () => t);
    for (let n = 0; n < perLane; n++) {
      const slot = (n * 7 + Math.floor(random() * clients)) % clients;
      const chosen = free[slot]! <= t ? slot : free.indexOf(Math.min(...free));
      t = Math.max(t, free[chosen]! + MS);
      const client = lane * clients + chosen;
      const isPaused = n % pauseEvery === pauseEvery - 1;
      const mine = (token += 1);
      const add = (f: number, start: number, end: number, more: Partial<Op> = {}): Op => {
        const op = { client, f, outcome: 0, start, end, token: mine, value: -1, error: -1, decision: 0, ...more };
        ops.push(op);
        return op;
      };
      const from = t + (1 + random()) * MS;
      add(F.acquire, free[chosen]!, from);
      const read = add(F.read, from + 0.1 * MS, from + (1 + random() * 2) * MS, { decision: 1 });
      const begun = read.end + 0.2 * MS;
      if (!isPaused) {
        const write = add(F.write, begun, begun + (2 + random() * 6) * MS, { decision: 1, value: n % 5 });
        const to = write.end + random() * 20 * MS;
        add(F.release, to, to + 2 * MS);
        holds.push({ client, waitFrom: free[chosen]!, from, to, etcdFrom: t, etcdTo: to + MS, token: mine, late: 0 });
        free[chosen] = to + 2.2 * MS;
        t = to + 2.5 * MS;
        continue;
      }
      const length = TTL + (0.5 + random() * 2.5) * SECOND;
      const isRefused = n % (pauseEvery * 3) === pauseEvery - 1;
      const end = begun + length;
      const pause: FaultBand = {
        ...{ id: `f${faults.length}`, kind: 'pause', clients: [client], nodes: [], from: begun, to: end, proven: true },
        text: `Client ${client} was paused with SIGSTOP for ${(length / SECOND).toFixed(1)} s${evil}`,
        receipt: `signal: SIGSTOP${evil}\nstates: TTTTTTTTT`,
      };
      faults.push(pause);
      const write = add(F.write, begun, end + 4 * MS, {
        decision: isRefused ? 2 : 3,
        value: n % 5,
        outcome: isRefused ? 1 : 0,
        error: isRefused ? 5 : -1,
      });
      holds.push({
        client,
        waitFrom: free[chosen]!,
        from,
        to: end + 5 * MS,
        etcdFrom: t,
        etcdTo: t + TTL,
        token: mine,
        late: 1,
      });
      if (!isRefused) stale.push({ op: write, lane, from: t + TTL, fault: pause });
      free[chosen] = end + 6 * MS;
      t += TTL + 5 * MS;
    }
    for (let c = 0; c < clients; c++) {
      const client = lane * clients + c;
      ops.push({
        client,
        f: F.acquire,
        outcome: c % 2 === 0 ? 3 : 2,
        start: free[c]!,
        end: -1,
        token: -1,
        value: -1,
        error: 6,
        decision: 0,
      });
    }
  }
  const endNs = ops.reduce((most, { start, end }) => Math.max(most, start, end), 0) + SECOND;
  for (const op of ops) if (op.end < 0) op.end = op.outcome === 3 ? endNs : Math.min(endNs, op.start + 0.4 * SECOND);
  ops.sort((a, b) => a.start - b.start);
  holds.sort((a, b) => a.from - b.from);
  faults.push({
    ...{ id: `f${faults.length}`, kind: 'partition', clients: [], nodes: [0], from: endNs * 0.3, to: endNs * 0.42 },
    ...{ text: 'etcd1 was cut off from the other members', proven: false, receipt: '' },
  });
  faults.sort((a, b) => a.from - b.from);
  const places = new Map(ops.map((op, n) => [op, n]));
  const violations: ViolationItem[] = stale.map(({ op, lane, from, fault }, n) => ({
    ...{ id: `v${n + 1}`, kind: 'late-write', title: 'Stale write accepted', lane, clients: [op.client] },
    sentence: `The storage accepted write ${n} with token ${op.token} after another client had taken the lock${evil}.`,
    ...{ from, to: op.end, fault: faults.indexOf(fault), operations: [places.get(op) ?? 0], hasPicture: false },
  }));
  const strings = [
    '1',
    '2',
    '3',
    '4',
    `five${evil}`,
    `refused: a larger token was seen${evil}`,
    `deadline exceeded${evil}`,
  ];
  const name = (prefix: string, n: number): string => `${prefix}${n}${evil}`;
  return {
    ...{ schemaVersion: 1, name: `made-up${evil}`, endNs, ttlNs: TTL },
    lanes: Array.from({ length: lanes }, (_, n) => ({ key: `lane-${n}`, title: name('lock ', n) })),
    clients: Array.from({ length: lanes * clients }, (_, n) => ({
      lane: Math.floor(n / clients),
      title: name('client ', n),
    })),
    nodes: [
      ...[1, 2, 3].map((n) => ({ name: name('etcd', n), role: 'etcd' as const })),
      { name: name('storage', 1), role: 'storage' },
    ],
    functions: ['acquire', 'read', 'write', 'release'],
    strings: { length: strings.length, at: (place) => strings[place] ?? '' },
    operations: {
      length: ops.length,
      client: Uint16Array.from(ops, (op) => op.client),
      f: Uint8Array.from(ops, (op) => op.f),
      outcome: Uint8Array.from(ops, (op) => op.outcome),
      start: Float64Array.from(ops, (op) => op.start),
      end: Float64Array.from(ops, (op) => op.end),
      process: Int32Array.from(ops, (op) => op.client),
      index: Int32Array.from(ops, (_, n) => 2 * n),
      token: Float64Array.from(ops, (op) => op.token),
      digits: new Int32Array(ops.length).fill(-1),
      value: Int32Array.from(ops, (op) => op.value),
      error: Int32Array.from(ops, (op) => op.error),
      decision: Uint8Array.from(ops, (op) => op.decision),
    },
    holds: {
      length: holds.length,
      client: Uint16Array.from(holds, (hold) => hold.client),
      waitFrom: Float64Array.from(holds, (hold) => hold.waitFrom),
      from: Float64Array.from(holds, (hold) => hold.from),
      to: Float64Array.from(holds, (hold) => hold.to),
      etcdFrom: Float64Array.from(holds, (hold) => hold.etcdFrom),
      etcdTo: Float64Array.from(holds, (hold) => hold.etcdTo),
      token: Float64Array.from(holds, (hold) => hold.token),
      digits: new Int32Array(holds.length).fill(-1),
      late: Uint8Array.from(holds, (hold) => hold.late),
    },
    leaders: [
      { node: 0, from: 0, to: endNs * 0.31 },
      { node: 2, from: endNs * 0.33, to: endNs },
    ],
    faults,
    violations,
    counts: { 'late-write': violations.length },
    kindTitles: { 'late-write': 'Late writes' },
    curves: [],
  };
}
