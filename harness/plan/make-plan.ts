/** From options to a plan: checks what was asked for, then draws everything from the seed. */
import { type Fencing, schemesOf, STORAGES } from '../history/decision.js';
import type { EtcdVersion } from '../history/etcd-version.js';
import type { KeepAlive, OnLoss } from '../history/run-record.js';
import { durationMs } from './duration.js';
import { distinct, renderFault } from './fault-grammar.js';
import { FAULT_INFO } from './fault-kinds.js';
import type { FaultSpec } from './fault-spec.js';
import { NAME, PLAN_VERSION, parsePlan, type Plan } from './plan.js';
import { MAX_SEED, stream } from './random.js';
import { CLIENT_HOSTS, refuseFaults } from './refusal.js';
import { schedule } from './schedule.js';
import { canKeepItsWord } from './service.js';

export { CLIENT_HOSTS, MIN_UNHURT } from './refusal.js';

export interface PlanOptions {
  name?: string;
  seed: number;
  recipe: string;
  /** The recipe tells two clients of one create revision even without a fault, so that its word is not asked for. Missing: it does not. */
  sharesRevisions?: boolean;
  /** The recipe rests on no lease. Missing: it rests on one. */
  leaseless?: boolean;
  storage: string;
  workload: string;
  fencing: Fencing;
  onLoss: OnLoss;
  keepAlive: KeepAlive;
  /** Somebody else's client program instead of leasebreaker's. */
  client?: Plan['client'];
  token: Plan['token'];
  lanes: number;
  clients: number;
  ttlSeconds: number;
  timeSeconds: number;
  /** Operations per second over all lanes, 0 for no limit. */
  rate: number;
  /** Longest time that a section thinks, in ms. */
  thinkMs: number;
  faults: readonly FaultSpec[];
  /** Lets clock faults do what no real kernel does: a monotonic clock that steps back. */
  impossibleClocks: boolean;
  etcdNodes: 1 | 3 | 5;
  /** The usual one unless given; not beside an image. */
  etcdVersion?: EtcdVersion;
  etcdImage?: string;
  etcdData: 'tmpfs' | 'disk';
  /** `service` need not be said: it is expected to be clean wherever etcd can be held to its word. */
  expect: Plan['expect'];
}

/** What `run` does unless told otherwise; the default campaign differs from it in the name alone. */
export const DEFAULTS = {
  recipe: 'mutex',
  storage: 'http',
  workload: 'counter',
  fencing: 'off',
  onLoss: 'ignore',
  keepAlive: 'client',
  token: 'create-revision',
  lanes: 8,
  clients: 4,
  ttlSeconds: 2,
  timeSeconds: 40,
  rate: 400,
  /** The counter's; other workloads have their own (workloads/index.ts). */
  thinkMs: 20,
  faults: [{ kind: 'pause', options: {} }],
  impossibleClocks: false,
  etcdNodes: 3,
  etcdData: 'tmpfs',
} as const;

/** Deadline of one call to etcd or the storage, in ms. */
const CALL_MS = 2000;

/** Whoever queues waits for everybody before it, each as slow as it may be, and for leases that run out. */
export function acquireDeadlineMs(ttlMs: number, { clients, thinkMs }: { clients: number; thinkMs: number }): number {
  return Math.max(60_000, 15 * ttlMs) + clients * (thinkMs + 2 * CALL_MS);
}

/** The longest time that a section of the plan may think, which the plan itself keeps in that deadline alone. */
export function thinkMsOf({ deadlines, settings: { ttlMs, clients } }: Pick<Plan, 'deadlines' | 'settings'>): number {
  return Math.max(0, (deadlines.acquireMs - acquireDeadlineMs(ttlMs, { clients, thinkMs: 0 })) / clients);
}

/** Draws per process before they are used again: enough that no pattern shows, few enough to print. */
const SECTIONS_DRAWN = 32;

/** A day. */
const MAX_TIME_S = 86_400;

type Bounds = readonly [name: string, value: number, min: number, max: number, unit: string];

function outOfBounds(options: PlanOptions): string | undefined {
  const bounds: Bounds[] = [
    ['--seed', options.seed, 0, MAX_SEED, ''],
    ['--lanes', options.lanes, 1, 64, ''],
    ['--clients', options.clients, 2, 32, 'a lane'],
    ['--ttl', options.ttlSeconds, 1, 600, 's'],
    ['--time', options.timeSeconds, 1, MAX_TIME_S, 's'],
    ['--think', options.thinkMs, 0, 600_000, 'ms'],
  ];
  for (const [name, value, min, max, unit] of bounds) {
    if (!Number.isInteger(value) || value < min || value > max) {
      return `${name} takes a whole number from ${min} to ${max} ${unit}`.trimEnd() + `, not ${value}`;
    }
  }
  if (!(options.rate >= 0 && options.rate <= 1e6)) return `--rate takes 0 to 1000000 operations/s, not ${options.rate}`;
  if (options.etcdVersion !== undefined && options.etcdImage !== undefined)
    return `--etcd ${options.etcdVersion} and --etcd-image ${options.etcdImage} (or the variable ETCD_IMAGE) each name an etcd: give one of them`;
  if (options.name !== undefined && !NAME.pattern.test(options.name)) return `--name "${options.name}": ${NAME.takes}`;
  return undefined;
}

function refuseScheme({ storage, fencing }: PlanOptions): string | undefined {
  const known = STORAGES.find((one) => one === storage);
  if (known === undefined) return `there is no storage "${storage}"; there are: ${STORAGES.join(', ')}`;
  const can = schemesOf(known);
  if (can.includes(fencing)) return undefined;
  return `--storage ${storage} cannot do --fencing ${fencing}: it can do ${can.join(', ')}`;
}

/**
 * The same options give the same plan, byte for byte, on any machine. A fault that is asked for twice counts once, as on
 * the command line: a plan file and a swarm can say one again.
 */
export function makePlan(asked: PlanOptions): { kind: 'plan'; plan: Plan } | { kind: 'invalid'; message: string } {
  const options = { ...asked, faults: distinct(asked.faults) };
  const wrong = outOfBounds(options) ?? refuseScheme(options);
  if (wrong !== undefined) return { kind: 'invalid', message: wrong };
  const ttlMs = options.ttlSeconds * 1000;
  const timeMs = options.timeSeconds * 1000;
  const refused = refuseFaults(options.faults, { ...options, ttlMs });
  if (refused !== undefined) return { kind: 'invalid', message: refused };
  const { faults, missing } = schedule(options.faults, { ...options, ttlMs, timeMs });
  if (missing.length > 0) return { kind: 'invalid', message: noRoom(options, missing) };
  const plan: Plan = {
    version: PLAN_VERSION,
    seed: options.seed,
    name: options.name ?? `${options.recipe}-${options.storage}-fencing-${options.fencing.replace('+', '-')}`,
    settings: {
      recipe: options.recipe,
      storage: options.storage,
      workload: options.workload,
      fencing: options.fencing,
      onLoss: options.onLoss,
      keepAlive: options.keepAlive,
      lanes: options.lanes,
      clients: options.clients,
      ttlMs,
      ...(options.leaseless === true ? { leaseless: true } : {}),
      plannedFaults: faults.length,
      faultKinds: [...new Set(faults.map(({ kind }) => kind))],
      timeMs,
    },
    token: options.token,
    ...(options.client === undefined ? {} : { client: options.client }),
    etcd: {
      nodes: options.etcdNodes,
      ...(options.etcdVersion === undefined ? {} : { version: options.etcdVersion }),
      ...(options.etcdImage === undefined ? {} : { image: options.etcdImage }),
      data: options.etcdData,
    },
    rate: options.rate,
    deadlines: { callMs: CALL_MS, acquireMs: acquireDeadlineMs(ttlMs, options) },
    expect: {
      ...(canKeepItsWord(faults, options.token, options.sharesRevisions === true) ? { service: 'clean' } : {}),
      ...options.expect,
    },
    processes: drawProcesses(options),
    asked: options.faults.map(renderFault),
    faults,
  };
  return parsePlan(plan);
}

function drawProcesses({ seed, lanes, clients, thinkMs }: PlanOptions): Plan['processes'] {
  return Array.from({ length: lanes * clients }, (_, slot) => {
    const lane = slot % lanes;
    const client = Math.floor(slot / lanes);
    const draw = stream(seed, `sections/lane-${lane}/client-${client}`);
    return {
      slot,
      lane,
      host: client % CLIENT_HOSTS,
      sections: Array.from({ length: SECTIONS_DRAWN }, () => ({
        idleMs: draw.int(0, 20),
        thinkMs: draw.int(0, thinkMs),
      })),
    };
  });
}

/** Whether every fault asked for comes up at least once. */
export function hasRoom(options: PlanOptions): boolean {
  const { missing } = schedule(options.faults, {
    ...options,
    ttlMs: options.ttlSeconds * 1000,
    timeMs: options.timeSeconds * 1000,
  });
  return missing.length === 0;
}

/** Names the shortest time that has room for all. */
function noRoom(options: PlanOptions, missing: readonly FaultSpec[]): string {
  const ttlMs = options.ttlSeconds * 1000;
  const names = missing.map(renderFault).join(', ');
  const start = `--time ${options.timeSeconds} leaves no room for ${names}: at --ttl ${options.ttlSeconds}`;
  const fits = (timeSeconds: number): boolean => hasRoom({ ...options, timeSeconds });
  let tooShort = options.timeSeconds;
  let enough = options.timeSeconds + Math.ceil(surelyEnoughMs(options.faults, ttlMs) / 1000);
  if (enough > MAX_TIME_S || !fits(enough)) return `${start} no --time would do; give fewer or shorter faults`;
  while (enough - tooShort > 1) {
    const middle = Math.floor((tooShort + enough) / 2);
    if (fits(middle)) enough = middle;
    else tooShort = middle;
  }
  return `${start} give --time ${enough} or more, or fewer or shorter faults, or --faults none`;
}

/** All of them one after the other, each at its longest and with the longest gap. */
function surelyEnoughMs(faults: readonly FaultSpec[], ttlMs: number): number {
  const needs = faults.map((fault) => {
    const given = [fault.at, fault.every, fault.jitter, fault.wait, fault.for].map((each) =>
      each === undefined ? 0 : durationMs(each, ttlMs),
    );
    return given.reduce((sum, one) => sum + one, 0) + (FAULT_INFO[fault.kind].defaultFor[1] + 3) * ttlMs;
  });
  return needs.reduce((sum, one) => sum + one, ttlMs);
}
