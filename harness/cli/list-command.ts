/** `leasebreaker list`: what can be chosen, one line each. */
import type { Command } from 'commander';
import { CHECKERS } from '../../checkers/registry.js';
import { FENCING_SCHEMES } from '../../workloads/storages/fencing.js';
import { ETCD_PACKAGES } from '../cluster/etcd-packages.js';
import { ETCD_VERSIONS } from '../history/etcd-version.js';
import type { TokenSource } from '../history/run-record.js';
import { FAULTS } from '../nemesis/nemesis.js';
import { COMMON_OPTIONS, ROLES, SHAPES, TRIGGER_LINES } from '../plan/explanations.js';
import { FAULT_INFO, FAULT_KINDS, type FaultKind } from '../plan/fault-kinds.js';
import { targetsOf } from '../plan/fault-spec.js';
import { optionsOf } from '../plan/option-info.js';
import type { Ended } from './exit-codes.js';
import { RECIPES, STORAGES, WORKLOADS, type Choice } from './registry.js';

/** Name column wide enough for the longest name. */
function table(title: string, choices: readonly Choice[]): string {
  const width = Math.max(...choices.map(({ name }) => name.length)) + 2;
  return [title, ...choices.map(({ name, description }) => `  ${name.padEnd(width)}${description}`)].join('\n');
}

function choices(lines: Record<string, string>): Choice[] {
  return Object.entries(lines).map(([name, description]) => ({ name, description }));
}

const TOKEN_LINES: Record<TokenSource, string> = {
  'create-revision': "create revision of the lock's key: larger with every holder",
  'header-revision':
    'revision in the header of the answer that gave the lock: runs ahead of the former under contention',
  'lease-id': 'id of the lease: unique, in no order',
  'wall-clock': "the client's clock at the moment of locking: as much in order as clocks agree",
  random: 'a random number: unique, in no order',
};

const etcdVersions: readonly Choice[] = ETCD_VERSIONS.map((name) => ({
  name,
  description: ETCD_PACKAGES[name].description,
}));

/** A kind on one line: what it does, its options with their defaults, where it strikes, for how long, what proves it. */
function faultLine(kind: FaultKind): Choice {
  const { description, defaultFor, defaultTarget } = FAULT_INFO[kind];
  const [from, to] = defaultFor;
  const options = optionsOf(kind).map(
    ({ name, takes, default: usual }) => `${name} (${takes}${usual === undefined || usual === '' ? '' : `; ${usual}`})`,
  );
  const parts = [
    description,
    ...(options.length === 0 ? [] : [`options: ${options.join(', ')}`]),
    `for ${from === to ? from : `${from} to ${to}`} TTL`,
    `targets: ${targetsOf(kind)
      .map((target) => (target === defaultTarget ? `${target} (default)` : target))
      .join(', ')}`,
    `receipt: ${FAULTS[kind].receipt}`,
  ];
  return { name: kind, description: parts.join('; ') };
}

export function addListCommand(program: Command, _ended: Ended): void {
  program
    .command('list')
    .description(
      'list recipes, storages, fencing schemes, tokens, workloads, versions of etcd, faults with all that can be said of them, checkers',
    )
    .action(() => {
      const tables = [
        table('Recipes (--recipe)', RECIPES),
        table('Storages (--storage)', STORAGES),
        table('Fencing (--fencing)', FENCING_SCHEMES),
        table('Fencing tokens (--token)', choices(TOKEN_LINES)),
        table('Workloads (--workload)', WORKLOADS),
        table('Versions of etcd (--etcd; any other by --etcd-image)', etcdVersions),
        table('Faults (--faults kind:option@target,...)', FAULT_KINDS.map(faultLine)),
        table('Options of every fault (kind:name=value)', COMMON_OPTIONS),
        table('Targets (@target; the observer is never one)', choices(ROLES)),
        table('Triggers (on=...)', choices(TRIGGER_LINES)),
        table('Shapes of partitions (partition:SHAPE)', choices(SHAPES)),
        table('Checkers', CHECKERS),
      ];
      process.stdout.write(`${tables.join('\n\n')}\n`);
    });
}
