/** The agent in the sidecar of a real pod: what it does to the etcd member beside it, and that it undoes it when it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClockResult, ExecResult, ProbeResult, SignalResult, TaskStates } from '../harness/agent/protocol.js';
import { livingStates } from '../harness/agent/task-states.js';
import { type Cluster, type Node, startCluster } from '../harness/cluster/cluster.js';
import { startAgent, type TestAgent } from './support/agent.js';

describe('the agent of an etcd member', () => {
  let cluster: Cluster;
  let member: Node;
  let agents: TestAgent[] = [];

  beforeAll(async () => {
    const outcome = await startCluster(
      { runId: `test-agent-${process.pid}`, etcdNodes: 1, etcdData: 'tmpfs', fencing: 'on', clientHosts: 1 },
      () => undefined,
    );
    if (outcome.kind !== 'up') throw new Error(outcome.message);
    cluster = outcome.cluster;
    member = nodeOf('etcd1');
  });
  afterAll(() => cluster?.down());
  afterEach(async () => {
    await Promise.all(agents.map(({ child }) => (child.stdin.end(), child)));
    agents = [];
  });

  function nodeOf(name: string): Node {
    return cluster.nodes.find((node) => node.name === name) ?? expect.fail(`no ${name}`);
  }
  /** Over the docker command, which can be killed alone: to the agent it is the controller. */
  function started(name = 'etcd1'): TestAgent {
    const { sidecar, container } = nodeOf(name);
    const agent = startAgent(['docker', 'exec', '-i', sidecar ?? container, 'node', '/opt/leasebreaker/agent.mjs']);
    agents.push(agent);
    return agent;
  }
  const inside = async (container: string, ...command: string[]) =>
    execa('docker', ['exec', container, ...command], { reject: false });
  /** As a client sees it: does the member answer? */
  const answers = async (): Promise<boolean> =>
    (await inside(nodeOf('observer').container, 'etcdctl', '--command-timeout=1s', 'endpoint', 'health')).exitCode ===
    0;
  const rules = async (): Promise<string> => (await inside(member.sidecar ?? '', 'iptables', '-S', 'INPUT')).stdout;
  const DROP = '*filter\n-A INPUT -p tcp --dport 2379 -j DROP\nCOMMIT\n';
  const restore = { do: 'exec', command: ['iptables-restore', '-w', '--noflush'], stdin: DROP };
  const flush = ['iptables', '-w', '-F', 'INPUT'];

  it('sees the program beside it, and nothing else', async () => {
    const agent = started();
    const { pid, states } = await agent.value<TaskStates>({ do: 'tasks', of: 'program' });
    const threads = await inside(
      member.sidecar ?? '',
      'sh',
      '-c',
      `cat /proc/${pid}/comm; ls /proc/${pid}/task | wc -l`,
    );
    expect(threads.stdout).toBe(`etcd\n${states.length}`);
    expect(states.length).toBeGreaterThan(3);
  });

  it('stops it and lets it run on', async () => {
    const agent = started();
    expect(await answers()).toBe(true);
    const stopped = await agent.value<SignalResult>({ do: 'signal', of: 'program', signal: 'SIGSTOP' });
    expect(stopped.reached).toBe(true);
    expect(stopped.states.every(({ state }) => state === 'T')).toBe(true);
    expect(await answers()).toBe(false);
    expect(await agent.value({ do: 'signal', of: 'program', signal: 'SIGCONT' })).toMatchObject({ reached: true });
    await expect.poll(answers, { timeout: 20_000 }).toBe(true);
  });

  it('answers a signal fast', async () => {
    const agent = started();
    const took: number[] = [];
    for (let round = 0; round < 40; round++) {
      const begun = performance.now();
      await agent.value({ do: 'signal', of: 'program', signal: round % 2 === 0 ? 'SIGSTOP' : 'SIGCONT' });
      took.push(performance.now() - begun);
    }
    took.sort((a, b) => a - b);
    console.log(`signal round trip: median ${took[20]?.toFixed(1)} ms, longest ${took[39]?.toFixed(1)} ms`);
    // Ten times what an idle machine takes at most.
    expect(took[20]).toBeLessThan(200);
  });

  it('stops what forks while it is being stopped', async () => {
    const agent = started();
    // bash forks; a shell that vforks waits in state D for a child that was stopped before its exec, and reads T never.
    const forks = 'for i in 1 2 3 4; do (while :; do sleep 0.003; done) & done; wait';
    await execa('docker', ['exec', '-d', member.container, 'bash', '-c', forks]);
    try {
      await expect
        .poll(async () => (await agent.value<TaskStates>({ do: 'tasks', of: 'program' })).states.length, {
          timeout: 10_000,
        })
        .toBeGreaterThan(12);
      for (let round = 0; round < 10; round++) {
        const stopped = await agent.value<SignalResult>({ do: 'signal', of: 'program', signal: 'SIGSTOP' });
        expect(stopped.reached).toBe(true);
        await sleep(20);
        const later = await agent.value<TaskStates>({ do: 'tasks', of: 'program' });
        // One that ended just before it was stopped may still be told of as a zombie, and is no part of the program later.
        expect(livingStates(later)).toEqual(livingStates(stopped));
        await agent.value({ do: 'signal', of: 'program', signal: 'SIGCONT' });
        await sleep(20);
      }
    } finally {
      await inside(member.sidecar ?? '', 'pkill', '-9', '-x', 'bash');
    }
  });

  it('lets the program run on when its stdin ends', async () => {
    const agent = started();
    await agent.value({ do: 'signal', of: 'program', signal: 'SIGSTOP' });
    expect(await answers()).toBe(false);
    agent.child.stdin.end();
    expect(await agent.child).toMatchObject({ exitCode: 0 });
    expect(await answers()).toBe(true);
  });

  it('runs its guards and lets the program run on when the controller is killed', async () => {
    const agent = started();
    await agent.value({ do: 'guard', name: 'network', command: flush });
    expect(await agent.value(restore)).toMatchObject({ code: 0 });
    await agent.value({ do: 'signal', of: 'program', signal: 'SIGSTOP' });
    expect(await rules()).toContain('DROP');
    agent.child.kill('SIGKILL');
    await agent.child;
    const killedAt = performance.now();
    await expect.poll(rules, { timeout: 30_000 }).not.toContain('DROP');
    await expect.poll(answers, { timeout: 30_000 }).toBe(true);
    expect(performance.now() - killedAt).toBeLessThan(30_000);
  });

  it('gives the program its clocks back when its stdin ends', async () => {
    const agent = started();
    const change = { do: 'shift', rate: 1.5 };
    expect(await agent.value<ClockResult>({ do: 'clock', of: 'program', change })).toMatchObject({
      kind: 'shifted',
      before: [{ rate: 1 }],
      after: [{ rate: 1.5 }],
    });
    agent.child.stdin.end();
    await agent.child;
    expect(await started().value({ do: 'clock', of: 'program', change: { do: 'read' } })).toMatchObject({
      after: [{ rate: 1, installed: true }],
    });
  });

  it('tells an open port from a closed one and from silence', async () => {
    const agent = started('storage');
    const probe = (port: number): Promise<ProbeResult> =>
      agent.value({ do: 'probe', host: member.address, port, limitMs: 1000 });
    expect(await probe(2379)).toEqual({ connected: true, tookMs: expect.any(Number) });
    expect(await probe(2399)).toMatchObject({ connected: false, error: 'ECONNREFUSED' });
    const etcd = started();
    await etcd.value({ do: 'guard', name: 'network', command: flush });
    expect(await etcd.value<ExecResult>(restore)).toMatchObject({ code: 0 });
    expect(await probe(2379)).toMatchObject({ connected: false, error: 'timeout' });
    await etcd.value({ do: 'exec', command: flush });
    expect(await probe(2379)).toMatchObject({ connected: true });
  });

  it('has no program beside it on a client host', async () => {
    const agent = started('clients1');
    expect(await agent.value({ do: 'tasks', of: 'program' })).toEqual({ pid: 0, states: [] });
    expect(await agent.ask({ do: 'signal', of: 'program', signal: 'SIGSTOP' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('no program'),
    });
  });

  it('kills the program, which can be started again', async () => {
    const agent = started();
    const control = cluster.control('etcd1');
    const over = control.expectExit();
    const { pid } = await agent.value<TaskStates>({ do: 'tasks', of: 'program' });
    expect(await agent.value({ do: 'signal', of: 'program', signal: 'SIGKILL' })).toMatchObject({ pid, reached: true });
    await control.start();
    over();
    await expect.poll(answers, { timeout: 30_000 }).toBe(true);
    expect((await agent.value<TaskStates>({ do: 'tasks', of: 'program' })).pid).not.toBe(pid);
  });
});
