/** One planned fault from what was asked for: its length, target, trigger and pick, each fault from a stream of its own. */
import { durationMs } from './duration.js';
import { CLIENT_ROLES, FAULT_INFO, type FaultKind, type PARTITION_SHAPES } from './fault-kinds.js';
import type { Event, FaultSpec } from './fault-spec.js';
import { CLIENT_TRIGGERS, type PlannedFault, type Trigger } from './plan.js';
import { elect, stream } from './random.js';

export interface ScheduleInput {
  seed: number;
  lanes: number;
  ttlMs: number;
  timeMs: number;
  /** Whether clocks may do what no real kernel does. */
  impossibleClocks: boolean;
}

/** A spec with the name that sets its draws apart from those of others, and the weight with which it takes its turns. */
export interface NamedSpec {
  name: string;
  weight: number;
  spec: FaultSpec;
}

/** `pause`, and `pause.2` for the second of a kind: naming by kind leaves the draws of one where others come and go. */
export function nameSpecs(specs: readonly FaultSpec[]): NamedSpec[] {
  const seen = new Map<FaultKind, number>();
  return specs.map((spec) => {
    const count = (seen.get(spec.kind) ?? 0) + 1;
    seen.set(spec.kind, count);
    return { name: count === 1 ? spec.kind : `${spec.kind}.${count}`, weight: spec.weight ?? 1, spec };
  });
}

/** Kinds that strike one client process; all others strike containers, whoever is in them. */
const PROCESS_KINDS: readonly FaultKind[] = ['pause', 'stall', 'kill', 'clock'];

export function isClientRole(target: string): boolean {
  return (CLIENT_ROLES as readonly string[]).includes(target);
}

/** Whether a fault strikes one client of a lane: every lane then has such faults of its own. */
export function strikesLanes(spec: FaultSpec): boolean {
  return PROCESS_KINDS.includes(spec.kind) && isClientRole(targetOf(spec));
}

/** Who is struck unless a drawn trigger says more: the target given, else what trigger, shape or kind imply. */
export function targetOf(spec: FaultSpec): string {
  if (spec.target !== undefined) return spec.target;
  const usual = FAULT_INFO[spec.kind].defaultTarget;
  if (spec.kind === 'partition') return impliedTarget((spec.options['shape'] ?? 'isolate-leader') as Shape);
  return isClientRole(usual) && spec.on !== undefined ? (STRUCK_BY[spec.on] ?? usual) : usual;
}

type Shape = (typeof PARTITION_SHAPES)[number];

/** Whose moment a shape waits for; those that choose for themselves start from any member. */
function impliedTarget(shape: Shape): string {
  if (shape.startsWith('isolate-holder')) return 'holder';
  return shape.endsWith('-leader') ? 'leader' : 'all';
}

/** Whom a trigger means, where it does not mean the holder. */
const STRUCK_BY: Partial<Record<Event, string>> = {
  waiting: 'waiter',
  time: 'random-client',
};

/**
 * A fault of a client is worth having where it hits a holder inside its section; a waiter or anybody is hit now and then,
 * because a lease that expires in the queue once broke etcd's own lock service (etcd issue 11456).
 */
const HOLDER_TRIGGERS: readonly [Event, ...Event[]] = [
  'acquired',
  'acquired',
  'acquired',
  'before-write',
  'before-write',
  'before-write',
  'before-write',
  'before-write',
];
const ANY_TRIGGERS: readonly [Event, ...Event[]] = [...HOLDER_TRIGGERS, 'waiting', 'time'];

/** Which trigger a client's fault waits for where none was asked for. */
function triggersOf({ target, at, every, after }: FaultSpec): readonly [Event, ...Event[]] {
  if (at !== undefined || every !== undefined || after !== undefined) return ['time'];
  if (target === undefined) return ANY_TRIGGERS;
  if (target === 'holder') return HOLDER_TRIGGERS;
  return target === 'random-client' ? ['time'] : ['waiting'];
}

/** Where and when: what the schedule decides. */
export interface Place {
  id: string;
  /** Names the stream of the fault's own draws. */
  role: string;
  lane?: number;
  atMs: number;
  alone: boolean;
  after?: string;
}

export function drawFault({ spec, name }: NamedSpec, place: Place, input: ScheduleInput): PlannedFault {
  const { seed, ttlMs, lanes } = input;
  const draw = stream(seed, `${place.role}/${name}`);
  const [from, to] = FAULT_INFO[spec.kind].defaultFor;
  const drawnMs = draw.int(from * ttlMs, to * ttlMs);
  const ofLane = strikesLanes(spec);
  const drawnTrigger = draw.pick<Event>(ofLane ? triggersOf(spec) : ['time']);
  const trigger = place.after === undefined ? (spec.on ?? drawnTrigger) : 'after';
  const target =
    ofLane && spec.target === undefined && spec.on === undefined && place.after === undefined
      ? targetOf({ ...spec, on: drawnTrigger })
      : targetOf(spec);
  const lane = place.lane ?? spec.lane ?? (needsLane(target, trigger) ? drawLane(seed, place.role, lanes) : undefined);
  return {
    id: place.id,
    kind: spec.kind,
    ...(lane === undefined ? {} : { lane }),
    target,
    trigger,
    ...(place.after === undefined ? {} : { after: place.after }),
    atMs: place.atMs,
    delayMs: spec.wait === undefined ? 0 : durationMs(spec.wait, ttlMs),
    durationMs: spec.for === undefined ? drawnMs : durationMs(spec.for, ttlMs),
    alone: place.alone,
    pick: spec.pick ?? draw.int(0, 2 ** 16),
    options: fillOptions(spec, target, input),
  };
}

/** Whether it says anything of a fault in which lane it strikes. */
export function knowsLanes(spec: FaultSpec): boolean {
  const target = targetOf(spec);
  return target === 'all-clients' || needsLane(target, spec.on ?? 'time');
}

/** A client of which lane is meant, or sets it off; a fault of the whole cluster then looks at one lane. */
function needsLane(target: string, trigger: Trigger): boolean {
  return isClientRole(target) || trigger === 'waiting' || (CLIENT_TRIGGERS as readonly Trigger[]).includes(trigger);
}

function drawLane(seed: number, role: string, lanes: number): number {
  const all = Array.from({ length: lanes }, (_, lane) => ({ name: String(lane), weight: 1, lane }));
  const [first, ...rest] = all;
  return first === undefined ? 0 : elect(seed, `${role}/lane`, [first, ...rest]).lane;
}

/** What a clock does unless told: a client that is slow trusts its lease too long, a fast server takes it away too soon. */
const SLOW = 0.25;
const FAST = 4;
const CLOCK_CHANGES = ['drift', 'step', 'jump', 'strobe'];

/** The kind's options with all defaults. */
export function fillOptions(
  { kind, options }: FaultSpec,
  target: string,
  { impossibleClocks }: Pick<ScheduleInput, 'impossibleClocks'>,
): PlannedFault['options'] {
  const filled = FAULT_INFO[kind].options.parse(options) as PlannedFault['options'];
  if (kind !== 'clock') return filled;
  const ofClient = isClientRole(target) || target === 'all-clients';
  const change = CLOCK_CHANGES.some((name) => name in filled) ? {} : { drift: ofClient ? SLOW : FAST };
  return { ...change, ...filled, impossible: impossibleClocks };
}
