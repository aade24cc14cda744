/** What can be chosen on the command line, by name, with one line each: the composition root's tables. */
import { schemesOf, type Storage, STORAGES as STORAGE_NAMES } from '../history/decision.js';
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

const STORAGE_LINES: Record<Storage, string> = {
  http: 'HTTP and JSON, in memory, with an ordered decision log',
  'http-durable': 'the same with every decision on the disk before it is answered: survives a kill',
  postgres: 'PostgreSQL 17 in a container of its own, every commit on the disk: one statement a request',
  redis: 'Redis 8 in a container of its own, every command on the disk: one Lua script a request',
  etcd: 'the cluster that keeps the lock too: one transaction a request',
};

export const STORAGES: readonly Choice[] = STORAGE_NAMES.map((name) => ({
  name,
  description: `${STORAGE_LINES[name]}; fencing: ${schemesOf(name).join(', ')}`,
}));

export const WORKLOADS: readonly Choice[] = WORKLOAD_TABLE.map(({ name, description, think, evidence, checkers }) => ({
  name,
  description: `${description}; thinks up to ${'ms' in think ? `${think.ms} ms` : `${think.ttls} x TTL`}; judged by ${checkers.join(', ')}; enough evidence: ${evidence}`,
}));
