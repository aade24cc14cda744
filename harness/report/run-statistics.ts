/** What campaigns count of a run (`statistics` of verdict.json). Pure. */
import type { Evidence } from '../../checkers/evidence.js';
import { forEachHandOver } from '../../checkers/hand-overs.js';
import { replacements } from '../../checkers/replacements.js';
import type { Violation } from '../../checkers/verdict.js';
import { F } from '../history/tables.js';
import { holderStops } from './holder-stops.js';
import { findLateWrites } from './late-writes.js';
import type { RecordIndex } from './record-index.js';
import { runCoverage } from './run-coverage.js';
import type { RunStatistics } from './verdict-schema.js';

const NS_PER_MS = 1e6;

/** O(operations + holds log holds). `violations`: the listed ones. */
export function runStatistics(evidence: Evidence, index: RecordIndex, violations: readonly Violation[]): RunStatistics {
  const replacedBy = replacements(evidence);
  const late = findLateWrites(evidence, replacedBy);
  let handOvers = 0;
  let handOversUnderFault = 0;
  forEachHandOver(evidence, (_from, _to, fault) => {
    handOvers++;
    if (fault !== undefined) handOversUnderFault++;
  });
  return {
    handOvers,
    handOversUnderFault,
    firstViolationMs: firstViolations(violations, index, trafficBegan(evidence)),
    stops: holderStops(evidence, late),
    coverage: runCoverage(evidence, late, replacedBy),
  };
}

/** When the first operation but the opening of a session was sent, in ns since the run began. */
function trafficBegan({ operations }: Evidence): number {
  for (let operation = 0; operation < operations.count; operation++)
    if (operations.f(operation) !== F.open) return operations.invokedAt(operation);
  return 0;
}

function firstViolations(
  violations: readonly Violation[],
  index: RecordIndex,
  began: number,
): RunStatistics['firstViolationMs'] {
  const first: RunStatistics['firstViolationMs'] = {};
  for (const violation of violations) {
    const ms = Math.max(0, (provenAt(violation, index) - began) / NS_PER_MS);
    first[violation.kind] = Math.min(ms, first[violation.kind] ?? ms);
  }
  return first;
}

/** When the last operation was over that the proof names; where it names none, the end of its picture. In ns since the run began. */
function provenAt({ decisions, operations = [], first, second, to }: Violation, index: RecordIndex): number {
  const decided = decisions.at(-1);
  const last =
    (decided === undefined ? undefined : index.decision(decided)?.op) ??
    operations.at(-1) ??
    [...(first?.operations ?? []), ...(second?.operations ?? [])].sort((a, b) => a - b).at(-1);
  const operation = last === undefined ? undefined : index.operation(last);
  return operation?.completion?.time ?? operation?.invocation.time ?? to;
}
