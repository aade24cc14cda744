/**
 * Carries out the planned faults: waits for each one's time and trigger, resolves whom it hits at that very moment,
 * injects, records the receipt, heals after its duration. `finalHeal` undoes whatever is in force; nothing is injected after
 * it. What a fault does is in its own file.
 */
import { monotonicMs } from '../history/clock.js';
import type { FaultName, FaultRecord, Receipt } from '../history/operation.js';
import type { ClientTrigger, FaultKind, PlannedFault } from '../plan/plan.js';
import { bandwidth } from './bandwidth.js';
import { clock } from './clock.js';
import { cpu } from './cpu.js';
import { delay } from './delay.js';
import { disk } from './disk.js';
import { etcd } from './etcd-operations.js';
import type { ClientTarget, Fault, Injected, World } from './fault.js';
import { freeze } from './freeze.js';
import { kill } from './kill.js';
import type { LockQueue } from './lock-queue.js';
import { loss } from './loss.js';
import { partition } from './partition.js';
import { pause } from './pause.js';
import { stall } from './stall.js';
import { resolveTarget, type Struck, strikesContainers } from './targets.js';

export const FAULTS: Record<FaultKind, Fault> = {
  pause,
  freeze,
  stall,
  kill,
  partition,
  loss,
  delay,
  bandwidth,
  clock,
  disk,
  cpu,
  etcd,
};

export interface NemesisOptions {
  faults: readonly PlannedFault[];
  world: World;
  queue: LockQueue;
  /** Ns since the run began. */
  now: () => number;
  /** Writes the entry to the history and flushes it. */
  record: (f: FaultName, lane: number, value: FaultRecord) => void;
  /** What carries the faults out; the real ones unless a test says otherwise. */
  carriers?: Record<FaultKind, Pick<Fault, 'inject'>>;
}

export interface Nemesis {
  /** Starts the clock of the plan. */
  start(): void;
  /** Told by the interpreter at the moment itself, before the client's next operation is sent. */
  trigger(kind: ClientTrigger, client: ClientTarget): void;
  /** Told by the observer. */
  leaderChanged(): void;
  /** Heals all and injects nothing any more; resolves when every receipt is in. Idempotent. */
  finalHeal(): Promise<void>;
  readonly inForce: number;
}

/** How often time-driven triggers are looked at, in ms. */
const TICK_MS = 20;
/** A heal that takes longer has failed: the run must go on to its end. */
const HEAL_WITHIN_MS = 120_000;
/** So long after the time to heal it an injection may still be at work. */
const INJECTED_WITHIN_MS = 120_000;

interface Active {
  fault: PlannedFault;
  struck: Struck;
  lane: number;
  /** As they were numbered at the injection. */
  targets: string[];
  injected: Promise<Injected>;
  timer: NodeJS.Timeout;
  /** Set once the healing has begun. */
  healed?: Promise<void>;
}

export function createNemesis({ faults, world, queue, now, record, carriers = FAULTS }: NemesisOptions): Nemesis {
  const waiting = new Set([...faults].sort((a, b) => a.atMs - b.atMs));
  /** Set off, and waiting for somebody to fill the role; with the client that set it off. */
  const setOff = new Map<PlannedFault, ClientTarget | undefined>();
  const delayed = new Set<NodeJS.Timeout>();
  const active = new Set<Active>();
  const lastInLane = new Map<number, number>();
  let startMs = Number.POSITIVE_INFINITY;
  let ticker: NodeJS.Timeout | undefined;
  let finished = false;

  const isArmed = (fault: PlannedFault): boolean => !finished && monotonicMs() - startMs >= fault.atMs;

  /** Injects the fault if it can be now; `by`: who set it off. */
  function attempt(fault: PlannedFault, by?: ClientTarget): boolean {
    if (finished || !mayStart(fault, by)) return false;
    const struck = resolveTarget(fault, { ...world, leader: world.etcd.leader(), queue }, by);
    if (struck === undefined || isTaken(fault, struck)) return false;
    waiting.delete(fault);
    setOff.delete(fault);
    inject(fault, struck);
    return true;
  }

  /** A lane has had a moment of undisturbed work since its last fault; a fault that wants to be alone is. */
  function mayStart(fault: PlannedFault, by: ClientTarget | undefined): boolean {
    if (fault.alone && [...active].some(({ lane }) => lane < 0)) return false;
    const lane = strikesContainers(fault.kind) ? undefined : (fault.lane ?? by?.lane);
    return lane === undefined || monotonicMs() - (lastInLane.get(lane) ?? Number.NEGATIVE_INFINITY) >= world.ttlMs;
  }

  /** Rule sets of several faults add up; everything else about a program or a container is done by one at a time. */
  function isTaken({ kind }: PlannedFault, struck: Struck): boolean {
    const silences = silencesAgents(kind, struck);
    // Rules are set and read on both ends of a link, by agents; one in a frozen host would keep all of them waiting.
    const clashes = ({ fault, struck: other }: Active): boolean =>
      NETWORK_KINDS.has(kind) ? silencesAgents(fault.kind, other) : silences && NETWORK_KINDS.has(fault.kind);
    if ([...active].some(clashes)) return true;
    if (NETWORK_KINDS.has(kind)) return false;
    const others = [...active].filter(({ fault }) => !NETWORK_KINDS.has(fault.kind));
    return others.some((other) =>
      struck.clients.length > 0 && other.struck.clients.length > 0 && ![kind, other.fault.kind].some(strikesContainers)
        ? struck.clients.some((client) => other.struck.clients.includes(client))
        : struck.nodes.some((node) => other.struck.nodes.includes(node)),
    );
  }

  function inject(fault: PlannedFault, struck: Struck): void {
    const isOfLane = !strikesContainers(fault.kind) && struck.clients.length > 0;
    const lane = isOfLane ? (fault.lane ?? struck.clients[0]?.lane ?? -1) : -1;
    if (lane >= 0) lastInLane.set(lane, monotonicMs());
    const targets = nameTargets(fault, struck);
    const begun = now();
    // Called before anything else runs: a client that set the fault off is held up before its next operation goes out.
    const injected = carriers[fault.kind].inject({ fault, ...struck, world });
    const entry: Active = {
      fault,
      struck,
      lane,
      targets,
      injected,
      timer: setTimeout(() => void heal(entry), fault.durationMs),
    };
    active.add(entry);
    void injected.then((done) => record('inject', lane, { ...describe(entry, done, done.receipt), begun }));
    for (const next of waiting) if (next.trigger === 'after' && next.after === fault.id) later(next);
  }

  function heal(entry: Active): Promise<void> {
    clearTimeout(entry.timer);
    entry.healed ??= (async () => {
      const injected = await Promise.race([entry.injected, endless(entry)]);
      const receipt = await within(HEAL_WITHIN_MS, injected.heal());
      record('heal', entry.lane, describe(entry, injected, receipt));
      active.delete(entry);
    })();
    return entry.healed;
  }

  function rearm(fault: PlannedFault): void {
    setOff.delete(fault);
    const all = [...waiting, fault].sort((a, b) => a.atMs - b.atMs);
    waiting.clear();
    for (const each of all) waiting.add(each);
  }

  /** The fault's trigger has come: after its delay it strikes as soon as it can. */
  function later(fault: PlannedFault, by?: ClientTarget): void {
    waiting.delete(fault);
    const timer = setTimeout(() => {
      delayed.delete(timer);
      if (!attempt(fault, by) && !finished) setOff.set(fault, by);
    }, fault.delayMs);
    delayed.add(timer);
  }

  function somebodyQueues({ lane }: PlannedFault): boolean {
    return world.clients.some((client) => (lane === undefined || client.lane === lane) && client.isWaiting());
  }

  function tick(): void {
    for (const [fault, by] of [...setOff]) {
      // Whoever set it off has released the lock meanwhile: the next holder shall have its turn.
      if (!attempt(fault, by) && by !== undefined && fault.target === 'holder' && !by.isHolding) rearm(fault);
    }
    for (const fault of [...waiting]) {
      if (!isArmed(fault)) break;
      if (fault.trigger !== 'time' && !(fault.trigger === 'waiting' && somebodyQueues(fault))) continue;
      if (fault.delayMs > 0) later(fault);
      else attempt(fault);
    }
  }

  return {
    start() {
      startMs = monotonicMs();
      ticker = setInterval(tick, TICK_MS);
    },
    trigger(kind, client) {
      for (const fault of waiting) {
        if (!isArmed(fault)) return;
        if (fault.trigger !== kind || (fault.lane !== undefined && fault.lane !== client.lane)) continue;
        if (fault.delayMs > 0) later(fault, client);
        else if (attempt(fault, client)) return;
      }
    },
    leaderChanged() {
      for (const fault of [...waiting]) if (fault.trigger === 'leader-changed' && isArmed(fault)) return later(fault);
    },
    async finalHeal() {
      finished = true;
      clearInterval(ticker);
      for (const timer of delayed) clearTimeout(timer);
      await Promise.all([...active].map(heal));
    },
    get inForce() {
      return [...active].filter(({ healed }) => healed === undefined).length;
    },
  };
}

const NETWORK_KINDS: ReadonlySet<FaultKind> = new Set(['partition', 'loss', 'delay', 'bandwidth']);

/** Members and the storage have their agents beside them, client hosts within. */
function silencesAgents(kind: FaultKind, { nodes }: Struck): boolean {
  return kind === 'freeze' && nodes.some(({ role }) => role === 'clients');
}

function nameTargets({ kind }: PlannedFault, { nodes, clients }: Struck): string[] {
  if (clients.length > 0 && !strikesContainers(kind)) return clients.map(({ process }) => `client ${process}`);
  return nodes.map(({ name }) => name);
}

/** For an injection that does not end: what it did is healed as far as that is possible without it, which is not at all. */
async function endless({ struck }: Active): Promise<Injected> {
  await new Promise((resolve) => setTimeout(resolve, INJECTED_WITHIN_MS).unref());
  const reason = `the injection did not end within ${INJECTED_WITHIN_MS / 1000} s of the moment to heal it`;
  return {
    receipt: { proven: false, reason },
    processes: struck.clients.map(({ process }) => process),
    heal: () => Promise.resolve({ proven: false, reason }),
  };
}

async function within(ms: number, work: Promise<Receipt>): Promise<Receipt> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Receipt>((resolve) => {
    timer = setTimeout(() => resolve({ proven: false, reason: `it was not healed within ${ms / 1000} s` }), ms);
  });
  const receipt = await Promise.race([work, late]);
  clearTimeout(timer);
  return receipt;
}

function describe({ fault, struck, targets }: Active, { processes, nodes }: Injected, receipt: Receipt): FaultRecord {
  const { id, kind, trigger, options, durationMs } = fault;
  return {
    id,
    kind,
    trigger,
    targets,
    processes: processes === 'all' ? 'all' : [...processes],
    nodes: [...(nodes ?? struck.nodes.map(({ name }) => name))],
    options,
    durationMs,
    receipt,
  };
}
