import { describe, expect, it } from 'vitest';
import { judge } from '../../../checkers/judge.js';
import { CHECKERS } from '../../../checkers/registry.js';
import { simulate } from '../../../checkers/testing/model.js';
import type { Decision } from '../../history/decision.js';
import type { EtcdSample } from '../../history/etcd-sample.js';
import type { FaultRecord } from '../../history/operation.js';
import type { RunRecord } from '../../history/run-record.js';
import { tablesOf } from '../../history/table-builders.js';
import { pageModel } from '../model.js';
import { DECISION, OUTCOME, type PageData, tokenAt } from '../page-data.js';
import { indexRecord } from '../record-index.js';
import { type FaultSketch, judgementOf, lateWriter, metaOf, withFaults } from '../testing/records.js';
import { pageData } from './page-build.js';

const MS = 1e6;

function dataOf(record: RunRecord, judgement = judge(tablesOf(record), CHECKERS), samples?: EtcdSample[]): PageData {
  const tables = { ...tablesOf(record), ...(samples === undefined ? {} : { samples }) };
  const report = { record: tables, judgement, meta: metaOf('off') };
  const index = indexRecord(tables);
  return pageData(report, index, pageModel(report, index));
}

function lateData(fencing: 'off' | 'on' = 'off', samples?: EtcdSample[]): PageData {
  const writer = lateWriter(fencing);
  return dataOf(writer.record, judgementOf(writer), samples);
}

/** What a row of operations says, in words. */
function told({ operations, functions, strings, clients }: PageData, row: number) {
  const { client, f, outcome, start, end, value, decision } = operations;
  return {
    client: clients[client[row] ?? -1]?.title,
    f: functions[f[row] ?? -1],
    outcome: outcome[row],
    ms: [start[row], end[row]].map((ns) => (ns ?? 0) / MS),
    token: tokenAt(strings, operations, row),
    value: strings.at(value[row] ?? -1),
    decision: decision[row],
  };
}

describe('pageData', () => {
  it('has every operation with what the storage decided on it, and knows the one that came too late', () => {
    const data = lateData();
    expect(data.operations.length).toBe(8);
    const rows = Array.from({ length: 8 }, (_, row) => told(data, row));
    expect(rows.map(({ f }) => f)).toEqual([
      ...['acquire', 'read', 'acquire', 'read'],
      ...['write', 'release', 'write', 'release'],
    ]);
    expect(rows[1]).toEqual({
      ...{ client: 'client 5', f: 'read', outcome: OUTCOME.ok, ms: [1013, 1016], token: '33', value: '6' },
      decision: DECISION.accepted,
    });
    expect(rows[6]).toEqual({
      ...{ client: 'client 5', f: 'write', outcome: OUTCOME.ok, ms: [5634, 5639], token: '33', value: '7' },
      decision: DECISION.stale,
    });
    expect([rows[0]?.decision, rows[4]?.decision]).toEqual([DECISION.none, DECISION.accepted]);
    expect(told(lateData('on'), 6)).toMatchObject({ outcome: OUTCOME.fail, decision: DECISION.refused });
  });

  it('has each hold as its client believed it and as etcd had it, and says where they part', () => {
    const { holds, clients } = lateData();
    const rows = Array.from(holds.client, (client, row) => ({
      client: clients[client]?.title,
      ms: [holds.waitFrom, holds.from, holds.to, holds.etcdFrom, holds.etcdTo].map((at) =>
        Math.round((at[row] ?? 0) / MS),
      ),
      token: holds.token[row],
      late: holds.late[row],
    }));
    expect(rows).toEqual([
      { client: 'client 5', ms: [1000, 1012, 5641, 1003, 3404], token: 33, late: 1 },
      { client: 'client 9', ms: [1050, 3402, 3425, 3404, 3428], token: 35, late: 0 },
    ]);
  });

  it('does not say that etcd ended a hold of whose end nobody told', () => {
    const { record } = lateWriter('off');
    const ownership = record.ownership.filter(({ revision }) => revision !== '38');
    const { holds } = dataOf({ ...record, ownership });
    expect(Array.from(holds.etcdTo, (to) => (to < 0 ? to : Math.round(to / MS)))).toEqual([3404, -1]);
  });

  it('has the pause over the row of its client, with both receipts, and violations that name it', () => {
    const { faults, violations, clients, counts } = lateData();
    const [pause] = faults;
    expect(faults).toHaveLength(1);
    expect(pause).toMatchObject({ kind: 'pause', from: 1026 * MS, to: 5637 * MS, proven: true, nodes: [] });
    expect(pause?.clients.map((place) => clients[place]?.title)).toEqual(['client 5']);
    expect(pause?.text).toContain("Client 5's process is stopped");
    expect(pause?.receipt).toMatch(
      /^Injected; proven by signal SIGSTOP, pid 117, states T+, took 1.4 ms\nHealed; proven by signal SIGCONT/,
    );
    expect(violations.map(({ id, kind, fault, hasPicture }) => [id, kind, fault, hasPicture])).toEqual([
      ['v1', 'stale-write', 0, true],
      ['v2', 'lost-update', 0, true],
      ['v3', 'overlapping-sections', 0, true],
    ]);
    expect(violations[0]).toMatchObject({ lane: 0, clients: [0, 1], title: 'A stale write' });
    expect(violations[0]?.operations.at(-1)).toBe(6);
    expect(counts).toEqual({ 'stale-write': 37, 'lost-update': 12, 'overlapping-sections': 33 });
  });

  it('puts faults on servers over their rows, and those on all clients over all of theirs', () => {
    const sketches: FaultSketch[] = [
      { at: 1100, kind: 'disk', targets: ['etcd2'], nodes: ['etcd2'], processes: 'all' },
      { at: 1200, until: 2000, kind: 'partition', targets: ['etcd1 -> clients1'], nodes: ['etcd1'], processes: 'all' },
      { at: 1300, until: 2000, kind: 'delay', targets: ['storage'], nodes: ['storage'], processes: 'all' },
      { at: 1400, until: 2000, kind: 'cpu', targets: ['clients1'], nodes: ['clients1'], processes: 'all' },
      {
        ...{ at: 1500, until: 2000, kind: 'kill', processes: [5 + 32] },
        receipt: { proven: false, reason: 'nobody saw it' },
      },
    ];
    const { record } = withFaults(lateWriter('off'), sketches);
    const { faults, nodes, endNs } = dataOf(record);
    const hit = faults.map(({ clients, nodes: places }) => [clients, places.map((place) => nodes[place]?.name)]);
    expect(hit).toEqual([
      [[], ['etcd2']],
      [[], ['etcd1']],
      [[], ['storage']],
      [[0, 1], []],
      [[0], []],
    ]);
    expect(faults[0]).toMatchObject({ to: endNs });
    expect(faults[0]?.receipt).toContain('Not healed');
    expect(faults[4]).toMatchObject({ proven: false });
    expect(faults[4]?.receipt).toContain('nothing proves it: nobody saw it');
  });

  it('says who led from the samples, the higher term before the lower', () => {
    const sample = (ms: number, member: string, leads: boolean, raftTerm: number): EtcdSample => ({
      ...{ time: ms * MS, member, revision: 7, raftIndex: ms, dbBytes: 1000 * ms, leads, raftTerm },
    });
    const { leaders, nodes, curves, endNs } = lateData('off', [
      sample(100, 'etcd1', true, 2),
      sample(110, 'etcd2', false, 2),
      sample(1100, 'etcd1', true, 2),
      sample(1500, 'etcd2', true, 3),
      sample(2100, 'etcd1', true, 2),
      sample(2500, 'etcd1', false, 3),
      sample(2600, 'etcd2', true, 3),
    ]);
    expect(leaders.map(({ node, from, to }) => [nodes[node]?.name, from / MS, to / MS])).toEqual([
      ['etcd1', 100, 1500],
      ['etcd2', 1500, 5600],
    ]);
    expect(endNs).toBeGreaterThan(5600 * MS);
    const raft = curves.find(({ chart, name }) => chart === 'Raft index' && name === 'etcd1');
    expect([...(raft?.y ?? [])]).toEqual([100, 1100, 2100, 2500]);
  });

  it('does not take a leader of an earlier term for one again when the later one steps down', () => {
    const sample = (ms: number, member: string, leads: boolean, raftTerm: number): EtcdSample => ({
      ...{ time: ms * MS, member, revision: 7, raftIndex: ms, dbBytes: 1000 * ms, leads, raftTerm },
    });
    const { leaders, nodes } = lateData('off', [
      sample(100, 'etcd1', true, 2),
      sample(900, 'etcd2', true, 3),
      sample(1500, 'etcd1', true, 2),
      sample(2000, 'etcd2', false, 3),
      sample(2600, 'etcd3', true, 4),
      sample(2700, 'etcd1', false, 4),
    ]);
    expect(leaders.map(({ node, from, to }) => [nodes[node]?.name, from / MS, to / MS])).toEqual([
      ['etcd1', 100, 900],
      ['etcd2', 900, 2000],
      ['etcd3', 2600, 5600],
    ]);
  });

  it('draws what was done and how long it took, and where clocks stood', () => {
    const clock = (evidence: Record<string, unknown>): Partial<FaultRecord> => ({
      ...{ kind: 'clock', targets: ['client 5'], receipt: { proven: true, evidence } },
    });
    const { record } = withFaults(lateWriter('off'), [
      { at: 2000, until: 4000, ...clock({ wallAheadMs: 300, monotonicAheadMs: 0 }) },
    ]);
    const { curves } = dataOf(record);
    const charts = new Map(curves.map((curve) => [`${curve.chart}: ${curve.name}`, curve]));
    const done = charts.get('Operations: ok');
    const width = (7000 / 600 / 1000) * 1;
    expect(Math.round((done?.y.reduce((sum, y) => sum + y, 0) ?? 0) * width)).toBe(8);
    const max = charts.get('Latency of reads, writes and releases: max');
    expect(Math.max(...(max?.y.filter((y) => !Number.isNaN(y)) ?? []))).toBe(10);
    const offset = charts.get('Clock offset: client 5: wall clock');
    expect(Math.max(...(offset?.y ?? []))).toBe(300);
    expect(charts.has('Clock offset: client 5: monotonic clock')).toBe(false);
  });

  it('marks as many stale writes as the checker counts, whatever the run', () => {
    let stale = 0;
    for (const seed of [1, 2, 3]) {
      let state = seed;
      const choices = Array.from({ length: 400 }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 2);
      const record = simulate({ lock: 'none', fencing: 'off', onLoss: 'ignore', lanes: 2, clients: 3, choices });
      const judgement = judge(tablesOf(record), CHECKERS);
      const counted = judgement.results.find(({ checker }) => checker === 'stale-writes')?.counts['stale-write'] ?? 0;
      const { f, decision } = dataOf(record, { ...judgement, results: [] }).operations;
      const marked = decision.filter((one, row) => one === DECISION.stale && f[row] !== undefined).length;
      expect(marked).toBe(counted);
      stale += counted;
    }
    expect(stale).toBeGreaterThan(0);
  });

  it('marks no write as stale where the checker claims nothing: two locks do not exclude each other', () => {
    const { record } = lateWriter('off');
    const history = record.history.map((entry) => (entry.process === 9 ? { ...entry, lane: 1 } : entry));
    const { decision } = dataOf({ ...record, history }).operations;
    expect([...decision].filter((one) => one === DECISION.stale)).toEqual([]);
  });

  it('is empty but whole for a record of nothing', () => {
    const { record } = lateWriter('off');
    const nothing = { ...record, history: [], decisions: [] as Decision[], ownership: [] };
    const empty = dataOf(nothing);
    expect([empty.operations.length, empty.holds.length, empty.curves.length, empty.endNs]).toEqual([0, 0, 0, 1]);
  });
});
