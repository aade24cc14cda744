/** A world for unit tests of the nemesis: clients and nodes that only remember; real ones are hit in test/. */
import type { PlannedFault } from '../../plan/plan.js';
import type { ClientTarget, FaultNode, World } from '../fault.js';

const never = (): never => {
  throw new Error('the test does not reach this far');
};

export class RememberedClient implements ClientTarget {
  readonly childName: string;
  process: number;
  waiting = false;
  holding = false;
  held = false;

  constructor(
    readonly slot: number,
    readonly lane = 0,
    readonly node = `clients${(slot % 3) + 1}`,
  ) {
    this.process = slot;
    this.childName = `client-${slot}`;
  }
  isWaiting = (): boolean => this.waiting;
  get isHolding(): boolean {
    return this.holding;
  }
  isRunning = (): boolean => !this.held;
  hold(): void {
    this.held = true;
  }
  letGo(): void {
    this.held = false;
  }
  signal = never;
  stall = never;
  readClock = never;
  killByFault = never;
  revive = never;
}

export function node(name: string): FaultNode {
  const role = name.startsWith('etcd') ? 'etcd' : name.startsWith('clients') ? 'clients' : 'storage';
  const nothing = {} as unknown;
  return {
    name,
    role,
    addresses: [],
    agent: nothing as FaultNode['agent'],
    container: nothing as FaultNode['container'],
  };
}

export const NODES = ['clients1', 'clients2', 'clients3', 'etcd1', 'etcd2', 'etcd3', 'storage'].map(node);

export function worldOf(clients: readonly ClientTarget[], ttlMs: number, leader: () => string | undefined): World {
  const nothing = {} as unknown;
  return {
    ttlMs,
    nodes: NODES,
    clients,
    etcd: { ...(nothing as World['etcd']), leader },
    network: nothing as World['network'],
    port: () => undefined,
    storageSpeaks: 'http',
    storageKeepsItsData: true,
    storageAdmin: never,
    etcdData: 'tmpfs',
  };
}

export function planned(changes: Partial<PlannedFault> = {}): PlannedFault {
  return {
    id: 'f0',
    kind: 'pause',
    lane: 0,
    target: 'holder',
    trigger: 'acquired',
    atMs: 0,
    delayMs: 0,
    durationMs: 2500,
    alone: false,
    pick: 0,
    options: {},
    ...changes,
  };
}
