/** The options of a run, with their help, defaults and units; `run`, `campaign` and `demo` share them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FENCING } from '../history/decision.js';
import { ON_LOSS } from '../history/run-record.js';
import { DEFAULTS, parseFaults, type PlanOptions } from '../plan/make-plan.js';
import type { FaultKind } from '../plan/plan.js';
import { freshSeed } from '../plan/random.js';
import { RECIPES, STORAGES, WORKLOADS } from './registry.js';

/** As commander hands them over. */
export interface RunFlags {
  recipe: string;
  storage: string;
  workload: string;
  fencing: PlanOptions['fencing'];
  token: PlanOptions['token'];
  onLoss: PlanOptions['onLoss'];
  lanes: number;
  clients: number;
  ttl: number;
  time: number;
  rate: number;
  think: number;
  faults: FaultKind[];
  seed?: number;
  etcdNodes: string;
  etcdImage?: string;
  etcdData: 'tmpfs' | 'disk';
  name?: string;
  output: string;
  subnet?: string;
  dryRun?: boolean;
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It takes a number.');
  return value;
}

function faults(text: string): FaultKind[] {
  const parsed = parseFaults(text);
  if (parsed.kind === 'invalid') throw new InvalidArgumentError(parsed.message);
  return parsed.faults;
}

export function outputOption(): Option {
  return new Option('--output <folder>', 'folder for the results').default('results');
}

/** Options of everything that carries a plan out. */
export function addRunOptions(command: Command): Command {
  return command
    .addOption(new Option('--recipe <name>', 'lock recipe under test').choices(RECIPES.map((recipe) => recipe.name)).default(DEFAULTS.recipe))
    .addOption(new Option('--storage <name>', 'storage that the lock guards').choices(STORAGES.map((storage) => storage.name)).default(DEFAULTS.storage))
    .addOption(new Option('--workload <name>', 'what clients do inside the lock').choices(WORKLOADS.map((workload) => workload.name)).default(DEFAULTS.workload))
    .addOption(new Option('--fencing <mode>', 'how the storage checks fencing tokens').choices(FENCING).default(DEFAULTS.fencing))
    .addOption(new Option('--token <source>', 'what clients send as fencing token').choices(['create-revision', 'lease-id']).default(DEFAULTS.token))
    .addOption(new Option('--on-loss <what>', 'what a client does once it knows that its lock is gone: go on with the section, or refuse the rest').choices(ON_LOSS).default(DEFAULTS.onLoss))
    .addOption(new Option('--lanes <n>', 'locks side by side, each with its own clients and resource').argParser(number).default(DEFAULTS.lanes))
    .addOption(new Option('--clients <n>', 'client processes per lane').argParser(number).default(DEFAULTS.clients))
    .addOption(new Option('--ttl <s>', 'lease TTL in seconds; etcd grants 2 at least').argParser(number).default(DEFAULTS.ttlSeconds))
    .addOption(new Option('--time <s>', 'traffic in seconds').argParser(number).default(DEFAULTS.timeSeconds))
    .addOption(new Option('--rate <n>', 'operations per second aimed at over all lanes; 0: no limit').argParser(number).default(DEFAULTS.rate))
    .addOption(new Option('--think <ms>', 'longest time between read and write, in ms').argParser(number).default(DEFAULTS.thinkMs))
    .addOption(new Option('--faults <kinds>', 'faults to inject, separated by commas: none, pause').argParser(faults).default([...DEFAULTS.faults], 'pause'))
    .addOption(new Option('--seed <n>', 'names the run: the same seed draws the same plan (default: a fresh one, printed)').argParser(number))
    .addOption(new Option('--etcd-nodes <n>', 'etcd members').choices(['1', '3', '5']).default(String(DEFAULTS.etcdNodes)))
    .addOption(new Option('--etcd-image <image>', 'etcd image, such as an official one (default: etcd 3.5 from Debian)').env('ETCD_IMAGE'))
    .addOption(new Option('--etcd-data <where>', "where etcd's data lies").choices(['tmpfs', 'disk']).default(DEFAULTS.etcdData))
    .addOption(new Option('--name <name>', 'name of the run in the results (default: made of recipe, storage and fencing)'))
    .addOption(outputOption())
    .addOption(new Option('--subnet <cidr>', 'subnet for the containers, a /24 (default: the first free one)').env('LEASEBREAKER_SUBNET'))
    .addOption(new Option('--dry-run', 'print the plan as JSON and do nothing'));
}

/** What a plan is made of; a seed is drawn where none was given. */
export function planOptions(flags: RunFlags, expect: PlanOptions['expect']): PlanOptions {
  return {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    seed: flags.seed ?? freshSeed(),
    recipe: flags.recipe,
    storage: flags.storage,
    workload: flags.workload,
    fencing: flags.fencing,
    onLoss: flags.onLoss,
    token: flags.token,
    lanes: flags.lanes,
    clients: flags.clients,
    ttlSeconds: flags.ttl,
    timeSeconds: flags.time,
    rate: flags.rate,
    thinkMs: flags.think,
    faults: flags.faults,
    etcdNodes: Number(flags.etcdNodes) as 1 | 3 | 5,
    ...(flags.etcdImage === undefined || flags.etcdImage === '' ? {} : { etcdImage: flags.etcdImage }),
    etcdData: flags.etcdData,
    expect,
  };
}

/** The command line that makes the same plan again: what differs from the defaults, and the seed. */
export function replayLine(options: PlanOptions): string {
  const parts = ['npx leasebreaker run', `--seed ${options.seed}`, `--fencing ${options.fencing}`];
  const add = (flag: string, value: string | number, usual: string | number): void => {
    if (value !== usual) parts.push(`--${flag} ${value}`);
  };
  add('recipe', options.recipe, DEFAULTS.recipe);
  add('storage', options.storage, DEFAULTS.storage);
  add('workload', options.workload, DEFAULTS.workload);
  add('token', options.token, DEFAULTS.token);
  add('on-loss', options.onLoss, DEFAULTS.onLoss);
  add('lanes', options.lanes, DEFAULTS.lanes);
  add('clients', options.clients, DEFAULTS.clients);
  add('ttl', options.ttlSeconds, DEFAULTS.ttlSeconds);
  add('time', options.timeSeconds, DEFAULTS.timeSeconds);
  add('rate', options.rate, DEFAULTS.rate);
  add('think', options.thinkMs, DEFAULTS.thinkMs);
  add('faults', options.faults.join(',') || 'none', DEFAULTS.faults.join(','));
  add('etcd-nodes', options.etcdNodes, DEFAULTS.etcdNodes);
  if (options.etcdImage !== undefined) parts.push(`--etcd-image ${options.etcdImage}`);
  add('etcd-data', options.etcdData, DEFAULTS.etcdData);
  return parts.join(' ');
}
