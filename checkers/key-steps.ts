/** What the storage accepted for one key, as columns, for algorithms that need nothing else; and codes for its values. */

export interface KeySteps {
  length: number;
  /** 1 for a write, 0 for a read. In the storage's order. */
  isWrite: Uint8Array;
  /** Number of the section that did it. */
  section: Int32Array;
  /** What was written or returned. */
  value(at: number): unknown;
}

/** A read or write that is not what the log and its section say that it must be. */
export interface WrongStep {
  at: number;
  /** The step from which the right value follows; -1 for the initial value. */
  from: number;
  /** What is wrong, as a sentence fragment. */
  why: string;
}

/** A write that another one took out of the value without having seen it. */
export interface LostStep {
  at: number;
  undoneBy: number;
  /** The step from which `undoneBy` was computed. */
  base: number;
}

/** Numbers for JSON values: equal ones have one code, whatever the order of the keys of objects; missing and null are 0. */
export function createCodes(): { codeOf(value: unknown): number; readonly size: number } {
  const codes = new Map<unknown, number>();
  return {
    codeOf(value) {
      if (value === undefined || value === null) return 0;
      const name = typeof value === 'string' ? `"${value}` : typeof value === 'object' ? canonical(value) : value;
      const known = codes.get(name);
      if (known !== undefined) return known;
      codes.set(name, codes.size + 1);
      return codes.size;
    },
    get size() {
      return codes.size + 1;
    },
  };
}

/** Whether a read that returned it may have found what nobody had written yet: storages start with nothing, 0, or an empty list. */
export function isInitial(value: unknown): boolean {
  return value === undefined || value === null || value === 0 || (Array.isArray(value) && value.length === 0);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const MOST_LETTERS = 40;

/** A value in words for a sentence. */
export function sayValue(value: unknown): string {
  const text = JSON.stringify(value ?? null) ?? String(value);
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS)}…`;
}
