/**
 * Which object an operation is about: the field `key`, or the tuple `[key value]` that jepsen.independent makes of a value. A kv has
 * a key in every operation. For other objects the first operation without a `key` field decides whether the file's values are
 * tuples, as nothing else says so: an invoked read with two things for a value, a compare-and-set of `[key [expected new]]`, or
 * anything else with two things for a value.
 */
import { CAS, type Model } from '../../checkers/linearizability/operations.js';
import type { HistoryEvent } from './event.js';

export type Keyed = { keyed: boolean; key: unknown; value: unknown } | { reason: string };

export interface Keying {
  invoked(event: HistoryEvent, code: number): Keyed;
  /** `needed`: whether the value counts. Where it does not, answers such as `:timed-out` pass. */
  completed(event: HistoryEvent, needed: boolean): Keyed;
}

export function createKeying(model: Model): Keying {
  let tuples: boolean | undefined = model === 'kv' ? true : undefined;
  /** Whether the file has had operations with and without keys. */
  let byField: boolean | undefined;

  const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2;
  const plain = (value: unknown): Keyed => ({ keyed: false, key: undefined, value });

  return {
    invoked({ key, value }, code) {
      const field = key !== undefined && key !== null;
      if (byField !== undefined && byField !== field)
        return { reason: 'some operations have a key and some have none' };
      byField = field;
      if (field) return { keyed: true, key, value };
      tuples ??= isPair(value) && (code !== CAS || isPair(value[1]));
      if (!tuples) return plain(value);
      if (!isPair(value)) return { reason: 'an operation without a key: a field key, or a value [key value]' };
      return { keyed: true, key: value[0], value: value[1] };
    },
    completed({ key, value }, needed) {
      if (byField === true) return key === undefined || key === null ? plain(value) : { keyed: true, key, value };
      if (tuples !== true) return plain(value);
      if (isPair(value)) return { keyed: true, key: value[0], value: value[1] };
      if (needed && value !== undefined) return { reason: 'an answer without its key: values here are [key value]' };
      return plain(value);
    },
  };
}
