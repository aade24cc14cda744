/**
 * What every fault is: something that is injected, proven by a receipt, and healed. One file per kind implements it and
 * sees the world only through the interfaces here; nemesis.ts decides when and to whom, and guarantees that everything
 * injected is healed.
 */
import type { ClockChange, ClockResult, ExecResult, ProbeResult, SignalResult, TaskStates } from '../agent/protocol.js';
import type { Receipt } from '../history/operation.js';
import type { FaultKind, PlannedFault } from '../plan/plan.js';

export type StopSignal = 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL';

/** A client process as a fault sees it. */
export interface ClientTarget {
  lane: number;
  /** The logical process number that it has now. */
  readonly process: number;
  /** Its slot in the plan, which stays. */
  readonly slot: number;
  /** The client host that it runs on. */
  node: string;
  /** Its name with the host's agent, for commands that take a `Whose`. */
  readonly childName: string;
  /** Whether an acquire has been under way for a while without an answer. */
  isWaiting(): boolean;
  /** Whether it was given a lock and has not released it, for all that it was told. */
  readonly isHolding: boolean;
  /** Whether it could be hit: running, not already under a fault that holds it up. */
  isRunning(): boolean;
  /** From now on no operation is sent to it; what falls due waits. */
  hold(): void;
  /** Sends what fell due meanwhile, and lets operations flow again. */
  letGo(): void;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<SignalResult>;
  /** Asks the client itself to block its main thread; resolves with what it measured when it is over. */
  stall(how: 'gc' | 'busy', ms: number): Promise<{ delayMs: number; gcMs: number }>;
  /** The client's own clocks, asked over its stdio. */
  readClock(): Promise<{ wallMs: number; monotonicNs: string }>;
  /** Kills the program (SIGKILL); nothing runs in its slot until `revive`. Resolves when the exit was seen. */
  killByFault(): Promise<{ pid: number }>;
  /** Starts a new program in its slot; resolves with its pid when it answers. */
  revive(): Promise<{ pid: number }>;
}

/** The agent of a node, in the sidecar for etcd members and the storage. All reject when the agent is gone. */
export interface NodeAgent {
  exec(command: string[], options?: { stdin?: string; limitMs?: number }): Promise<ExecResult>;
  /** A command for the dead-man's switch: run by the agent when the controller is gone. Undefined takes it back. */
  guard(name: string, command: string[] | undefined): Promise<void>;
  /** Opens a TCP connection; with `send` says that and listens until the other end closes it. */
  probe(host: string, port: number, limitMs: number, send?: string): Promise<ProbeResult>;
  /** Signals the program beside the sidecar, all of its processes. */
  signalProgram(signal: StopSignal): Promise<SignalResult>;
  /** States of the program's tasks; none when it does not run. */
  programTasks(): Promise<TaskStates>;
  clock(of: { child: string } | 'program', change: ClockChange): Promise<ClockResult>;
  /** Starts a program beside the agent that ends with it; lines of its stdout and stderr go to `onLine`. */
  spawn(name: string, command: string[], onLine: (line: string) => void): Promise<{ pid: number }>;
  /** Ends what `spawn` started; silent when it has ended. */
  end(name: string): Promise<void>;
}

/** The engine's hands on a container. Idempotent but for `start`. */
export interface ContainerControl {
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Starts it again after its end. */
  start(): Promise<void>;
  state(): Promise<{ running: boolean; paused: boolean; exitCode: number; pid: number; startedAt: string }>;
  /** Quota in percent of one CPU; undefined: none. */
  limitCpu(percent: number | undefined): Promise<void>;
  /** Since the container's start. */
  throttled(): Promise<{ periods: number; throttledPeriods: number; throttledNs: number }>;
  /** From now on its end is no failure of the environment, until the returned function is called. */
  expectExit(): () => void;
}

export type NodeRole = 'etcd' | 'storage' | 'clients';

/** A container that faults may touch. The observer is none. */
export interface FaultNode {
  name: string;
  role: NodeRole;
  /** Its addresses in the test network, IPv4 first. */
  addresses: readonly string[];
  agent: NodeAgent;
  container: ContainerControl;
}

/** One member as it says itself. */
export interface MemberView {
  name: string;
  leader: boolean;
  revision: number;
  raftIndex: number;
  raftTerm: number;
  dbSize: number;
}

/** Administration of the etcd cluster. All reject with etcd's own words. */
export interface EtcdControl {
  /** Who the observer last saw leading; undefined during an election. */
  leader(): string | undefined;
  /** Members that answer; the others are missing from the list. */
  status(): Promise<MemberView[]>;
  /** Resolves true as soon as every member is healthy, false after `ms`. */
  awaitHealthy(ms: number): Promise<boolean>;
  moveLeader(to: string): Promise<void>;
  /** To the current revision, which it gives. */
  compact(): Promise<number>;
  defragment(member: string): Promise<void>;
  members(): Promise<string[]>;
  removeMember(name: string): Promise<void>;
  /** Adds a removed member again, with an empty data directory, and starts it. */
  addMember(name: string): Promise<void>;
  /** A lease that is only there to tell the leader's clock; seconds. */
  grantProbeLease(ttl: number): Promise<{ id: string }>;
  remainingTtl(id: string): Promise<number>;
  revokeProbeLease(id: string): Promise<void>;
}

/** The firewall and traffic shaping of all nodes: many faults at once add up to one rule set per node. */
export interface Network {
  /** Puts a fault's contribution in force on every node that it names; resolves when all nodes have swapped. */
  apply(faultId: string, contribution: ReadonlyMap<string, NodeNetwork>): Promise<void>;
  /** Takes it back; silent when it is not in force. */
  remove(faultId: string): Promise<void>;
  /**
   * Packets and bytes that matched the fault's filters on one node since they were put in force, and how many packets it
   * dropped or refused itself: fewer where it only thins them, or where another fault's filter had them first.
   */
  counters(faultId: string, node: string): Promise<{ packets: number; bytes: number; dropped: number }>;
  /** What the kernel of one node still has of the fault, a line each, read back from it; empty once it is removed. */
  remaining(faultId: string, node: string): Promise<string[]>;
  /** Ids of the other faults that are in force on the node. */
  besides(faultId: string, node: string): string[];
  /** Whether connections of the node to that address and port are led to a proxy, which accepts them whatever lies behind. */
  isLed(node: string, address: string, port: number): boolean;
}

/** What one fault wants of one node's network. */
export interface NodeNetwork {
  /** Traffic of this node that is stopped or thinned; `in`: what arrives, `out`: what leaves. */
  filters: readonly {
    direction: 'in' | 'out';
    /** The other end's addresses, IPv4 and IPv6. */
    peers: readonly string[];
    action: { do: 'drop' } | { do: 'reject' } | { do: 'loss'; percent: number };
  }[];
  /** What leaves this node for the peers is delayed or limited. */
  shapes: readonly {
    peers: readonly string[];
    delayMs?: number;
    jitterMs?: number;
    kbitPerSecond?: number;
  }[];
  /**
   * New TCP connections that are led to a port of this node itself, where a proxy listens: `out` those that this node
   * opens to the address and port, `in` those that the address opens to this node's port.
   */
  redirects?: readonly { direction: 'in' | 'out'; peer: string; port: number; to: number }[];
}

/** Everything that a fault may look at and touch. */
export interface World {
  ttlMs: number;
  nodes: readonly FaultNode[];
  clients: readonly ClientTarget[];
  etcd: EtcdControl;
  network: Network;
  /** TCP port on which a node serves; undefined for client hosts. */
  port(node: FaultNode): number | undefined;
  /** What the storage answers on its port. */
  storageSpeaks: 'http' | 'postgres' | 'redis';
  storageKeepsItsData: boolean;
  /** The command that asks the storage's own account of itself, in its sidecar. */
  storageAdmin(command: 'health' | 'clock'): string[];
  etcdData: 'tmpfs' | 'disk';
}

/** One injection: the planned fault with its target resolved at this very moment. */
export interface Injection {
  fault: PlannedFault;
  /** The containers hit: members, storage, or the hosts of the clients hit. */
  nodes: readonly FaultNode[];
  /** The client processes hit; empty for faults on nodes. */
  clients: readonly ClientTarget[];
  world: World;
}

export interface Injected {
  receipt: Receipt;
  /**
   * Client processes whose work the fault can hinder: their numbers at this moment, or `all`: whatever touches etcd's
   * majority, its leader or the storage.
   */
  processes: readonly number[] | 'all';
  /** Names of the containers touched, where they are not those of the injection. */
  nodes?: readonly string[];
  /** Undoes the injection whether it succeeded or not; never throws; the same promise when called again. */
  heal: () => Promise<Receipt>;
}

export interface Fault {
  kind: FaultKind;
  /** What its receipt proves, one line. */
  receipt: string;
  /** Never throws: what goes wrong is a receipt that proves nothing, and a heal that undoes what was done. */
  inject(injection: Injection): Promise<Injected>;
}

/** An injection that failed before anything was done. */
export function notInjected(reason: string): Injected {
  return { receipt: { proven: false, reason }, processes: [], heal: async () => ({ proven: true, evidence: {} }) };
}
