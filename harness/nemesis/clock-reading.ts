/**
 * What a target's own clocks read: a client answers it over its stdio, the storage to the program that asks it in its sidecar, an etcd member in the
 * `Date` of an HTTP answer, to the second and the wall clock only. Compared with the controller's clock by differences alone,
 * so that it does not matter whether both machines agree on the time.
 */
import { monotonicMs } from '../history/clock.js';
import type { ClientTarget, FaultNode, World } from './fault.js';

export interface OwnReading {
  wallMs: number;
  /** Missing where the target tells only its wall clock. */
  monotonicMs?: number;
  /** When it was read, on the controller's monotonic clock: the middle between question and answer, and half of what lay between. */
  atMs: number;
  eitherWayMs: number;
  /** How much less than the truth the reading may be, or more, because the target rounds it. */
  roundedMs: number;
}

/** How far a target's clock went ahead of the controller's between two readings, and how wrong that may be either way, in ms. */
export interface Gain {
  gainedMs: number;
  eitherWayMs: number;
  /** Between the readings, by the controller's clock. */
  elapsedMs: number;
}

type Told = Pick<OwnReading, 'wallMs' | 'monotonicMs' | 'roundedMs'>;

async function timed(ask: () => Promise<Told>): Promise<OwnReading> {
  const askedMs = monotonicMs();
  const told = await ask();
  const eitherWayMs = (monotonicMs() - askedMs) / 2;
  return { ...told, atMs: askedMs + eitherWayMs, eitherWayMs };
}

export function readClient(client: Pick<ClientTarget, 'readClock'>): Promise<OwnReading> {
  return timed(async () => fromJson(await client.readClock()));
}

/** Its program beside it asks; a database tells its wall clock only. */
export function readStorage(
  { agent }: Pick<FaultNode, 'agent'>,
  { storageAdmin }: Pick<World, 'storageAdmin'>,
): Promise<OwnReading> {
  return timed(async () => {
    const { code, stdout, stderr } = await agent.exec(storageAdmin('clock'));
    if (code !== 0) throw new Error(`the storage does not tell its clock: ${stderr.trim()}`);
    return fromJson(JSON.parse(stdout) as ToldJson);
  });
}

/** A member that does not answer for so long tells nothing, in ms. */
const ANSWERS_WITHIN_MS = 5000;
/** Which every member answers by itself (etcdserver/api/etcdhttp). */
const GET_VERSION = 'GET /version HTTP/1.0\r\n\r\n';

export function readMember({ agent }: Pick<FaultNode, 'agent'>, port: number): Promise<OwnReading> {
  return timed(async () => {
    const { received = '', error } = await agent.probe('127.0.0.1', port, ANSWERS_WITHIN_MS, GET_VERSION);
    const date = Date.parse(/^date: (.*)$/im.exec(received)?.[1] ?? '');
    if (Number.isNaN(date)) throw new Error(`the member does not tell its clock: ${error ?? 'its answer has no date'}`);
    // Cut to the second.
    return { wallMs: date + 500, roundedMs: 500 };
  });
}

interface ToldJson {
  wallMs: number;
  monotonicNs?: string;
}

function fromJson({ wallMs, monotonicNs }: ToldJson): Told {
  const monotonic = monotonicNs === undefined ? {} : { monotonicMs: Number(BigInt(monotonicNs) / 1000n) / 1000 };
  return { wallMs, ...monotonic, roundedMs: 1 };
}

/** `rate`: the fastest that either clock has gone in between; it makes the moment's uncertainty one of the reading. */
export function gain(
  family: 'wallMs' | 'monotonicMs',
  from: OwnReading,
  to: OwnReading,
  rate: number,
): Gain | undefined {
  const [first, second] = [from[family], to[family]];
  if (first === undefined || second === undefined) return undefined;
  const elapsedMs = to.atMs - from.atMs;
  const eitherWayMs = (from.eitherWayMs + to.eitherWayMs) * Math.max(1, rate) + from.roundedMs + to.roundedMs;
  return { gainedMs: second - first - elapsedMs, eitherWayMs, elapsedMs };
}
