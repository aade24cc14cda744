/** What can be chosen on the command line, by name, with one line each: the composition root's tables. */
import { RECIPES as RECIPE_TABLE } from '../../workloads/recipes/index.js';
import { WORKLOADS as WORKLOAD_TABLE } from '../../workloads/index.js';

export interface Choice {
  name: string;
  description: string;
}

export const RECIPES: readonly Choice[] = RECIPE_TABLE.map(({ name, description, source, expected }) => ({
  name,
  description: `${description} (${source}); expected: ${expected}`,
}));

export const STORAGES: readonly Choice[] = [
  {
    name: 'http',
    description: 'HTTP and JSON, in memory, with an ordered decision log; fencing off, equality, monotonic, on',
  },
  {
    name: 'http-durable',
    description: 'the same with every decision on the disk before it is answered: survives a kill',
  },
];

export const WORKLOADS: readonly Choice[] = WORKLOAD_TABLE.map(({ name, description, think, evidence, checkers }) => ({
  name,
  description: `${description}; thinks up to ${'ms' in think ? `${think.ms} ms` : `${think.ttls} x TTL`}; judged by ${checkers.join(', ')}; enough evidence: ${evidence}`,
}));
