// The image that both of leasebreaker's start from: from a registry where one answers, else made here from packages.
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { debianMirror, onPath } from './distribution.js';
import { aptInstall, aptUpdate } from './engine-install.js';
import { followStream, imageId, within } from './engine-stream.js';
import type { Circumstances, Lacking } from './provision.js';
import { type Say, shell, tail } from './shell.js';

const REGISTRY_BASE = 'debian:trixie-slim';
const OWN_BASE = 'leasebreaker-base:trixie';

/** A registry that has not begun to answer after this time is taken for unreachable. */
const REGISTRY_WITHIN_MS = 10_000;

export type Base = { readonly kind: 'ready'; readonly reference: string } | Lacking;

/** Finds, pulls or makes the base image. */
export async function ensureBase(docker: Docker, here: Circumstances, say: Say, log: string): Promise<Base> {
  const local = await localBase(docker);
  if (local !== undefined) return { kind: 'ready', reference: local };
  say(`Base image: pulling ${REGISTRY_BASE} ...`);
  const pulled = await pullImage(docker, REGISTRY_BASE);
  if (pulled === undefined) return { kind: 'ready', reference: REGISTRY_BASE };
  say(`Base image: not from a registry (${pulled}); making one from Debian packages with mmdebstrap (about 30 s) ...`);
  return makeBase(docker, here, log);
}

/** Pulls an image; undefined, or why it could not be pulled. */
export async function pullImage(docker: Docker, reference: string): Promise<string | undefined> {
  try {
    // The answer begins once the registry has named what there is to pull, so this wait is the probe.
    const stream = await within(REGISTRY_WITHIN_MS, docker.pull(reference));
    await followStream(stream, () => undefined);
    return undefined;
  } catch (error) {
    return oneLine(error as Error);
  }
}

/** The base image that is here, if one is. */
export async function localBase(docker: Docker): Promise<string | undefined> {
  for (const reference of [REGISTRY_BASE, OWN_BASE]) {
    if ((await imageId(docker, reference)) !== undefined) return reference;
  }
  return undefined;
}

async function makeBase(docker: Docker, here: Circumstances, log: string): Promise<Base> {
  if (onPath('mmdebstrap') === undefined) {
    const may = here.allowed && here.root && here.distribution.debianLike;
    if (!may) return refuse(here, 'Neither a registry nor mmdebstrap is at hand to make the base image.');
    await aptUpdate();
    const installed = await aptInstall([
      'mmdebstrap',
      ...(here.distribution.id === 'debian' ? [] : ['debian-archive-keyring']),
    ]);
    if (installed.kind === 'failed') return { ...installed, commands: baseCommands(here) };
  }
  const folder = mkdtempSync(join(tmpdir(), 'leasebreaker-base-'));
  try {
    const archive = join(folder, 'base.tar');
    const mirror = await debianMirror();
    const args = ['--variant=apt', '--include=ca-certificates', 'trixie', archive];
    const made = await shell('mmdebstrap', mirror === undefined ? args : [...args, mirror], { log });
    if (!made.ok) {
      const message = `mmdebstrap failed (log: ${log}):\n${tail(made.stderr, 8)}`;
      return { kind: 'failed', message, commands: baseCommands(here) };
    }
    const [repo, tag] = OWN_BASE.split(':');
    const options = { repo, tag, changes: 'LABEL leasebreaker.image=base' };
    await followStream(await docker.importImage(createReadStream(archive), options), () => undefined);
    return { kind: 'ready', reference: OWN_BASE };
  } catch (error) {
    const message = `The base image cannot be imported: ${oneLine(error as Error)}`;
    return { kind: 'failed', message, commands: baseCommands(here) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuse(here: Circumstances, message: string): Lacking {
  return { kind: 'refused', message, commands: baseCommands(here) };
}

/** The commands with which a person gets a base image. */
function baseCommands(here: Circumstances): string[] {
  const sudo = here.root ? '' : 'sudo ';
  const make = `${sudo}mmdebstrap --variant=apt --include=ca-certificates trixie | docker import - ${OWN_BASE}`;
  return [`docker pull ${REGISTRY_BASE}`, `or: ${sudo}apt-get install -y mmdebstrap && ${make}`];
}

function oneLine(error: Error): string {
  return error.message.replace(/\s+/g, ' ').trim();
}
