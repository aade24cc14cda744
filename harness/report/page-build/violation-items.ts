/** The violations that the judgement lists, as the page's list has them. */
import type { Evidence } from '../../../checkers/evidence.js';
import type { Violation } from '../../../checkers/verdict.js';
import { KINDS } from '../kinds.js';
import type { ViolationItem } from '../page-data.js';
import type { RecordIndex } from '../record-index.js';
import type { VerdictJson } from '../verdict-schema.js';
import type { ClientRows } from './client-rows.js';

/** `violations` in the order of the report, as `told` has them; `pictured`: ids of those that the page draws. */
export function violationItems(
  violations: readonly Violation[],
  told: VerdictJson['violations'],
  pictured: ReadonlySet<string>,
  { operations }: Evidence,
  index: RecordIndex,
  { clientOf, laneOf }: ClientRows,
  faultPlaces: ReadonlyMap<number, number>,
): ViolationItem[] {
  const titles = new Map<string, string>(KINDS.map(({ kind, singular }) => [kind, sentence(singular)]));
  return violations.map((violation, n): ViolationItem => {
    const { kind, lane, from, to, fault } = violation;
    const rows = operationsOf(violation, index)
      .map((op) => operations.placeOf(op))
      .filter((row) => row >= 0);
    const processes = rows.map((row) => operations.process(row));
    const clients = [...new Set(processes.map(clientOf))].filter((place) => place >= 0).sort((a, b) => a - b);
    const id = told[n]?.id ?? `v${n + 1}`;
    return {
      id,
      kind,
      title: titles.get(kind) ?? kind,
      sentence: told[n]?.sentence ?? '',
      lane: laneOf(lane),
      clients,
      from,
      to,
      fault: fault === undefined ? -1 : (faultPlaces.get(fault) ?? -1),
      operations: rows,
      hasPicture: pictured.has(id),
    };
  });
}

/** Indexes of all operations that it names, each once; what the storage decided last is what it is about. */
function operationsOf({ first, second, operations = [], decisions }: Violation, index: RecordIndex): number[] {
  const decided = decisions.flatMap((seq) => index.decision(seq)?.op ?? []);
  const sections = [second, first].flatMap((section) => (section ? [section.acquire, ...section.operations] : []));
  const all = [...sections, ...operations, ...decided];
  return all.filter((op, at) => all.lastIndexOf(op) === at);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
