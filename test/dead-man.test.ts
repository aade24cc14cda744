/**
 * The dead-man's switch: a controller that is killed in the middle of every kind of fault leaves nothing in force. Twice: once
 * as it happens, with the watchdog that removes the run; once without it, so that the agents alone have to heal what is theirs.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { type FaultKind, FAULT_KINDS } from '../harness/plan/plan.js';
import type { HistoryEntry } from '../harness/history/operation.js';
import { leasebreaker, resultsFolder, start, type Started } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';
import { until } from './support/until.js';

/** Long enough that none of them ends by itself while it is looked at. */
const LONG = 'for=100s';
/** What an agent heals: inside its container or beside it. The one that takes a whole CPU comes last. */
const BY_AGENTS = [
  `delay:ms=50:at=1s:${LONG}@clients2`,
  `bandwidth:kbit=500:at=2s:${LONG}@clients3`,
  `loss:percent=20:at=3s:${LONG}@clients3`,
  `clock:drift=4:at=3s:${LONG}@etcd1`,
  `disk:slow:ms=50:at=3s:${LONG}@etcd3`,
  `partition:single-link:at=4s:${LONG}`,
  `pause:at=6s:${LONG}@etcd2`,
  `stall:at=8s:${LONG}@random-client`,
];
/** What only the engine can heal, or has to be started again. */
const BY_WATCHDOG = [
  `cpu:at=1s:${LONG}@storage`,
  `freeze:at=3s:${LONG}@clients1`,
  `kill:at=3s:${LONG}@etcd1`,
  `etcd:move-leader:at=1s:${LONG}@etcd2`,
];
/**
 * A member has one such fault at a time, an etcd operation needs a quorum, and rules are not changed while a client host is
 * frozen: those share a run with few others.
 */
const RUNS: readonly (readonly string[])[] = [[...BY_AGENTS, ...BY_WATCHDOG.slice(0, 1)], BY_WATCHDOG.slice(1)];

function kindsOf(faults: readonly string[]): FaultKind[] {
  return faults.map((fault) => /^[a-z]+/.exec(fault)?.[0] as FaultKind);
}

/** Killed at the end of every test, should it have failed before. */
const controllers: Started[] = [];

interface Doomed {
  run: string;
  controller: Started;
}

/** A run with all these faults in force, each with its receipt. */
async function runUnder(faults: readonly string[]): Promise<Doomed> {
  const output = await resultsFolder();
  const controller = start([
    ...['run', '--seed', '5', '--lanes', '1', '--clients', '8', '--time', '110', '--storage', 'http-durable'],
    ...['--faults', faults.join(','), '--output', output],
  ]);
  controllers.push(controller);
  const early = controller.ended.then(({ stdout, stderr }) => {
    throw new Error(`the run ended: ${stdout}\n${stderr}`);
  });
  const wanted = new Set(kindsOf(faults));
  const inForce = until(`the receipts of ${[...wanted].join(', ')}`, async () => {
    const lines = (await readFile(join(output, 'latest/history.jsonl'), 'utf8').catch(() => '')).split('\n');
    const entries = lines.slice(0, -1).map((line) => JSON.parse(line) as HistoryEntry);
    for (const entry of entries) {
      if (entry.process !== 'nemesis' || entry.f !== 'inject') continue;
      expect(entry.value).toMatchObject({ receipt: { proven: true } });
      wanted.delete(entry.value.kind as FaultKind);
    }
    return wanted.size === 0;
  });
  await Promise.race([inForce, early]);
  early.catch(() => undefined);
  const { runId } = JSON.parse(await readFile(join(output, 'latest/run.json'), 'utf8')) as { runId: string };
  return { run: runId, controller };
}

const docker = async (...args: string[]): Promise<string> => (await execa('docker', args)).stdout;

async function containers(run: string): Promise<{ name: string; id: string }[]> {
  const listed = await docker(
    'ps',
    '-a',
    '--filter',
    `label=leasebreaker.run=${run}`,
    '--format',
    '{{.Names}} {{.ID}}',
  );
  return listed.split('\n').map((line) => {
    const [name = '', id = ''] = line.split(' ');
    return { name: name.replace(/-1$/, '').replace(/^.*?-(?=(etcd|storage|clients|observer))/, ''), id };
  });
}

describe('a controller that is killed', () => {
  afterAll(async () => {
    for (const controller of controllers) controller.kill('SIGKILL');
    await Promise.all(controllers.map(({ ended }) => ended));
    await leasebreaker(['clean']);
    expect(await leftovers()).toEqual(NOTHING);
  });

  it('has every kind of fault tried on it', () => {
    expect(new Set(RUNS.flat().flatMap((fault) => kindsOf([fault])))).toEqual(new Set(FAULT_KINDS));
  });

  it.each(RUNS)('in the middle of %s and the rest: ten seconds later nothing is left', async (...faults) => {
    const { controller } = await runUnder(faults);
    controller.kill('SIGKILL');
    await controller.ended;
    await until(
      'everything to be removed',
      async () => JSON.stringify(await leftovers()) === JSON.stringify(NOTHING),
      10_000,
    );
  });

  it('together with its watchdog: the agents undo what is inside the containers', async () => {
    const { run, controller } = await runUnder(BY_AGENTS);
    const dog = await execa('pgrep', ['-P', String(controller.pid), '-f', 'watchdog-main']);
    process.kill(Number(dog.stdout.trim()), 'SIGKILL');
    controller.kill('SIGKILL');
    await controller.ended;
    await sleep(10_000);
    const all = await containers(run);
    expect(all.length).toBeGreaterThan(10);
    const of = (name: string): string => all.find((each) => each.name === name)?.id ?? expect.fail(`no ${name}`);
    for (const name of ['etcd1-sidecar', 'etcd2-sidecar', 'etcd3-sidecar', 'storage-sidecar', 'clients2', 'clients3']) {
      const id = of(name);
      const rules = await docker('exec', id, 'sh', '-c', 'set -e; iptables-save; ip6tables-save');
      expect(rules, name).not.toMatch(/DROP \[|-j (DROP|REJECT|REDIRECT|MARK)|leasebreaker/i);
      expect(await docker('exec', id, 'tc', 'qdisc', 'show', 'dev', 'eth0'), name).not.toMatch(/tbf|htb|netem/);
      const states = await docker('exec', id, 'sh', '-c', 'cat /proc/[0-9]*/task/[0-9]*/stat 2>/dev/null || true');
      // Something is read, and nothing of it stands still.
      expect(states, name).toMatch(/\) [SR] /);
      expect(states, name).not.toMatch(/\) [Tt] /);
      // The programs under test are still there beside a sidecar; nobody traces or delays them.
      expect(await docker('exec', id, 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'), name).not.toMatch(
        /strace|proxy/,
      );
    }
    // At rate 4 the member's own wall clock, as its answers carry it, went four times as fast.
    const ask = "fetch('http://127.0.0.1:2379/version').then(({ headers }) => console.log(headers.get('date')))";
    const date = async (): Promise<number> => Date.parse(await docker('exec', of('etcd1-sidecar'), 'node', '-e', ask));
    const [before, begun] = [await date(), performance.now()];
    await sleep(6000);
    const rate = ((await date()) - before) / (performance.now() - begun);
    expect(rate).toBeGreaterThan(0.6);
    expect(rate).toBeLessThan(1.6);
  });
});
