/** Whose work a fault on processes or containers can hinder, as the record says it. Pure. */
import type { Injection } from './fault.js';

/**
 * The clients hit; everybody where the storage or an etcd member is hit. A single follower too: each client prefers one member
 * and has its calls time out before it turns to another, so that even its keep-alives may come too late.
 */
export function hindered({ nodes, clients }: Pick<Injection, 'nodes' | 'clients'>): readonly number[] | 'all' {
  if (nodes.some(({ role }) => role !== 'clients')) return 'all';
  return clients.map(({ process }) => process);
}
