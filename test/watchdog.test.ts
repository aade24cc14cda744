/** What becomes of a cluster whose controller is killed, its whole process group with it: nothing is left, soon. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import Docker from 'dockerode';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { removeLeftovers } from '../harness/cluster/leftovers.js';
import { startWatchdog } from '../harness/cluster/watchdog.js';
import { id, SMALL, start, thingsOf } from './support/cluster.js';
import { ROOT } from './support/command.js';
import { until } from './support/until.js';

const docker = new Docker();
const ENGINE = { url: 'unix:///var/run/docker.sock', asked: false, source: 'default' };

/** Process numbers of watchdogs that `parent` started. */
async function watchdogsOf(parent: number): Promise<number[]> {
  const { stdout } = await execa('pgrep', ['-P', String(parent), '-f', 'watchdog-main'], { reject: false });
  return stdout.split('\n').filter(Boolean).map(Number);
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A controller in a process group of its own, with a frozen member, a frozen client host and a throttled storage. */
async function holder(run: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['test/support/cluster-holder.mjs', run, 'hold'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null || child.pid === undefined) throw new Error('not started');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') return child as ChildProcess & { pid: number };
  }
  throw new Error(`ended with ${child.exitCode} before it was ready`);
}

describe('the watchdog', () => {
  it('removes what a killed process group has frozen and throttled, all of it, within ten seconds, and ends', async () => {
    const run = id('group');
    const controller = await holder(run);
    try {
      const filter = ['--filter', `label=leasebreaker.run=${run}`];
      const paused = await execa('docker', ['ps', '-q', ...filter, '--filter', 'status=paused']);
      expect(paused.stdout.split('\n')).toHaveLength(2);
      const [dog = expect.fail('no watchdog')] = await watchdogsOf(controller.pid);
      // A session of its own, no terminal, nothing of the checkout open.
      const [, , , group, session, terminal] = (await readFile(`/proc/${dog}/stat`, 'utf8'))
        .replace(/\(.*\) /, '')
        .split(' ');
      expect([group, session, terminal]).toEqual([String(dog), String(dog), '0']);
      expect(await readlink(`/proc/${dog}/cwd`)).toBe('/');
      const open = await Promise.all(
        (await readdir(`/proc/${dog}/fd`)).map((fd) => readlink(`/proc/${dog}/fd/${fd}`).catch(() => '')),
      );
      expect(open.filter((path) => path.startsWith(ROOT))).toEqual([]);

      process.kill(-controller.pid, 'SIGKILL');
      await once(controller, 'exit');
      await until('nothing is left', async () => (await thingsOf(run)).length === 0, 10_000);
      await until('the watchdog has ended', () => !lives(dog), 10_000);
    } finally {
      await removeLeftovers(docker, { run });
    }
  });

  it('ends at once after a normal end', async () => {
    const cluster = await start({ ...SMALL, runId: id('normal') });
    const dogs = await watchdogsOf(process.pid);
    expect(dogs.length).toBeGreaterThan(0);
    await cluster.down();
    await until('the watchdogs have ended', () => !dogs.some(lives), 5000);
    expect(await thingsOf(id('normal'))).toEqual([]);
  });

  it('ends when the engine is gone', async () => {
    const script = `
      import { startWatchdog } from '${ROOT}dist/harness/cluster/watchdog.js';
      startWatchdog({ run: 'none', endpoint: { url: 'unix:///nowhere/docker.sock', asked: true, source: 'test' } });
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500);
      setInterval(() => undefined, 1000);
    `;
    const controller = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    let dog: number | undefined;
    await until('it has started', async () => {
      [dog] = await watchdogsOf(controller.pid ?? 0);
      return dog !== undefined;
    });
    await until('it has ended', () => dog !== undefined && !lives(dog), 30_000);
  });

  it('does not keep its controller', async () => {
    const script = `
      import { startWatchdog } from '${ROOT}dist/harness/cluster/watchdog.js';
      startWatchdog(${JSON.stringify({ run: id('none'), endpoint: ENGINE })});
    `;
    const { exitCode } = await execa(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 });
    expect(exitCode).toBe(0);
  });

  it('lets go of what it is told to', async () => {
    const run = id('spared');
    const { stdout: network } = await execa('docker', ['network', 'create', '--label', `leasebreaker.run=${run}`, run]);
    try {
      const before = await watchdogsOf(process.pid);
      const watchdog = startWatchdog({ run, endpoint: ENGINE });
      const [dog = expect.fail('no watchdog')] = (await watchdogsOf(process.pid)).filter(
        (pid) => !before.includes(pid),
      );
      watchdog.dismiss();
      await until('it has ended', () => !lives(dog), 10_000);
      expect(await thingsOf(run)).toEqual([run]);
    } finally {
      await execa('docker', ['network', 'rm', network]);
    }
  });
});
