/** Values of a file as codes: equal ones get the same, so that the algorithms compare integers. */
import { NIL } from '../../checkers/linearizability/operations.js';
import { EdnName } from './edn-reader.js';

const DEEPEST = 100;

export interface Interner {
  /** The code of a value, from 1 in the order in which they first appear; `NIL` for null. Or why it cannot have one. */
  codeOf(value: unknown): number | { reason: string };
  /** What codes stand for; place 0 is null. */
  readonly values: readonly unknown[];
}

export function createInterner(): Interner {
  const values: unknown[] = [null];
  const codes = new Map<unknown, number>();
  const composite = new Map<string, number>();

  function add<K>(table: Map<K, number>, key: K, value: unknown): number {
    const known = table.get(key);
    if (known !== undefined) return known;
    table.set(key, values.length);
    values.push(value);
    return values.length - 1;
  }

  return {
    values,
    codeOf(value) {
      if (value === null || value === undefined) return NIL;
      // JSON has no larger ones: two that differ in the file may have become equal here.
      if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER && Number.isFinite(value))
        return {
          reason: `the number ${value} is beyond 2^53 and cannot be told from its neighbours; write it as a string`,
        };
      if (typeof value !== 'object' || value instanceof EdnName) return add(codes, value, value);
      const text = canonicalText(value);
      return text === undefined ? { reason: `a value nested deeper than ${DEEPEST}` } : add(composite, text, value);
    },
  };
}

/** A text that equal values share and others do not, whatever the order of maps and sets; undefined if it is too deep. */
function canonicalText(value: unknown, depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  const all = (parts: Iterable<unknown>): string[] | undefined => {
    const texts: string[] = [];
    for (const part of parts) {
      const text = canonicalText(part, depth + 1);
      if (text === undefined) return undefined;
      texts.push(text);
    }
    return texts;
  };
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof EdnName) return value.text;
  if (typeof value !== 'object') return String(value as number | bigint | boolean);
  if (Array.isArray(value)) return all(value)?.join(' ').replace(/^/, '[').concat(']');
  if (value instanceof Set) return all(value)?.sort().join(' ').replace(/^/, '#{').concat('}');
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  return all(entries)?.sort().join(' ').replace(/^/, '{').concat('}');
}

/** A value as people read it, in the notation of JSON where it has one. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (canonicalText(value) ?? '...');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** The field of a JSON object or of an EDN map with keywords for keys. */
export function fieldOf(value: unknown, name: string): unknown {
  if (value instanceof Map) return (value as Map<unknown, unknown>).get(EdnName.of(`:${name}`));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
