/** The rows below the clients: etcd's members and the storage. */
import type { Fault } from '../../history/pairing.js';
import type { RunTables } from '../../history/run-record.js';
import type { NodeRow } from '../page-data.js';

/** Members that told of anything or were hit; data in etcd has no storage of its own. */
export function nodeRows({ settings, ownership, samples = [] }: RunTables, faults: readonly Fault[]): NodeRow[] {
  const hit = faults.flatMap(({ inject: { value } }) => value.nodes).filter((name) => name.startsWith('etcd'));
  const members = new Set([...ownership.members, ...samples.map(({ member }) => member), ...hit]);
  const byNumber = new Intl.Collator('en', { numeric: true });
  return [
    ...[...members].sort(byNumber.compare).map((name): NodeRow => ({ name, role: 'etcd' })),
    ...(settings.storage === 'etcd' ? [] : [{ name: 'storage', role: 'storage' } as const]),
  ];
}
