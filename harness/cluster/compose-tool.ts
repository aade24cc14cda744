// Finds `docker compose` (version 2), or gets it: from the distribution where it has it, else from Debian's package of
// a newer release, unpacked into the user's own plugin folder, where it changes nothing else on the machine.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianMirror, isRoot, onPath, packageCandidate } from './distribution.js';
import { aptInstall, aptUpdate, type Step } from './engine-install.js';
import { type Say, shell, tail } from './shell.js';

/** How compose is called, for example `['docker', 'compose']`. */
export interface ComposeTool {
  readonly command: readonly [string, ...string[]];
  /** For example `2.26.1-4`. */
  readonly version: string;
}

/** The folders in which docker looks for its plugins (docker/cli `cli-plugins/manager`). */
function pluginFolders(): string[] {
  const own = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'cli-plugins');
  const shared = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec'];
  return [own, ...shared.map((folder) => `${folder}/docker/cli-plugins`)];
}

/** The compose of this machine, or undefined. Version 1, the Python program, does not count: its files differ. */
export async function findCompose(): Promise<ComposeTool | undefined> {
  const candidates: [string, ...string[]][] = [['docker', 'compose']];
  for (const folder of pluginFolders()) candidates.push([join(folder, 'docker-compose')]);
  candidates.push(['docker-compose']);
  for (const command of candidates) {
    const [file, ...rest] = command;
    if (file.startsWith('/') ? !existsSync(file) : onPath(file) === undefined) continue;
    const answer = await shell(file, [...rest, 'version', '--short'], { timeout: 10_000 });
    const version = answer.stdout.trim().replace(/^v/, '');
    if (answer.ok && isUsableCompose(version)) return { command, version };
  }
  return undefined;
}

/** Whether this is compose 2 or newer, by its `version --short`. */
export function isUsableCompose(version: string): boolean {
  return Number(/^(\d+)\.\d+/.exec(version)?.[1] ?? 0) >= 2;
}

/** Gets compose on a Debian-like machine: with the package manager as root, else into the user's plugin folder. */
export async function installCompose(say: Say): Promise<Step> {
  if (isRoot()) {
    await aptUpdate();
    for (const name of ['docker-compose-v2', 'docker-compose-plugin', 'docker-compose']) {
      const candidate = await packageCandidate(name);
      if (candidate === undefined || !isUsableCompose(candidate)) continue;
      say(`No docker compose here: installing it (apt-get install ${name}) ...`);
      const installed = await aptInstall([name]);
      if (installed.kind === 'failed') return installed;
      return (await findCompose()) === undefined
        ? { kind: 'failed', message: `The package ${name} is installed, but docker compose does not run.` }
        : { kind: 'done' };
    }
  }
  return unpackFromNewerRelease(say);
}

/** The Debian release whose docker-compose is version 2 and still runs with the C library of the release before. */
const RELEASE = 'trixie';

async function unpackFromNewerRelease(say: Say): Promise<Step> {
  const mirror = await debianMirror();
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  if (mirror === undefined || !existsSync(keyring)) {
    return { kind: 'failed', message: 'This machine has no package of docker compose 2.' };
  }
  const target = join(pluginFolders()[0] ?? '', 'docker-compose');
  say(`No docker compose here: placing the one of Debian ${RELEASE} at ${target} ...`);
  const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-compose-'));
  try {
    for (const name of ['lists/partial', 'archives/partial', 'unpacked'])
      mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${RELEASE} main\n`);
    // Lists and caches of its own: the machine's package lists must not learn of another release.
    const own = [
      ...['-o', `Dir::Etc::sourcelist=${folder}/sources.list`, '-o', 'Dir::Etc::sourceparts=-'],
      ...['-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}`, '-o', 'APT::Sandbox::User=root'],
    ];
    const steps: [string, string[]][] = [
      ['apt-get', [...own, 'update', '-q']],
      ['apt-get', [...own, 'download', '-q', 'docker-compose']],
    ];
    for (const [file, args] of steps) {
      const result = await shell(file, args, { cwd: folder, env: { LC_ALL: 'C' } });
      if (!result.ok)
        return { kind: 'failed', message: `docker compose cannot be downloaded:\n${tail(result.stderr, 6)}` };
    }
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb')) ?? '';
    const unpacked = await shell('dpkg-deb', ['-x', join(folder, archive), join(folder, 'unpacked')]);
    if (!unpacked.ok) return { kind: 'failed', message: `The package of docker compose is broken: ${unpacked.stderr}` };
    mkdirSync(join(target, '..'), { recursive: true });
    copyFileSync(join(folder, 'unpacked/usr/libexec/docker/cli-plugins/docker-compose'), target);
    chmodSync(target, 0o755);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if ((await findCompose()) !== undefined) return { kind: 'done' };
  return { kind: 'failed', message: `${target} does not run on this machine.` };
}
