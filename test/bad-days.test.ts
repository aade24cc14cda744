/** What can happen to a run: an interrupt, a member that dies, an engine that goes away, a controller that is killed. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { freshSeed, stream } from '../harness/plan/random.js';
import { leasebreaker, resultsFolder, start } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';
import { until } from './support/until.js';

const RUN = ['run', '--seed', '1', '--time', '60', '--lanes', '2', '--fencing', 'off'];

async function historyOf(output: string): Promise<string> {
  return readFile(join(output, 'latest', 'history.jsonl'), 'utf8').catch(() => '');
}

/** Until a pause is in force: more injected than healed. */
function underFault(output: string): Promise<void> {
  return until('a pause in force', async () => {
    const history = await historyOf(output);
    return history.split('"f":"inject"').length > history.split('"f":"heal"').length;
  });
}

/** Pids of stopped (T) client programs, as the host's own /proc shows them through its containers' process lists. */
async function stoppedClients(): Promise<string[]> {
  const { containers } = await leftovers();
  const lists = await Promise.all(
    containers
      .filter((name) => name.includes('clients'))
      .map((name) => execa('docker', ['top', name, '-eo', 'pid,stat,args'], { reject: false })),
  );
  return lists.flatMap(({ stdout }) =>
    (stdout ?? '').split('\n').filter((line) => /^\s*\d+\s+T\S*\s.*client\.mjs/.test(line)),
  );
}

describe('an interrupt', () => {
  it('heals, stops, checks what there is, reports, and ends with 130', async () => {
    const output = await resultsFolder();
    const run = start([...RUN, '--output', output]);
    await underFault(output);
    run.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code, stderr).toBe(130);
    const latest = join(output, 'latest');
    const history = await historyOf(output);
    expect(history.split('"f":"heal"').length).toBe(history.split('"f":"inject"').length);
    expect(JSON.parse(await readFile(join(latest, 'verdict.json'), 'utf8'))).toMatchObject({ exitCode: 130 });
    expect(await readFile(join(latest, 'report.html'), 'utf8')).toContain('interrupted');
    expect(await leftovers()).toEqual(NOTHING);
  });

  it('given twice cleans up by force', async () => {
    const output = await resultsFolder();
    const run = start([...RUN, '--output', output]);
    await underFault(output);
    run.kill('SIGINT');
    // Sooner it would be taken for the same interrupt.
    await sleep(1200);
    run.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(await leftovers()).toEqual(NOTHING);
  });
});

/** Pid of a client program, in the pid namespace of its container. */
async function aClientOn(container: string): Promise<string> {
  const { stdout } = await execa('docker', ['exec', container, 'pgrep', '-f', 'client.mjs']);
  return stdout.split('\n')[0] ?? expect.fail(`no client on ${container}`);
}

describe('clients that break', () => {
  it('by dying and by a line that is none: told in the record, the line quoted, never the end of the run', async () => {
    const output = await resultsFolder();
    const args = ['run', '--seed', '1', '--time', '15', '--lanes', '2', '--faults', 'none', '--etcd-nodes', '1'];
    const run = start([...args, '--output', output]);
    await until('traffic', async () => (await historyOf(output)).includes('"f":"write"'));
    const { containers } = await leftovers();
    const host = (name: string): string => containers.find((each) => each.includes(name)) ?? expect.fail(`no ${name}`);
    // From now on this host's programs speak gibberish, the first of them in place of the one that dies here.
    await execa('docker', [
      'exec',
      host('clients1'),
      'sh',
      '-c',
      `echo "console.log('not a message')" > /opt/leasebreaker/client.mjs`,
    ]);
    await execa('docker', ['exec', host('clients1'), 'kill', '-9', await aClientOn(host('clients1'))]);
    const { code, stdout, stderr } = await run.ended;
    const errors = (await historyOf(output)).split('\n').filter((line) => line.includes('"f":"harness-error"'));
    expect(errors.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { error: 'client-exited', value: expect.stringContaining('SIGKILL') as string },
      { error: 'malformed-line', value: 'not a message' },
      { error: 'client-exited', value: expect.stringContaining('did not answer hello') as string },
    ]);
    // The lock and the data are fine, but a harness that had trouble does not say so.
    expect(code, `${stdout}${stderr}`).toBe(2);
    expect(stdout).toContain('in doubt');
    expect(await leftovers()).toEqual(NOTHING);
  });
});

describe('an etcd member that dies on its own', () => {
  it('is a failure of the environment, not a violation: 3, and the record is kept', async () => {
    const output = await resultsFolder();
    const run = start([...RUN, '--faults', 'none', '--expect', 'clean', '--output', output]);
    await until('traffic', async () => (await historyOf(output)).includes('"f":"write"'));
    const { containers } = await leftovers();
    const member =
      containers.find((name) => name.includes('etcd2')) ?? expect.fail(`no etcd2 among ${containers.join(', ')}`);
    await execa('docker', ['kill', member]);
    const { code, stdout, stderr } = await run.ended;
    expect(`${stdout}${stderr}`).toContain('etcd2 ended on its own');
    expect(code).toBe(3);
    expect(JSON.parse(await readFile(join(output, 'latest', 'verdict.json'), 'utf8'))).toMatchObject({
      verdict: 'unknown',
    });
    expect(await leftovers()).toEqual(NOTHING);
  });
});

/** A way to the engine that can be cut, as a remote one can. */
async function cuttableEngine(): Promise<{ url: string; cut: () => void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: '/var/run/docker.sock', allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('an engine that goes away in the middle of a run', () => {
  it('ends with 3, says so, and the next clean removes what it could not', async () => {
    const output = await resultsFolder();
    const engine = await cuttableEngine();
    const run = start([...RUN, '--output', output], { DOCKER_HOST: engine.url });
    await underFault(output);
    engine.cut();
    const { code, stdout, stderr } = await run.ended;
    expect(`${stdout}${stderr}`).toContain('went away');
    expect(`${stdout}${stderr}`).toContain('npx leasebreaker clean');
    expect(code).toBe(3);
    await until('the agents to resume what they stopped', async () => (await stoppedClients()).length === 0, 5000);
    expect((await leasebreaker(['clean'])).code).toBe(0);
    expect(await leftovers()).toEqual(NOTHING);
  });
});

describe('a controller that is killed', () => {
  it('leaves nothing behind, without anybody cleaning up: five times, at random moments', async () => {
    const seed = freshSeed();
    console.log(`moments of the kills: seed ${seed}`);
    const moments = stream(seed, 'kills');
    for (let n = 0; n < 5; n++) {
      const output = await resultsFolder();
      const run = start([...RUN, '--output', output]);
      // From the first container to the middle of the traffic.
      await sleep(moments.int(1000, 21_000));
      run.kill('SIGKILL');
      await run.ended;
      // A compose that was in the middle of its work when it was killed is given time to finish that, hence not sooner.
      const isGone = async () => JSON.stringify(await leftovers()) === JSON.stringify(NOTHING);
      await until(`nothing to be left after kill ${n}`, isGone, 15_000);
      const history = await historyOf(output);
      if (history !== '') {
        const whole = history
          .slice(0, history.lastIndexOf('\n') + 1)
          .split('\n')
          .slice(0, -1);
        expect(whole.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(
          whole.map((_, index) => index),
        );
      }
    }
  });

  it('together with its watchdog leaves nothing stopped, and nothing that the next run does not remove', async () => {
    const output = await resultsFolder();
    const run = start([...RUN, '--output', output]);
    await underFault(output);
    const { stdout: watchdog } = await execa('pgrep', ['-P', String(run.pid), '-f', 'watchdog-main']);
    process.kill(Number(watchdog), 'SIGKILL');
    run.kill('SIGKILL');
    await run.ended;
    await until('nothing to be stopped', async () => (await stoppedClients()).length === 0, 10_000);
    const next = await leasebreaker([
      'run',
      '--seed',
      '2',
      '--time',
      '4',
      '--lanes',
      '2',
      '--faults',
      'none',
      '--etcd-nodes',
      '1',
      '--output',
      output,
    ]);
    expect(next.stderr).toContain('Removed what dead runs left behind');
    expect(next.code, next.stderr).toBe(0);
    expect(await leftovers()).toEqual(NOTHING);
  });
});
