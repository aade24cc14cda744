/** Which faults a machine can do, from what its engine and kernel were found able to do: one table, pure. */
import type { Ability, FaultAbilities } from '../cluster/abilities.js';
import type { FaultKind } from '../plan/fault-kinds.js';
import type { FaultSpec } from '../plan/fault-spec.js';
import { optionsOf } from '../plan/option-info.js';

export interface Availability {
  /** A kind, or one of its ways: `disk:full`. */
  name: string;
  status: 'available' | 'fallback' | 'unavailable';
  /** How it is done, or what keeps it from being done. */
  why: string;
}

interface Way {
  kind: FaultKind;
  /** The option's value that this row is about; a row without is about all of them. */
  option?: readonly [name: string, value: string];
  needs: readonly Ability[];
  how: string;
  /** How it is done where something that it needs is missing. */
  instead?: { needs: readonly Ability[]; how: string };
}

/** Kinds with several rows are available as far as the row of their option is. */
const WAYS: readonly Way[] = [
  { kind: 'pause', needs: [], how: 'signals' },
  { kind: 'freeze', needs: ['freezer'], how: "the engine's pause" },
  { kind: 'stall', needs: [], how: 'by the client itself' },
  { kind: 'kill', needs: [], how: 'signals' },
  {
    kind: 'partition',
    needs: ['filter', 'filter6'],
    how: 'packet filters, IPv4 and IPv6',
    instead: { needs: ['filter'], how: 'packet filters for IPv4 alone' },
  },
  { kind: 'partition', option: ['by', 'reject'], needs: ['filter', 'reject'], how: 'TCP resets' },
  { kind: 'loss', needs: ['filter', 'statistic'], how: 'packet filters that match at random' },
  {
    kind: 'delay',
    needs: ['htb', 'netem'],
    how: 'netem',
    instead: {
      needs: ['redirect', 'owner'],
      how: "a proxy for TCP beside the node, since the kernel lacks netem's delays",
    },
  },
  { kind: 'bandwidth', needs: ['htb', 'tbf'], how: 'a token bucket (tbf)' },
  { kind: 'clock', needs: ['clock'], how: 'a patched vDSO in the process itself' },
  { kind: 'disk', option: ['mode', 'slow'], needs: ['ptrace'], how: 'strace delays fdatasync' },
  { kind: 'disk', option: ['mode', 'full'], needs: ['tmpfs'], how: 'a data directory in memory of limited size' },
  { kind: 'disk', option: ['mode', 'lost'], needs: [], how: 'the program ends, its directory is emptied' },
  { kind: 'cpu', needs: ['cpuQuota'], how: "the engine's CPU quota" },
  { kind: 'etcd', needs: [], how: "etcd's own API" },
];

/** Every kind and way, in the order of the kinds. */
export function availabilities(abilities: FaultAbilities): Availability[] {
  return WAYS.map((way) => judge(way, abilities));
}

function judge({ kind, option, needs, how, instead }: Way, abilities: FaultAbilities): Availability {
  const name = option === undefined ? kind : `${kind}:${option[1]}`;
  const lacking = needs.filter((ability) => !abilities[ability].able);
  if (lacking.length === 0) return { name, status: 'available', why: how };
  if (instead?.needs.every((ability) => abilities[ability].able) === true)
    return { name, status: 'fallback', why: instead.how };
  const reasons = lacking.map((ability) => `${ability}: ${abilities[ability].reason || 'not there'}`);
  return { name, status: 'unavailable', why: reasons.join('; ') };
}

/** Why a fault cannot be done on this machine; undefined if it can. */
export function whyNot(
  { kind, options }: Pick<FaultSpec, 'kind' | 'options'>,
  abilities: FaultAbilities,
): string | undefined {
  const value = (name: string): unknown =>
    options[name] ?? optionsOf(kind).find((option) => option.name === name)?.default;
  const ways = WAYS.filter(
    (way) => way.kind === kind && (way.option === undefined || value(way.option[0]) === way.option[1]),
  );
  return ways.map((way) => judge(way, abilities)).find(({ status }) => status === 'unavailable')?.why;
}

/** Whether a machine has to be looked at at all before these faults are injected. */
export function needsMachine(faults: readonly Pick<FaultSpec, 'kind'>[]): boolean {
  // Every engine can freeze; the rest of what has needs may be missing in a kernel.
  return faults.some(({ kind }) => kind !== 'freeze' && WAYS.some((way) => way.kind === kind && way.needs.length > 0));
}
