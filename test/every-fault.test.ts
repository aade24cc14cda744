/**
 * Every kind of fault through the command that a user gives: a real run whose history has its injection, its receipt and
 * its heal, after which the system has come back and nothing is left behind.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FaultEntry, HistoryEntry, RecoveryEntry } from '../harness/history/operation.js';
import { twoAtOnce } from './support/at-once.js';
import { leasebreaker, resultsFolder } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

const SMALL = ['--lanes', '2', '--clients', '3', '--time', '12', '--fencing', 'on', '--expect', 'clean'];

/** What is asked for, and what of the receipt shows that it was that and nothing else. */
const CASES: readonly [faults: string, kind: string, nodes: RegExp, more?: readonly string[]][] = [
  ['pause@holder', 'pause', /^clients\d$/],
  ['pause:at=1s:for=3s@leader', 'pause', /^etcd\d$/],
  ['freeze:at=1s:for=3s@clients2', 'freeze', /^clients2$/],
  ['stall:gc:for=3s@holder', 'stall', /^clients\d$/],
  ['kill:at=1s:for=2s@leader', 'kill', /^etcd\d$/],
  ['kill:at=1s:for=2s@storage', 'kill', /^storage$/, ['--storage', 'http-durable']],
  ['partition:isolate-leader:at=1s:for=5s', 'partition', /^etcd\d$/],
  ['loss:percent=40:at=1s:for=4s@storage', 'loss', /^storage$/],
  ['delay:ms=150:at=1s:for=5s@leader', 'delay', /^etcd\d$/],
  ['bandwidth:kbit=256:at=1s:for=4s@leader', 'bandwidth', /^etcd\d$/],
  ['clock:drift=0.25:for=5s@holder', 'clock', /^clients\d$/],
  ['disk:slow:ms=300:at=1s:for=4s@leader', 'disk', /^etcd\d$/],
  ['cpu:percent=5:at=1s:for=4s@leader', 'cpu', /^etcd\d$/],
  ['etcd:move-leader:at=1s:for=1s', 'etcd', /^etcd\d$/],
];

describe.concurrent('run --faults', () => {
  afterAll(async () => expect(await leftovers()).toEqual(NOTHING));

  it.each(CASES)('%s is injected, proven, healed, and survived', async (faults, kind, nodes, more = []) => {
    const output = await resultsFolder();
    const args = ['run', '--seed', '3', ...SMALL, '--faults', faults, '--output', output, ...more];
    const { code, stdout, stderr } = await twoAtOnce(() => leasebreaker(args));
    // 2: too little happened to conclude from, as when no lease expired under the fault.
    expect([0, 2], `${stdout}\n${stderr}`).toContain(code);
    const history = (await readFile(join(output, 'latest/history.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as HistoryEntry);
    const of = <F extends string>(f: F) =>
      history.filter((entry) => entry.process === 'nemesis' && entry.f === f) as unknown[];
    const injected = of('inject') as FaultEntry[];
    const healed = of('heal') as FaultEntry[];
    expect(injected.length).toBeGreaterThan(0);
    expect(healed).toHaveLength(injected.length);
    for (const { value } of [...injected, ...healed]) {
      expect(value).toMatchObject({ kind, receipt: { proven: true } });
      expect(value.nodes[0]).toMatch(nodes);
    }
    const [recovery] = of('recovery') as RecoveryEntry[];
    expect(recovery?.value).toMatchObject({ lanesNotLocked: [], cluster: [] });
    const verdict = JSON.parse(await readFile(join(output, 'latest/verdict.json'), 'utf8')) as { verdict: string };
    expect(['clean', 'unknown']).toContain(verdict.verdict);
  });
});
