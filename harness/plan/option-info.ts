/** The options of a fault kind as data, read from its schema: for messages, for `list`, and for turning text into values. */
import { z } from 'zod';
import { FAULT_INFO, type FaultKind } from './fault-kinds.js';

export type OptionValue = string | number | boolean;

export interface OptionInfo {
  name: string;
  /** Allowed words; missing where any text or a number is taken. */
  choices?: string[];
  /** What it takes, in words: `a number from 0.1 to 100`. */
  takes: string;
  default?: OptionValue;
}

/** Set by a switch of the command line for all faults alike, never by a fault's own text. */
const NOT_WRITTEN = ['impossible'];

interface Property {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: OptionValue;
}

const read = new Map<FaultKind, readonly OptionInfo[]>();

export function optionsOf(kind: FaultKind): readonly OptionInfo[] {
  const known = read.get(kind) ?? readOptions(kind);
  read.set(kind, known);
  return known;
}

function readOptions(kind: FaultKind): OptionInfo[] {
  const { properties = {} } = z.toJSONSchema(FAULT_INFO[kind].options, { io: 'input' }) as {
    properties?: Record<string, Property>;
  };
  return Object.entries(properties)
    .filter(([name]) => !NOT_WRITTEN.includes(name))
    .map(([name, property]) => ({
      name,
      ...(property.enum === undefined ? {} : { choices: property.enum }),
      takes: describe(property),
      ...(property.default === undefined ? {} : { default: property.default }),
    }));
}

function describe({ type, enum: choices, minimum, maximum }: Property): string {
  if (choices !== undefined) return choices.join(', ');
  if (type === 'boolean') return 'true, false';
  if (type !== 'number' && type !== 'integer') return 'a name';
  const what = type === 'integer' ? 'a whole number' : 'a number';
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (from !== undefined && to !== undefined) return `${what} from ${from} to ${to}`;
  if (from !== undefined) return `${what} of ${from} or more`;
  return to === undefined ? what : `${what} of ${to} or less`;
}

/** A value of a kind's option from what was written, text or not; undefined where the option does not take it. */
export function readOption(kind: FaultKind, name: string, written: OptionValue): OptionValue | undefined {
  const schema = FAULT_INFO[kind].options.shape[name] as z.ZodType<OptionValue | undefined>;
  const readings: OptionValue[] = [written];
  if (typeof written === 'string') {
    if (/^-?\d+(\.\d+)?$/.test(written)) readings.push(Number(written));
    if (written === 'true' || written === 'false') readings.push(written === 'true');
  }
  for (const reading of readings) {
    const parsed = schema.safeParse(reading);
    // What the command line could not say again is no name either.
    if (parsed.success && (typeof parsed.data !== 'string' || /^[\w.-]+$/.test(parsed.data))) return parsed.data;
  }
  return undefined;
}
