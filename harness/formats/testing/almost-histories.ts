/** Histories that are sound but for a few places, of any model, in any format. For tests only. */
import fc from 'fast-check';
import { type Model, MODELS } from '../../../checkers/linearizability/operations.js';
import { ednText } from '../edn-text.js';
import { type Format, FORMATS } from '../formats.js';
import { OPERATION_NAMES } from '../operation-names.js';

interface Step {
  process: number;
  f: number;
  value: unknown;
  type: 'ok' | 'fail' | 'info';
}

type Fields = Record<string, unknown>;

const small = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom<unknown>('a', 'b', '', null, true));
const value = fc.oneof(
  { weight: 6, arbitrary: small as fc.Arbitrary<unknown> },
  { weight: 1, arbitrary: fc.array(small) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
const step: fc.Arbitrary<Step> = fc.record({
  process: fc.integer({ min: 0, max: 3 }),
  f: fc.nat(10),
  value,
  type: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'fail', 'info'),
});

/** Each step begins an operation of its process, or ends the one that is open; an info retires its process. */
function entriesOf(model: Model, steps: readonly Step[], keyed: boolean, plainText: boolean): Fields[] {
  const names = Object.keys(OPERATION_NAMES[model]);
  const open = new Map<number, Fields>();
  const retired = new Map<number, number>();
  return steps.map(({ process: slot, f, value: given, type }): Fields => {
    const process = slot + 4 * (retired.get(slot) ?? 0);
    const begun = open.get(process);
    if (!begun) {
      const name = names[f % names.length] as string;
      const text = plainText || name === 'append' ? JSON.stringify(given) : given;
      const argument =
        name === 'cas' || name === 'compare-and-set' ? [text, 1] : name === 'read' || name === 'get' ? null : text;
      const entry: Fields = {
        process,
        type: 'invoke',
        f: name,
        ...(keyed ? { key: `k${f % 2}` } : {}),
        value: argument,
      };
      open.set(process, entry);
      return entry;
    }
    open.delete(process);
    if (type === 'info') retired.set(slot, (retired.get(slot) ?? 0) + 1);
    const lists = model === 'append' || model === 'set';
    const answer =
      begun['value'] ?? (lists ? (Array.isArray(given) ? given : []) : plainText ? JSON.stringify(given) : given);
    return { ...begun, type, value: answer, ...(model === 'fenced-mutex' ? { token: String(f) } : {}) };
  });
}

function written(entry: Fields, format: Format): string {
  if (format === 'jsonl') return JSON.stringify(entry);
  if (format === 'jepsen-log')
    return `INFO  jepsen.util - ${String(entry['process'])}\t:${String(entry['type'])}\t:${String(entry['f'])}\t${ednText(entry['value'])}`;
  const fields = Object.entries(entry).map(([name, held]) =>
    name === 'type' || name === 'f' ? `:${name} :${String(held)}` : `:${name} ${ednText(held)}`,
  );
  return `{${fields.join(', ')}}`;
}

export interface AlmostHistory {
  model: Model;
  format: Format;
  text: string;
}

export const almostHistories: fc.Arbitrary<AlmostHistory> = fc
  .record({
    model: fc.constantFrom(...MODELS),
    format: fc.constantFrom(...FORMATS),
    steps: fc.array(step, { minLength: 1, maxLength: 14 }),
    keyed: fc.boolean(),
    /** Places where a line is dropped, doubled, swapped with the next one, cut or replaced. */
    breaks: fc.array(fc.tuple(fc.nat(13), fc.nat(4), fc.string()), { maxLength: 2 }),
  })
  .map(({ model: drawn, format, steps, keyed, breaks }) => {
    const model = format === 'porcupine-kv' ? 'kv' : drawn;
    const entries = entriesOf(model, steps, keyed || model === 'kv', model === 'kv');
    const lines = entries.map((entry) => written(entry, format));
    for (const [at, how, garbage] of breaks) {
      const line = lines[at];
      if (line === undefined) continue;
      if (how === 0) lines.splice(at, 1);
      else if (how === 1) lines.splice(at, 0, line);
      else if (how === 2) lines.splice(at, 2, ...lines.slice(at, at + 2).reverse());
      else if (how === 3) lines[at] = line.slice(0, garbage.length * 5);
      else lines[at] = garbage;
    }
    return { model, format, text: lines.join('\n') };
  });
