/** The recipes by name: one file each, and one line here. */
import { electionService } from './election-service.js';
import { etcd3Election } from './etcd3-election.js';
import { etcd3Lock, etcd3LockStrict } from './etcd3-lock.js';
import { etcdctlLock } from './etcdctl-lock.js';
import { lockService, lockServiceZero } from './lock-service.js';
import { leaseBareDelete } from './lease-bare-delete.js';
import { leaseFixed } from './lease-fixed.js';
import { leaseKeepalive } from './lease-keepalive.js';
import { mutex } from './mutex.js';
import { naiveWait } from './naive-wait.js';
import { naive } from './naive.js';
import { noLease } from './no-lease.js';
import type { Recipe } from './recipe.js';
import { trylockSpin } from './trylock-spin.js';
import { trylockWait } from './trylock-wait.js';
import { txnGuard } from './txn-guard.js';

export const RECIPES: readonly Recipe[] = [
  naive,
  naiveWait,
  noLease,
  leaseFixed,
  leaseBareDelete,
  leaseKeepalive,
  mutex,
  trylockSpin,
  trylockWait,
  txnGuard,
  etcd3Lock,
  etcd3LockStrict,
  etcd3Election,
  lockService,
  lockServiceZero,
  electionService,
  etcdctlLock,
];

export function findRecipe(name: string): Recipe | undefined {
  return RECIPES.find((recipe) => recipe.name === name);
}
