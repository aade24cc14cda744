// Puts a Docker engine on a Debian or Ubuntu machine and starts it. Called only as root and only when none answered.
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../history/clock.js';
import { hasSystemd, onPath, packageCandidate } from './distribution.js';
import { type EngineSearch, findEngine } from './engine.js';
import { type Say, shell, tail } from './shell.js';

/** Where a daemon that no service manager looks after writes its log. */
export const DOCKERD_LOG = '/var/log/leasebreaker-dockerd.log';
const READY_WITHIN_MS = 60_000;

export type Step = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly message: string };

// Nobody answers questions here, and another package run (unattended upgrades on a fresh machine) may hold the lock.
const APT = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/** Brings the package lists up to date; what fails here shows again, more clearly, in the installation that follows. */
export async function aptUpdate(): Promise<void> {
  await shell('apt-get', [...APT, 'update'], { env: APT_ENV });
}

/** `apt-get install` without questions. */
export async function aptInstall(packages: readonly string[]): Promise<Step> {
  const result = await shell('apt-get', [...APT, 'install', '-y', '--no-install-recommends', ...packages], {
    env: APT_ENV,
  });
  if (result.ok) return { kind: 'done' };
  return { kind: 'failed', message: `apt-get install ${packages.join(' ')} failed:\n${tail(result.stderr, 6)}` };
}

/** The packages that make an engine everywhere. */
export const ENGINE_PACKAGES = ['docker.io', 'iptables', 'ca-certificates'] as const;

/** Those packages and what this machine needs beside them. */
async function enginePackages(): Promise<string[]> {
  const packages: string[] = [...ENGINE_PACKAGES];
  // Newer releases keep the command in a package of its own, which docker.io only recommends.
  if ((await packageCandidate('docker-cli')) !== undefined) packages.push('docker-cli');
  // Where the kernel enforces AppArmor, the engine starts no container without the program that loads its profile.
  const enforced = '/sys/module/apparmor/parameters/enabled';
  if (existsSync(enforced) && readFileSync(enforced, 'utf8').startsWith('Y')) packages.push('apparmor');
  return packages;
}

/** Installs the engine if it is not there, starts it, and waits until it answers. */
export async function installEngine(say: Say): Promise<Step> {
  if (onPath('dockerd') === undefined) {
    await aptUpdate();
    const packages = await enginePackages();
    say(`No Docker engine here: installing one (apt-get install ${packages.join(' ')}) ...`);
    const installed = await aptInstall(packages);
    if (installed.kind === 'failed') return installed;
  }
  return startEngine(say);
}

async function startEngine(say: Say): Promise<Step> {
  if (hasSystemd()) {
    say('Starting the Docker engine (systemctl start docker) ...');
    const started = await shell('systemctl', ['start', 'docker']);
    if (!started.ok) return { kind: 'failed', message: `systemctl start docker failed:\n${tail(started.stderr, 6)}` };
    return awaitEngine(() => undefined, 'journalctl -u docker');
  }
  say(`Starting the Docker engine (dockerd, log in ${DOCKERD_LOG}) ...`);
  const log = openSync(DOCKERD_LOG, 'a');
  // A session of its own: the engine outlives this process and no interrupt typed at its terminal reaches it.
  const daemon = spawn(onPath('dockerd') ?? 'dockerd', [], { detached: true, stdio: ['ignore', log, log] });
  let ended: string | undefined;
  daemon.on('error', (error) => (ended = error.message));
  daemon.on('exit', (code, signal) => (ended = `dockerd ended with ${code ?? signal}`));
  daemon.unref();
  return awaitEngine(() => ended, DOCKERD_LOG);
}

async function awaitEngine(ended: () => string | undefined, log: string): Promise<Step> {
  const deadline = monotonicMs() + READY_WITHIN_MS;
  for (;;) {
    const search: EngineSearch = await findEngine();
    if (search.kind === 'found') return { kind: 'done' };
    const why = ended() ?? (monotonicMs() > deadline ? `not ready after ${READY_WITHIN_MS / 1000} s` : undefined);
    if (why !== undefined) {
      const last = existsSync(log) ? `\n${tail(readFileSync(log, 'utf8'), 8)}` : '';
      return { kind: 'failed', message: `The Docker engine does not start: ${why} (log: ${log})${last}` };
    }
    await sleep(100);
  }
}
