/**
 * A fault as a user asks for it, before anything is drawn. What can be said of it is read here from named fields, whether
 * they come from the command line (fault-grammar.ts) or from a plan file (plan-file.ts); what cannot work is in refusal.ts.
 */
import { type Duration, DURATION_UNITS, parseDuration, renderDuration } from './duration.js';
import { FAULT_INFO, FAULT_KINDS, type FaultKind, TARGET_ROLES } from './fault-kinds.js';
import { optionsOf, type OptionValue, readOption } from './option-info.js';
import { type Trigger, TRIGGERS } from './plan.js';

/** A trigger that needs no other fault. */
export type Event = Exclude<Trigger, 'after'>;

export interface FaultSpec {
  kind: FaultKind;
  /** A role or a node's name; drawn, or the kind's default, where it is missing. */
  target?: string;
  /** The kind's own options, as far as they were given. */
  options: Record<string, OptionValue>;
  /** How long it stays in force. */
  for?: Duration;
  /** From its start to its next start. */
  every?: Duration;
  /** `every` is drawn anew each time, longer or shorter by so much at most. */
  jitter?: Duration;
  /** Not before this time of the traffic. */
  at?: Duration;
  on?: Event;
  /** Strikes after each fault of this kind. */
  after?: FaultKind;
  /** From the trigger to the injection. */
  wait?: Duration;
  /** How often it comes, as against the others; 1 unless given. */
  weight?: number;
  /** The one lane in which it strikes, from 0; missing: every lane, or for a fault of the whole cluster a drawn one. */
  lane?: number;
  /** Where the target leaves a choice: an index, taken modulo the number of candidates; drawn where it is missing. */
  pick?: number;
}

export type ReadFault = { kind: 'fault'; fault: FaultSpec } | { kind: 'invalid'; message: string };

/** A field of a fault: `name=value`, or a bare value. */
export interface Field {
  name?: string;
  value: OptionValue;
}

export const EVENTS = TRIGGERS.filter((trigger) => trigger !== 'after');
const COMMON = ['for', 'every', 'jitter', 'at', 'on', 'after', 'wait', 'weight', 'lane', 'pick'] as const;
type Common = (typeof COMMON)[number];

/** A kind's own option goes before a common one of the same name, which is then `every-jitter` (kind `delay`). */
export function commonName(kind: FaultKind, common: Common): string {
  return optionsOf(kind).some(({ name }) => name === common) ? `every-${common}` : common;
}

export function invalid(message: string): { kind: 'invalid'; message: string } {
  return { kind: 'invalid', message };
}

/** `kindName` and `target` as written, with the fields in their order. Every message names the wrong word. */
export function readFault(kindName: string, target: string | undefined, fields: readonly Field[]): ReadFault {
  const kind = FAULT_KINDS.find((known) => known === kindName);
  if (kind === undefined) return invalid(`unknown fault "${kindName}"; known: none, ${FAULT_KINDS.join(', ')}`);
  const fault: FaultSpec = { kind, options: {} };
  if (target !== undefined) {
    const wrong = wrongTarget(kind, target);
    if (wrong !== undefined) return invalid(wrong);
    fault.target = target;
  }
  const own = optionsOf(kind);
  const seen = new Set<string>();
  for (const { name: given, value } of fields) {
    const name = given ?? own.find(({ choices }) => choices?.includes(String(value)))?.name;
    if (name === undefined) {
      const words = own.flatMap(({ choices }) => choices ?? []);
      const known = words.length === 0 ? '' : `one of ${words.join(', ')}, or `;
      return invalid(`${kind}: "${value}" is nothing that it knows; it takes ${known}name=value with ${names(kind)}`);
    }
    if (seen.has(name)) return invalid(`${kind}: "${name}" is given twice`);
    seen.add(name);
    const option = own.find((each) => each.name === name);
    const common = COMMON.find((each) => commonName(kind, each) === name);
    if (option !== undefined) {
      const read = readOption(kind, name, value);
      if (read === undefined) return invalid(`${kind}: ${name} takes ${option.takes}, not "${value}"`);
      fault.options[name] = read;
    } else if (common === undefined) {
      return invalid(`${kind}: unknown option "${name}"; known: ${names(kind)}`);
    } else {
      const wrong = setCommon(fault, common, String(value));
      if (wrong !== undefined) return invalid(`${kind}: ${name} takes ${wrong}, not "${value}"`);
    }
  }
  return { kind: 'fault', fault };
}

/** As many lanes as a run can have, and as large a pick as is drawn (draw-fault.ts). */
const WHOLE_NUMBERS = {
  lane: [63, 'the number of a lane, from 0'],
  pick: [2 ** 16, `a whole number from 0 to ${2 ** 16}`],
} as const;

/** Puts a common field's value in its place, or says what the field takes. */
function setCommon(fault: FaultSpec, name: Common, text: string): string | undefined {
  switch (name) {
    case 'on': {
      const event = EVENTS.find((each) => each === text);
      if (event === undefined) return EVENTS.join(', ');
      fault.on = event;
      return undefined;
    }
    case 'after': {
      const kind = FAULT_KINDS.find((each) => each === text);
      if (kind === undefined) return `the kind of another fault (${FAULT_KINDS.join(', ')})`;
      fault.after = kind;
      return undefined;
    }
    case 'weight': {
      const weight = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
      if (!(weight >= 0.01 && weight <= 1000)) return 'a number from 0.01 to 1000';
      fault.weight = weight;
      return undefined;
    }
    case 'lane':
    case 'pick': {
      const [greatest, takes] = WHOLE_NUMBERS[name];
      const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value <= greatest)) return takes;
      fault[name] = value;
      return undefined;
    }
    default: {
      const duration = parseDuration(text);
      if (duration === undefined || ((name === 'for' || name === 'every') && duration.amount === 0))
        return `a duration in ${DURATION_UNITS.join(', ')}, such as 800ms or 2.5ttl`;
      fault[name] = duration;
      return undefined;
    }
  }
}

const NODE = /^(etcd|clients)[1-9]$/;

/** Roles and node names that a kind can strike, for messages and `list`. */
export function targetsOf(kind: FaultKind): string[] {
  const roles: readonly string[] = FAULT_INFO[kind].targets;
  return [...roles, ...(roles.includes('leader') ? ['etcdN'] : []), ...(roles.includes('holder') ? ['clientsN'] : [])];
}

function wrongTarget(kind: FaultKind, target: string): string | undefined {
  const possible = targetsOf(kind);
  if (possible.includes(target) && !target.endsWith('N')) return undefined;
  if (NODE.test(target) && possible.includes(target.replace(/\d$/, 'N'))) return undefined;
  const list = `possible: ${possible.join(', ')}`;
  if (target === 'observer') return `${kind}: the observer is never a target, it is the witness; ${list}`;
  const known = (TARGET_ROLES as readonly string[]).includes(target) || NODE.test(target);
  return known ? `${kind} cannot strike "${target}"; ${list}` : `${kind}: unknown target "${target}"; ${list}`;
}

/** Names of all options of a kind. */
function names(kind: FaultKind): string {
  return [...optionsOf(kind).map(({ name }) => name), ...COMMON.map((each) => commonName(kind, each))].join(', ');
}

/** The fields of a fault in a fixed order; reading them again gives the same fault. */
export function fieldsOf(fault: FaultSpec): { name?: string; value: string }[] {
  const own = optionsOf(fault.kind);
  const written = own
    .filter(({ name }) => fault.options[name] !== undefined)
    .map(({ name, choices }) => ({
      ...(choices === undefined ? { name } : {}),
      value: String(fault.options[name]),
    }));
  const common = COMMON.flatMap((each) => {
    const value = fault[each];
    if (value === undefined) return [];
    return [
      { name: commonName(fault.kind, each), value: typeof value === 'object' ? renderDuration(value) : String(value) },
    ];
  });
  return [...written, ...common];
}
