// From whatever machine this is to a Docker engine and `docker compose`, or to the commands with which its owner gets
// there. Builds no images (`images.ts`) and never ends the process: the command line decides what a refusal means.
import { type ComposeTool, findCompose, installCompose } from './compose-tool.js';
import { type Distribution, isRoot, readDistribution } from './distribution.js';
import { type Engine, findEngine, type NoEngine } from './engine.js';
import { ENGINE_PACKAGES, installEngine } from './engine-install.js';
import type { Say } from './shell.js';

/** What is missing and the commands that mend it; `refused`: not tried, `failed`: tried. */
export interface Lacking {
  readonly kind: 'refused' | 'failed';
  readonly message: string;
  readonly commands: readonly string[];
}

export interface Provisioned {
  readonly kind: 'ready';
  readonly engine: Engine;
  readonly compose: ComposeTool;
}

/** What may be done to the machine, and what the machine is. */
export interface Circumstances {
  /** `LEASEBREAKER_PROVISION=off` forbids installing and starting anything. */
  readonly allowed: boolean;
  readonly root: boolean;
  readonly distribution: Distribution;
  readonly user: string;
}

/** The circumstances of this process. */
export function circumstances(env: NodeJS.ProcessEnv = process.env): Circumstances {
  return {
    allowed: (env['LEASEBREAKER_PROVISION'] ?? '').toLowerCase() !== 'off',
    root: isRoot(),
    distribution: readDistribution(),
    user: env['USER'] ?? env['LOGNAME'] ?? '$USER',
  };
}

/** Finds engine and compose, installing and starting what is missing where that is allowed. */
export async function provision(say: Say, here: Circumstances = circumstances()): Promise<Provisioned | Lacking> {
  let [search, compose] = await Promise.all([findEngine(), findCompose()]);
  if (search.kind === 'none') {
    const refusal = refuseEngine(here, search);
    if (refusal !== undefined) return refusal;
    const installed = await installEngine(say);
    if (installed.kind === 'failed') return { ...installed, commands: engineCommands(here) };
    search = await findEngine();
    if (search.kind === 'none') return { kind: 'failed', message: describe(search), commands: engineCommands(here) };
  }
  if (compose === undefined) {
    const refusal = refuseCompose(here);
    if (refusal !== undefined) return refusal;
    const installed = await installCompose(say);
    if (installed.kind === 'failed') return { ...installed, commands: composeCommands(here) };
    compose = await findCompose();
    if (compose === undefined) return { ...MISSING_COMPOSE, kind: 'failed', commands: composeCommands(here) };
  }
  return { kind: 'ready', engine: search.engine, compose };
}

/** Why no engine is installed or started here, or undefined where it may be. */
export function refuseEngine(here: Circumstances, search: NoEngine): Lacking | undefined {
  const refused = (reason: string, commands: readonly string[]): Lacking => ({
    kind: 'refused',
    message: `${describe(search)}\n${reason}`,
    commands,
  });
  if (search.asked !== undefined) {
    const { source } = search.asked;
    const unset = source === 'DOCKER_HOST' ? 'unset DOCKER_HOST' : 'docker context use default';
    return refused(`${source} names this engine, so no other is used or installed.`, [unset]);
  }
  if (search.forbidden) {
    return refused(`An engine is there, but the user ${here.user} may not use it.`, [
      `sudo usermod -aG docker ${here.user}`,
      'newgrp docker',
    ]);
  }
  if (!here.allowed)
    return refused('LEASEBREAKER_PROVISION=off forbids installing or starting one.', engineCommands(here));
  if (!here.distribution.debianLike) {
    return refused(
      `Installing one is only done on Debian and Ubuntu; this is ${here.distribution.name}.`,
      engineCommands(here),
    );
  }
  if (!here.root) return refused('Installing or starting one takes root.', engineCommands(here));
  return undefined;
}

const MISSING_COMPOSE = { message: 'docker compose (version 2) is not installed.' } as const;

/** Why compose is not installed here, or undefined where it may be. */
export function refuseCompose(here: Circumstances): Lacking | undefined {
  const refused = (reason: string): Lacking => ({
    kind: 'refused',
    message: `${MISSING_COMPOSE.message}\n${reason}`,
    commands: composeCommands(here),
  });
  if (!here.allowed) return refused('LEASEBREAKER_PROVISION=off forbids installing it.');
  if (!here.distribution.debianLike)
    return refused(`Installing it is only done on Debian and Ubuntu; this is ${here.distribution.name}.`);
  return undefined;
}

function describe(search: NoEngine): string {
  const attempts = search.attempts.map(({ endpoint, error }) => `  ${endpoint.url}: ${error}`);
  return ['No Docker engine answers:', ...attempts].join('\n');
}

/** The commands with which a person gets an engine on this machine. */
export function engineCommands(here: Circumstances): string[] {
  const sudo = here.root ? '' : 'sudo ';
  if (!here.distribution.debianLike) {
    if (here.distribution.name === 'darwin') return ['brew install --cask docker', 'open -a Docker'];
    return [`${sudo}systemctl start docker`, 'https://docs.docker.com/engine/install/ tells how to install it'];
  }
  return [
    `${sudo}apt-get update`,
    `${sudo}apt-get install -y ${ENGINE_PACKAGES.join(' ')}`,
    `${sudo}systemctl start docker || ${here.root ? 'setsid dockerd &' : "sudo sh -c 'setsid dockerd &'"}`,
    ...(here.root ? [] : [`sudo usermod -aG docker ${here.user}`, 'newgrp docker']),
  ];
}

/** The commands with which a person gets compose on this machine. */
export function composeCommands(here: Circumstances): string[] {
  const sudo = here.root ? '' : 'sudo ';
  if (!here.distribution.debianLike) return ['https://docs.docker.com/compose/install/linux/ tells how to install it'];
  const names = here.distribution.id === 'ubuntu' ? ['docker-compose-v2'] : ['docker-compose', 'docker-compose-plugin'];
  return [
    `${sudo}apt-get update`,
    names.map((name) => `${sudo}apt-get install -y ${name}`).join(' || '),
    'docker compose version   # must answer 2 or newer; else see https://docs.docker.com/compose/install/linux/',
  ];
}
