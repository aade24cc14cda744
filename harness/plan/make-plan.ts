/** From options to a plan: checks what was asked for, then draws everything from the seed. */
import type { Fencing } from '../history/decision.js';
import type { OnLoss } from '../history/run-record.js';
import { FAULT_KINDS, type FaultKind, PLAN_VERSION, parsePlan, type Plan } from './plan.js';
import { MAX_SEED, stream } from './random.js';
import { schedulePauses } from './schedule.js';

export interface PlanOptions {
  name?: string;
  seed: number;
  recipe: string;
  storage: string;
  workload: string;
  fencing: Fencing;
  onLoss: OnLoss;
  token: Plan['token'];
  lanes: number;
  clients: number;
  ttlSeconds: number;
  timeSeconds: number;
  /** Operations per second over all lanes, 0 for no limit. */
  rate: number;
  /** Longest think time between read and write, in ms. */
  thinkMs: number;
  faults: FaultKind[];
  etcdNodes: 1 | 3 | 5;
  etcdImage?: string;
  etcdData: 'tmpfs' | 'disk';
  expect: Plan['expect'];
}

/** What `run` does unless told otherwise; the default campaign differs from it in the name alone. */
export const DEFAULTS = {
  recipe: 'mutex',
  storage: 'http',
  workload: 'counter',
  fencing: 'off',
  onLoss: 'ignore',
  token: 'create-revision',
  lanes: 8,
  clients: 4,
  ttlSeconds: 2,
  timeSeconds: 40,
  rate: 400,
  thinkMs: 20,
  faults: ['pause'],
  etcdNodes: 3,
  etcdData: 'tmpfs',
} as const;

/** Client hosts in docker-compose.yml; the clients of a lane are spread over them. */
export const CLIENT_HOSTS = 3;

/** Clients of a lane that are never under a fault at once: one to take the lock over, one to queue behind it. */
export const MIN_UNHURT = 2;

/** Deadline of one call to etcd or the storage, in ms. */
const CALL_MS = 2000;

/** Draws per process before they are used again: enough that no pattern shows, few enough to print. */
const SECTIONS_DRAWN = 32;

type Bounds = readonly [name: string, value: number, min: number, max: number, unit: string];

function outOfBounds(options: PlanOptions): string | undefined {
  const bounds: Bounds[] = [
    ['--seed', options.seed, 0, MAX_SEED, ''],
    ['--lanes', options.lanes, 1, 64, ''],
    ['--clients', options.clients, 2, 32, 'a lane'],
    ['--ttl', options.ttlSeconds, 1, 600, 's'],
    ['--time', options.timeSeconds, 1, 86_400, 's'],
    ['--think', options.thinkMs, 0, 600_000, 'ms'],
  ];
  for (const [name, value, min, max, unit] of bounds) {
    if (!Number.isInteger(value) || value < min || value > max) {
      return `${name} takes a whole number from ${min} to ${max} ${unit}`.trimEnd() + `, not ${value}`;
    }
  }
  if (!(options.rate >= 0 && options.rate <= 1e6)) return `--rate takes 0 to 1000000 operations/s, not ${options.rate}`;
  return undefined;
}

/** The same options give the same plan, byte for byte, on any machine. */
export function makePlan(options: PlanOptions): { kind: 'plan'; plan: Plan } | { kind: 'invalid'; message: string } {
  const wrong = outOfBounds(options);
  if (wrong !== undefined) return { kind: 'invalid', message: wrong };
  if (options.faults.length > 0 && options.clients <= MIN_UNHURT) {
    return {
      kind: 'invalid',
      message: `faults leave ${MIN_UNHURT} clients of a lane unhurt, so that somebody can take over and somebody can queue: give --clients ${MIN_UNHURT + 1} or more, or --faults none`,
    };
  }
  const ttlMs = options.ttlSeconds * 1000;
  const timeMs = options.timeSeconds * 1000;
  const wantsPauses = options.faults.includes('pause');
  const faults = wantsPauses ? schedulePauses({ seed: options.seed, lanes: options.lanes, ttlMs, timeMs }) : [];
  if (wantsPauses && faults.length === 0) {
    return {
      kind: 'invalid',
      message: `--time ${options.timeSeconds} leaves no room for a pause of 2 to 3 x TTL: at --ttl ${options.ttlSeconds} give --time ${4 * options.ttlSeconds} or more, or --faults none`,
    };
  }
  const plan: Plan = {
    version: PLAN_VERSION,
    seed: options.seed,
    name: options.name ?? `${options.recipe}-${options.storage}-fencing-${options.fencing}`,
    settings: {
      recipe: options.recipe,
      storage: options.storage,
      workload: options.workload,
      fencing: options.fencing,
      onLoss: options.onLoss,
      lanes: options.lanes,
      clients: options.clients,
      ttlMs,
      plannedFaults: faults.length,
      faultKinds: [...new Set(faults.map(({ kind }) => kind))],
      timeMs,
    },
    token: options.token,
    etcd: {
      nodes: options.etcdNodes,
      ...(options.etcdImage === undefined ? {} : { image: options.etcdImage }),
      data: options.etcdData,
    },
    rate: options.rate,
    deadlines: {
      callMs: CALL_MS,
      acquireMs: Math.max(60_000, 15 * ttlMs) + options.clients * (options.thinkMs + 2 * CALL_MS),
    },
    expect: options.expect,
    processes: drawProcesses(options),
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

/** `pause`, `none`, or several by comma; an unknown kind is named. */
export function parseFaults(
  text: string,
): { kind: 'faults'; faults: FaultKind[] } | { kind: 'invalid'; message: string } {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'none');
  const faults: FaultKind[] = [];
  for (const name of names) {
    const known = FAULT_KINDS.find((kind) => kind === name);
    if (known === undefined)
      return { kind: 'invalid', message: `unknown fault "${name}"; known: none, ${FAULT_KINDS.join(', ')}` };
    if (!faults.includes(known)) faults.push(known);
  }
  return { kind: 'faults', faults };
}
