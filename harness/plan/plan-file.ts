/**
 * A plan file (`--plan`): the options of a run by their names on the command line, and `faults:`, in YAML or JSON, which
 * is a part of YAML 1.2. Only its shape is read here; what each option takes, the command line knows.
 */
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { parseFaults } from './fault-grammar.js';
import { type FaultSpec, type Field, invalid, type ReadFault, readFault } from './fault-spec.js';
import type { OptionValue } from './option-info.js';

export interface PlanSetting {
  /** As on the command line, without the dashes. */
  name: string;
  value: OptionValue;
  line: number;
}

export interface PlanFile {
  settings: PlanSetting[];
  /** Undefined: the file says nothing of faults. */
  faults?: FaultSpec[];
}

export type ReadPlanFile = { kind: 'file'; file: PlanFile } | { kind: 'invalid'; message: string; line: number };

export function readPlanFile(text: string): ReadPlanFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: unknown): number =>
    lines.linePos((node as { range?: readonly [number, number, number] } | null)?.range?.[0] ?? 0).line;
  const wrong = (message: string, node: unknown): ReadPlanFile => ({ kind: 'invalid', message, line: lineOf(node) });

  const [error] = document.errors;
  if (error !== undefined) return { kind: 'invalid', message: error.message, line: lines.linePos(error.pos[0]).line };
  if (!isMap(document.contents))
    return wrong('a plan file has lines such as "ttl: 5" and "faults:"', document.contents);
  const file: PlanFile = { settings: [] };
  for (const { key, value } of document.contents.items as Pair[]) {
    const name = isScalar(key) ? String(key.value) : '';
    if (name === 'faults') {
      const faults: FaultSpec[] = [];
      for (const item of isSeq(value) ? value.items : [value]) {
        const read = readItem(item);
        if (read.kind === 'invalid') return wrong(read.message, item ?? key);
        faults.push(...read.faults);
      }
      file.faults = faults;
    } else {
      if (!isScalar(value) || !isOptionValue(value.value)) return wrong(`"${name}" takes one value`, key);
      file.settings.push({ name, value: value.value, line: lineOf(key) });
    }
  }
  return { kind: 'file', file };
}

function isOptionValue(value: unknown): value is OptionValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** A fault in the words of the command line, several of them by comma, or a map of its fields. */
function readItem(item: unknown): { kind: 'faults'; faults: FaultSpec[] } | { kind: 'invalid'; message: string } {
  if (isScalar(item) && typeof item.value === 'string') return parseFaults(item.value);
  if (item === null || (isScalar(item) && item.value === null))
    return invalid('there is nothing: write `faults: none` or `faults: []` for none');
  if (!isMap(item))
    return invalid('a fault is written as on the command line, such as "pause@holder", or as a map with "kind:"');
  const read = readMap(item);
  return read.kind === 'invalid' ? read : { kind: 'faults', faults: [read.fault] };
}

function readMap(map: YAMLMap): ReadFault {
  let kind: OptionValue | undefined;
  let target: string | undefined;
  const fields: Field[] = [];
  for (const { key, value } of map.items as Pair[]) {
    const name = isScalar(key) ? String(key.value) : '';
    if (!isScalar(value) || !isOptionValue(value.value)) return invalid(`"${name}" takes one value`);
    if (name === 'kind') kind = value.value;
    else if (name === 'target') target = String(value.value);
    else fields.push({ name, value: value.value });
  }
  if (kind === undefined) return invalid('a fault needs "kind:"');
  return readFault(String(kind), target, fields);
}
