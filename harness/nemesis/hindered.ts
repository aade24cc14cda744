/** Whose work a fault on processes or containers can hinder, as the record says it. Pure. */
import type { Injection } from './fault.js';

/**
 * The clients hit; everybody where the storage, etcd's leader or a majority of its members is hit, or when nobody knows who
 * leads; nobody where it is a minority that only follows, which the others do without.
 */
export function hindered({ nodes, clients, world }: Injection): readonly number[] | 'all' {
  if (nodes.some(({ role }) => role === 'storage')) return 'all';
  const members = nodes.filter(({ role }) => role === 'etcd');
  if (members.length > 0) {
    const all = world.nodes.filter(({ role }) => role === 'etcd').length;
    const leader = world.etcd.leader();
    const isMajority = members.length > Math.floor((all - 1) / 2);
    if (isMajority || leader === undefined || members.some(({ name }) => name === leader)) return 'all';
  }
  return clients.map(({ process }) => process);
}
