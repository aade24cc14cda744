/**
 * Whether the cluster of a run may serve another one: only where nothing that the run did to it can show in the next run's record. Pure.
 * That it can be emptied, and answers, is for whoever takes it next to find out.
 */
import type { Role } from '../cluster/cluster.js';
import type { FaultName, FaultRecord, RecoveryRecord } from '../history/operation.js';
import type { RunEnd } from '../history/run-record.js';
import type { FaultKind } from '../plan/plan.js';

/**
 * Whom a kind of fault may have hit without leaving anything there once it is healed with proof.
 *
 * `everything`: the heal reads back from the kernel or the engine that nothing is left. SIGCONT and thawing leave a program as it was;
 * rules, shaping and proxies are gone from the nodes' network namespaces; a quota of CPU time is taken off.
 *
 * `clients`: what it does is done to client programs, which end with their run. An etcd member or a storage that was killed is
 * another program than the one that was started with the cluster, with recovered data; one whose clocks were bent keeps the code for
 * it in its memory, and the distance that its clock ran ahead.
 *
 * `nothing`: `disk` attaches a tracer to a program, fills its disk or takes its data away; `etcd` compacts history, restarts members or
 * makes their containers and their membership anew.
 */
const LEAVES_NOTHING_IN: Record<FaultKind, 'everything' | 'clients' | 'nothing'> = {
  pause: 'everything',
  freeze: 'everything',
  stall: 'everything',
  kill: 'clients',
  partition: 'everything',
  loss: 'everything',
  delay: 'everything',
  bandwidth: 'everything',
  clock: 'clients',
  disk: 'nothing',
  cpu: 'everything',
  etcd: 'nothing',
};

/** What is known of a run when it is over. */
export interface RunTraces {
  end: RunEnd['kind'];
  /** Both halves of every fault that was injected, as recorded. */
  faults: readonly { f: FaultName; value: FaultRecord }[];
  /** Missing: nobody waited for it. */
  recovery: RecoveryRecord | undefined;
  /** All agents, and the programs that they started, have ended. */
  isDeserted: boolean;
  /** By the names of all nodes. */
  roles: ReadonlyMap<string, Role>;
}

export function isReusable({ end, faults, recovery, isDeserted, roles }: RunTraces): boolean {
  if (end !== 'completed' || !isDeserted) return false;
  if (recovery === undefined) return faults.length === 0;
  if (recovery.tookMs === undefined || recovery.lanesNotLocked.length > 0 || recovery.cluster.length > 0) return false;
  const healed = new Set(faults.flatMap(({ f, value }) => (f === 'heal' && value.receipt.proven ? [value.id] : [])));
  return faults.every(({ value }) => healed.has(value.id) && leavesNothing(value, roles));
}

function leavesNothing({ kind, nodes }: FaultRecord, roles: RunTraces['roles']): boolean {
  switch ((LEAVES_NOTHING_IN as Record<string, (typeof LEAVES_NOTHING_IN)[FaultKind] | undefined>)[kind]) {
    case 'everything':
      return true;
    case 'clients':
      return nodes.every((name) => roles.get(name) === 'clients');
    default:
      return false;
  }
}
