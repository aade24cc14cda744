/** What a command line asks for: its options, over those of a plan file, over the defaults; a swarm drawn from them. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { refuseBuildFolder } from '../cluster/cluster.js';
import type { PlanOptions } from '../plan/make-plan.js';
import { type PlanFile, type PlanSetting, readPlanFile } from '../plan/plan-file.js';
import { refuseFaults } from '../plan/refusal.js';
import { drawSwarm } from '../plan/swarm.js';
import { findRecipe } from '../../workloads/recipes/index.js';
import { OWN_CLIENT, planOptions, type RunFlags } from './options.js';

export type PlanRequest<F extends RunFlags = RunFlags> =
  | { kind: 'request'; flags: F; options: PlanOptions }
  | { kind: 'invalid'; message: string };

/** `command` is the one that was called, with its options read. Nothing is expected of the plan yet. */
export async function planRequest<F extends RunFlags = RunFlags>(command: Command): Promise<PlanRequest<F>> {
  const wrong = await applyPlanFile(command);
  return wrong === undefined ? requestOf<F>(command) : { kind: 'invalid', message: wrong };
}

/** The same of a command whose plan file, if any, has been applied. */
export function requestOf<F extends RunFlags = RunFlags>(command: Command): PlanRequest<F> {
  const { client, clientImage, clientBuild } = command.opts<F>();
  if (client === undefined && (clientImage ?? clientBuild) !== undefined)
    return {
      kind: 'invalid',
      message: '--client-image and --client-build say where the program of --client is; give --client too',
    };
  const noFolder = clientBuild === undefined ? undefined : refuseBuildFolder(clientBuild);
  if (noFolder !== undefined) return { kind: 'invalid', message: noFolder };
  if (client !== undefined && command.getOptionValueSource('recipe') === 'default')
    command.setOptionValueWithSource('recipe', OWN_CLIENT, 'implied');
  const flags = command.opts<F>();
  const options = planOptions(flags, {});
  const unable = refuseKeepAlive(options);
  if (unable !== undefined) return { kind: 'invalid', message: unable };
  if (flags.swarm !== true) return { kind: 'request', flags, options };
  const asked = command.getOptionValueSource('faults') === 'default' ? undefined : flags.faults;
  const refused = refuseFaults(asked ?? [], { ...options, ttlMs: options.ttlSeconds * 1000 });
  if (refused !== undefined) return { kind: 'invalid', message: refused };
  return { kind: 'request', flags, options: { ...options, faults: drawSwarm(options, asked) } };
}

/** What hides its lease cannot be told when to renew it. */
function refuseKeepAlive({ recipe, keepAlive }: PlanOptions): string | undefined {
  const able = findRecipe(recipe)?.keepAlive ?? [keepAlive];
  if (able.includes(keepAlive)) return undefined;
  return `the recipe ${recipe} keeps its lease alive by itself, or not at all: give --keep-alive ${able.join(' or ')}`;
}

/** Sets the command's options from its plan file where the command line left them open; what is wrong with it, if anything. */
export async function applyPlanFile(command: Command): Promise<string | undefined> {
  const path = command.opts<RunFlags>().plan;
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return `the plan file cannot be read: ${(error as Error).message}`;
  }
  const read = readPlanFile(text);
  if (read.kind === 'invalid') return `${path}, line ${read.line}: ${read.message}`;
  for (const setting of read.file.settings) {
    const wrong = applySetting(command, setting);
    if (wrong !== undefined) return `${path}, line ${setting.line}: ${wrong}`;
  }
  applyFaults(command, read.file);
  return undefined;
}

function applyFaults(command: Command, { faults }: PlanFile): void {
  if (faults !== undefined && command.getOptionValueSource('faults') !== 'cli')
    command.setOptionValueWithSource('faults', faults, 'config');
}

/** Sets one option where the command line left it open; what is wrong, if anything. */
export function applySetting(
  command: Command,
  { name, value }: Pick<PlanSetting, 'name' | 'value'>,
): string | undefined {
  const known = command.options.filter(({ long }) => long !== '--plan');
  const option = known.find(({ long }) => long === `--${name}`);
  if (option === undefined)
    return `unknown option "${name}"; known: ${known.map(({ long }) => long?.slice(2)).join(', ')}`;
  const attribute = option.attributeName();
  try {
    const parsed = parseValue(option, value);
    if (command.getOptionValueSource(attribute) !== 'cli')
      command.setOptionValueWithSource(attribute, parsed, 'config');
  } catch (error) {
    if (error instanceof InvalidArgumentError) return `"${value}" is nothing for ${name}: ${error.message}`;
    throw error;
  }
  return undefined;
}

/** As the command line would read it. */
function parseValue(option: Option, value: PlanSetting['value']): unknown {
  if (option.isBoolean()) {
    if (typeof value !== 'boolean') throw new InvalidArgumentError('It takes true or false.');
    return value;
  }
  // Commander's own types leave out that a choice parses too.
  const parse = option.parseArg as ((text: string, previous: unknown) => unknown) | undefined;
  return parse === undefined ? String(value) : parse(String(value), undefined);
}
