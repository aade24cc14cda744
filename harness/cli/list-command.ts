/** `leasebreaker list`: what can be chosen, one line each. */
import type { Command } from 'commander';
import { FAULTS } from '../nemesis/nemesis.js';
import { FENCING_SCHEMES } from '../../workloads/storages/fencing.js';
import { CHECKERS } from '../../checkers/registry.js';
import type { Ended } from './exit-codes.js';
import { RECIPES, STORAGES, WORKLOADS, type Choice } from './registry.js';

/** Name column wide enough for the longest name. */
function table(title: string, choices: readonly Choice[]): string {
  const width = Math.max(...choices.map(({ name }) => name.length)) + 2;
  return [title, ...choices.map(({ name, description }) => `  ${name.padEnd(width)}${description}`)].join('\n');
}

export function addListCommand(program: Command, _ended: Ended): void {
  program
    .command('list')
    .description('list recipes, storages, fencing schemes, workloads, faults and checkers')
    .action(() => {
      const faults = Object.values(FAULTS).map(({ kind, description, receipt }) => ({
        name: kind,
        description: `${description}; receipt: ${receipt}`,
      }));
      const tables = [
        table('Recipes (--recipe)', RECIPES),
        table('Storages (--storage)', STORAGES),
        table('Fencing (--fencing)', FENCING_SCHEMES),
        table('Workloads (--workload)', WORKLOADS),
        table('Faults (--faults)', faults),
        table('Checkers', CHECKERS),
      ];
      process.stdout.write(`${tables.join('\n\n')}\n`);
    });
}
