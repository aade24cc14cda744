/** The options of a run, with their help, defaults and units; `run`, `campaign` and `demo` share them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSubnet } from '../cluster/subnet.js';
import { FENCING, type Fencing } from '../history/decision.js';
import { ETCD_VERSIONS, type EtcdVersion } from '../history/etcd-version.js';
import { KEEP_ALIVE, ON_LOSS, TOKENS } from '../history/run-record.js';
import { parseFaults, renderFaults } from '../plan/fault-grammar.js';
import type { FaultSpec } from '../plan/fault-spec.js';
import { DEFAULTS, type PlanOptions } from '../plan/make-plan.js';
import { freshSeed } from '../plan/random.js';
import { findRecipe } from '../../workloads/recipes/index.js';
import { usualThinkMs as thinkOf, WORKLOADS as WORKLOAD_TABLE } from '../../workloads/index.js';
import { RECIPES, STORAGES, WORKLOADS } from './registry.js';

/** As commander hands them over. */
export interface RunFlags {
  recipe: string;
  storage: string;
  workload: string;
  fencing: PlanOptions['fencing'];
  token: PlanOptions['token'];
  onLoss: PlanOptions['onLoss'];
  keepAlive: PlanOptions['keepAlive'];
  lanes: number;
  clients: number;
  ttl: number;
  time: number;
  rate: number;
  think?: number;
  faults: FaultSpec[];
  client?: string;
  clientImage?: string;
  clientBuild?: string;
  plan?: string;
  swarm?: boolean;
  impossibleClocks?: boolean;
  seed?: number;
  etcdNodes: string;
  etcd?: EtcdVersion;
  etcdImage?: string;
  etcdData: 'tmpfs' | 'disk';
  name?: string;
  output: string;
  subnet?: string;
  edn?: boolean;
  dryRun?: boolean;
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It takes a number.');
  return value;
}

export function subnetOption(): Option {
  return new Option('--subnet <cidr>', 'subnet for the containers, a /24 (default: the first free one)')
    .env('LEASEBREAKER_SUBNET')
    .argParser(subnet);
}

/** An empty variable of the environment is as good as none. */
function subnet(text: string): string | undefined {
  if (text === '') return undefined;
  if (parseSubnet(text) === undefined)
    throw new InvalidArgumentError('It takes an IPv4 network such as 10.213.7.0/24.');
  return text;
}

function faults(text: string): FaultSpec[] {
  const parsed = parseFaults(text);
  if (parsed.kind === 'invalid') throw new InvalidArgumentError(parsed.message);
  return parsed.faults;
}

function fencing(text: string): Fencing {
  const known = FENCING.find((scheme) => scheme === (text === 'fenced-reads' ? 'on' : text));
  if (known === undefined) throw new InvalidArgumentError(`Allowed choices are ${FENCING.join(', ')}, fenced-reads.`);
  return known;
}

const FAULTS_HELP = `what to inject: kind:option@target, separated by commas, or none. For example
pause,partition:isolate-leader,clock:drift=0.25@holder
kill:for=2.5ttl:every=10s:jitter=2s@follower
etcd:move-leader,pause:on=before-write:wait=50ms
(\`list\` names all kinds, options, targets and triggers; docs/faults.md explains them)`;

export function outputOption(): Option {
  return new Option('--output <folder>', 'folder for the results').default('results');
}

export function ednOption(): Option {
  return new Option('--edn', "write the run's operations as history.edn too, for Jepsen's tools (default: off)");
}

/** Options of everything that carries a plan out, less those that a command sets itself. */
export function addRunOptions(
  command: Command,
  { fixed = [] }: { fixed?: readonly ('fencing' | 'name')[] } = {},
): Command {
  const names = (choices: readonly { name: string }[]): string[] => choices.map(({ name }) => name);
  const options: Record<string, Option> = {
    recipe: new Option('--recipe <name>', 'lock recipe under test').choices(names(RECIPES)).default(DEFAULTS.recipe),
    client: new Option(
      '--client <command>',
      "your own client program instead of leasebreaker's, as a shell in the client hosts takes it (docs/your-own-lock.md)",
    ),
    clientImage: new Option(
      '--client-image <image>',
      'image of the client hosts that holds it, made FROM leasebreaker-node (default: leasebreaker-node itself)',
    ).conflicts('clientBuild'),
    clientBuild: new Option(
      '--client-build <folder>',
      'folder with a Dockerfile for that image; its build argument NODE_IMAGE is what it has to start FROM',
    ),
    storage: new Option('--storage <name>', 'storage that the lock guards')
      .choices(names(STORAGES))
      .default(DEFAULTS.storage),
    workload: new Option('--workload <name>', 'what clients do inside the lock')
      .choices(names(WORKLOADS))
      .default(DEFAULTS.workload),
    fencing: new Option(
      '--fencing <scheme>',
      `how writes are fenced: ${FENCING.join(', ')} (fenced-reads is another word for it)`,
    )
      .argParser(fencing)
      .default(DEFAULTS.fencing),
    token: new Option('--token <source>', 'what clients send as fencing token').choices(TOKENS).default(DEFAULTS.token),
    onLoss: new Option(
      '--on-loss <what>',
      'once a client knows that its lock is gone: ignore it and go on with the section, or stop',
    )
      .choices(ON_LOSS)
      .default(DEFAULTS.onLoss),
    keepAlive: new Option(
      '--keep-alive <who>',
      "who keeps leases alive: the client's own library, or the controller, by operations that are recorded",
    )
      .choices(KEEP_ALIVE)
      .default(DEFAULTS.keepAlive),
    lanes: new Option('--lanes <n>', 'locks side by side, each with its own clients and resource')
      .argParser(number)
      .default(DEFAULTS.lanes),
    clients: new Option('--clients <n>', 'client processes per lane').argParser(number).default(DEFAULTS.clients),
    ttl: new Option('--ttl <s>', 'lease TTL in seconds; etcd grants 2 at least')
      .argParser(number)
      .default(DEFAULTS.ttlSeconds),
    time: new Option('--time <s>', 'traffic in seconds').argParser(number).default(DEFAULTS.timeSeconds),
    rate: new Option('--rate <n>', 'operations per second aimed at over all lanes; 0: no limit')
      .argParser(number)
      .default(DEFAULTS.rate),
    think: new Option(
      '--think <ms>',
      'longest time that a section thinks, in ms (default: 20 for the counter, one TTL for the others)',
    ).argParser(number),
    faults: new Option('--faults <faults>', FAULTS_HELP)
      .argParser(faults)
      .default([...DEFAULTS.faults], renderFaults(DEFAULTS.faults)),
    swarm: new Option(
      '--swarm',
      'draw a random subset with random weights of --faults, of all kinds where none are given (default: off)',
    ),
    impossibleClocks: new Option(
      '--impossible-clocks',
      'let clock faults turn monotonic clocks back, which no kernel does (default: off)',
    ),
    plan: new Option(
      '--plan <file>',
      'YAML or JSON with these options by their names and a list "faults:"; what is given beside it wins',
    ),
    seed: new Option(
      '--seed <n>',
      'names the run: the same seed draws the same plan (default: a fresh one, printed)',
    ).argParser(number),
    etcdNodes: new Option('--etcd-nodes <n>', 'etcd members')
      .choices(['1', '3', '5'])
      .default(String(DEFAULTS.etcdNodes)),
    etcd: new Option('--etcd <version>', "etcd from Debian's packages (default: 3.5)").choices(ETCD_VERSIONS),
    etcdImage: new Option('--etcd-image <image>', 'another etcd by its image, such as an official one').env(
      'ETCD_IMAGE',
    ),
    etcdData: new Option('--etcd-data <where>', "where etcd's data lies")
      .choices(['tmpfs', 'disk'])
      .default(DEFAULTS.etcdData),
    name: new Option('--name <name>', 'name of the run in the results (default: made of recipe, storage and fencing)'),
    output: outputOption(),
    subnet: subnetOption(),
    edn: ednOption(),
    dryRun: new Option('--dry-run', 'print the plan as JSON and do nothing (default: off)'),
  };
  for (const [key, option] of Object.entries(options)) {
    if (!(fixed as readonly string[]).includes(key)) command.addOption(option);
  }
  return command;
}

/** The recipe of a client that is not leasebreaker's, unless another is named: it is what that client makes of it. */
export const OWN_CLIENT = 'own-client';

function clientOf(
  command: string,
  { clientImage: image, clientBuild: build }: Pick<RunFlags, 'clientImage' | 'clientBuild'>,
): NonNullable<PlanOptions['client']> {
  return { command, ...(image === undefined ? {} : { image }), ...(build === undefined ? {} : { build }) };
}

/** In ms; of a workload that does not exist, nothing is asked. */
function usualThinkMs(workload: string, ttlSeconds: number): number {
  const found = WORKLOAD_TABLE.find(({ name }) => name === workload);
  return found === undefined ? 0 : thinkOf(found, ttlSeconds * 1000);
}

/** What a plan has to know about a recipe besides its name. */
export function traitsOf(recipe: string): Pick<PlanOptions, 'sharesRevisions' | 'leaseless'> {
  const { sharesRevisions = false, leaseless = false } = findRecipe(recipe) ?? {};
  return { sharesRevisions, leaseless };
}

/** What a plan is made of; a seed is drawn where none was given. */
export function planOptions(flags: RunFlags, expect: PlanOptions['expect']): PlanOptions {
  return {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    seed: flags.seed ?? freshSeed(),
    recipe: flags.recipe,
    ...(flags.client === undefined ? {} : { client: clientOf(flags.client, flags) }),
    ...traitsOf(flags.recipe),
    storage: flags.storage,
    workload: flags.workload,
    fencing: flags.fencing,
    onLoss: flags.onLoss,
    keepAlive: flags.keepAlive,
    token: flags.token,
    lanes: flags.lanes,
    clients: flags.clients,
    ttlSeconds: flags.ttl,
    timeSeconds: flags.time,
    rate: flags.rate,
    thinkMs: flags.think ?? usualThinkMs(flags.workload, flags.ttl),
    faults: flags.faults,
    impossibleClocks: flags.impossibleClocks === true,
    etcdNodes: Number(flags.etcdNodes) as 1 | 3 | 5,
    ...(flags.etcd === undefined ? {} : { etcdVersion: flags.etcd }),
    ...(flags.etcdImage === undefined || flags.etcdImage === '' ? {} : { etcdImage: flags.etcdImage }),
    etcdData: flags.etcdData,
    expect,
  };
}

/** The command line that makes the same plan again, swarm or not: the seed, the fencing, and what differs from the defaults. */
export function replayLine(options: PlanOptions): string {
  return [
    'npx leasebreaker run',
    `--seed ${options.seed}`,
    `--fencing ${options.fencing}`,
    ...changedOptions(options),
  ].join(' ');
}

function changedOptions(options: PlanOptions): string[] {
  const parts: string[] = [];
  const add = (flag: string, value: string | number, usual: string | number): void => {
    if (value !== usual) parts.push(`--${flag} ${value}`);
  };
  add('recipe', options.recipe, options.client === undefined ? DEFAULTS.recipe : OWN_CLIENT);
  if (options.client !== undefined) {
    const { command, image, build } = options.client;
    parts.push(`--client ${forShell(command)}`);
    if (image !== undefined) parts.push(`--client-image ${forShell(image)}`);
    if (build !== undefined) parts.push(`--client-build ${forShell(build)}`);
  }
  add('storage', options.storage, DEFAULTS.storage);
  add('workload', options.workload, DEFAULTS.workload);
  add('token', options.token, DEFAULTS.token);
  add('on-loss', options.onLoss, DEFAULTS.onLoss);
  add('keep-alive', options.keepAlive, DEFAULTS.keepAlive);
  add('lanes', options.lanes, DEFAULTS.lanes);
  add('clients', options.clients, DEFAULTS.clients);
  add('ttl', options.ttlSeconds, DEFAULTS.ttlSeconds);
  add('time', options.timeSeconds, DEFAULTS.timeSeconds);
  add('rate', options.rate, DEFAULTS.rate);
  add('think', options.thinkMs, usualThinkMs(options.workload, options.ttlSeconds));
  add('faults', forShell(renderFaults(options.faults)), renderFaults(DEFAULTS.faults));
  if (options.impossibleClocks) parts.push('--impossible-clocks');
  add('etcd-nodes', options.etcdNodes, DEFAULTS.etcdNodes);
  if (options.etcdVersion !== undefined) parts.push(`--etcd ${options.etcdVersion}`);
  if (options.etcdImage !== undefined) parts.push(`--etcd-image ${options.etcdImage}`);
  add('etcd-data', options.etcdData, DEFAULTS.etcdData);
  if (options.name !== undefined) parts.push(`--name ${options.name}`);
  return parts;
}

/** In quotes if a shell would read it as more than a word. */
export function forShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
