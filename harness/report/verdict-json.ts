/** Makes `verdict.json` from a run's record and its judgement. Pure. The shape is in verdict-schema.ts. */
import { evidenceOf } from '../../checkers/evidence.js';
import type { CheckerResult, Judgement, Violation, WitnessSection } from '../../checkers/verdict.js';
import { type Operation, OPERATIONS, type RecoveryRecord } from '../history/operation.js';
import { beginOf, type Fault } from '../history/pairing.js';
import type { RunTables } from '../history/run-record.js';
import { F, FAIL, INFO, NEMESIS, OK, TYPES } from '../history/tables.js';
import { headline } from './headline.js';
import { indexRecord, type RecordIndex } from './record-index.js';
import { runStatistics } from './run-statistics.js';
import {
  type ExpectationJson,
  type RecoveredJson,
  SCHEMA_VERSION,
  type VerdictJson,
  type VerdictOperation,
  type VerdictSection,
  type VerdictViolation,
  VIOLATION_KINDS,
} from './verdict-schema.js';
import { violationSentence, wantsCause } from './violation-text.js';

/** What the record does not say about its run. */
export interface ReportMeta {
  name: string;
  /** When the run began, ISO 8601 in UTC. */
  date: string;
  seed: number;
  /** Command line that carries the same plan out again. */
  command: string;
  /** By program: `leasebreaker`, `node`, `etcd`, `docker`. */
  versions: Record<string, string>;
  /** Of the machine, by name: operating system, kernel, processors, memory. */
  environment: Record<string, string>;
  expectation: ExpectationJson;
  exitCode: number;
}

export interface RunReport {
  record: RunTables;
  judgement: Judgement;
  meta: ReportMeta;
}

/** `index` is `indexRecord(report.record)`, where it has been made already. */
export function toVerdictJson(
  { record, judgement, meta }: RunReport,
  index: RecordIndex = indexRecord(record),
): VerdictJson {
  const counted = totals(judgement.results);
  const numbers = numbersOf(index);
  const violations = inOrder(judgement);
  const told = {
    settings: record.settings,
    end: record.end,
    verdict: judgement.data,
    exclusion: judgement.exclusion,
    service: judgement.service,
    liveness: judgement.liveness,
    counts: counted,
    refused: numbers.refused,
    faults: numbers.faults,
    caused: violations.filter(wantsCause).length,
    unexplained: violations.filter((violation) => wantsCause(violation) && violation.fault === undefined).length,
    recovered: index.recovery?.value ?? null,
    recovery: judgement.recovery,
  };
  const doubts = judgement.results.flatMap(({ checker, doubts: list }) => list.map((doubt) => ({ checker, doubt })));
  return {
    schemaVersion: SCHEMA_VERSION,
    name: meta.name,
    date: meta.date,
    seed: meta.seed,
    command: meta.command,
    versions: meta.versions,
    environment: meta.environment,
    settings: record.settings,
    end: record.end,
    summary: headline({ ...told, doubts }),
    verdict: judgement.data,
    exclusion: judgement.exclusion,
    assumptions: judgement.assumptions,
    service: judgement.service,
    liveness: judgement.liveness,
    recovery: judgement.recovery,
    recovered: told.recovered,
    expectation: meta.expectation,
    exitCode: meta.exitCode,
    doubts,
    counts: counted,
    ...numbers,
    unexplained: told.unexplained,
    statistics: runStatistics(evidenceOf(record), index, violations),
    checkers: judgement.results.map(({ checker, outcome, counts, figures, series }) => ({
      checker,
      outcome,
      counts,
      figures: finite(figures),
      ...(series === undefined ? {} : { series }),
    })),
    violations: violations.map((violation, n) => toJson(violation, `v${n + 1}`, index)),
  };
}

/**
 * Violations in the order of the report: the most telling kind first, and within a kind those that a fault explains. Their
 * ids count along: `v1` is the first.
 */
export function inOrder(judgement: Judgement): Violation[] {
  const rank = ({ kind, fault }: Violation): number => 2 * VIOLATION_KINDS.indexOf(kind) + Number(fault === undefined);
  return judgement.results.flatMap((result) => result.violations).sort((a, b) => rank(a) - rank(b) || a.from - b.from);
}

function totals(results: readonly CheckerResult[]): VerdictJson['counts'] {
  const sum = (kind: (typeof VIOLATION_KINDS)[number]): number =>
    results.reduce((total, { counts }) => total + (counts[kind] ?? 0), 0);
  return Object.fromEntries(VIOLATION_KINDS.map((kind) => [kind, sum(kind)])) as VerdictJson['counts'];
}

function numbersOf({ record, faults }: RecordIndex): Pick<VerdictJson, 'refused' | 'operations' | 'faults'> {
  const { history, decisions, settings } = record;
  const refused = { reads: 0, writes: 0 };
  for (let row = 0; row < decisions.length; row++)
    if (decisions.accepted[row] === 0) refused[decisions.f[row] === F.read ? 'reads' : 'writes']++;
  const ended = TYPES.map(() => 0);
  for (let row = 0; row < history.length; row++) {
    const isHalf = (history.f[row] ?? 0) < OPERATIONS.length && history.process[row] !== NEMESIS;
    if (isHalf) ended[history.type[row] ?? 0]!++;
  }
  const operations = { ok: ended[OK] ?? 0, fail: ended[FAIL] ?? 0, info: ended[INFO] ?? 0 };
  return { refused, operations, faults: tally(faults, settings.faultKinds ?? []) };
}

/** Kinds in the order of their first injection; those that were planned and never injected stand behind them. */
function tally(faults: readonly Fault[], planned: readonly string[]): VerdictJson['faults'] {
  const none = { injected: 0, proven: 0, healed: 0 };
  const kinds = new Map<string, typeof none>();
  const sum = { ...none };
  for (const { inject, heal } of faults) {
    const { kind, receipt } = inject.value;
    const ofKind = kinds.get(kind) ?? { ...none };
    kinds.set(kind, ofKind);
    for (const each of [ofKind, sum]) {
      each.injected++;
      if (receipt.proven) each.proven++;
      if (heal?.value.receipt.proven) each.healed++;
    }
  }
  for (const kind of planned) if (!kinds.has(kind)) kinds.set(kind, none);
  return { ...sum, kinds: [...kinds].map(([kind, each]) => ({ kind, ...each })) };
}

/** JSON has no infinity, and a figure that is none says nothing. */
function finite(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => Number.isFinite(figure)));
}

function toJson(violation: Violation, id: string, index: RecordIndex): VerdictViolation {
  const { kind, lane, key, from, to, numbers } = violation;
  const first = violation.first && sectionJson(violation.first, index);
  const second = violation.second && sectionJson(violation.second, index);
  const fault = faultJson(violation, index);
  return {
    id,
    kind,
    lane,
    ...(key === undefined ? {} : { key }),
    sentence: violationSentence(violation, index),
    ...(first === undefined ? {} : { first }),
    ...(second === undefined ? {} : { second }),
    decisions: violation.decisions.flatMap((seq) => index.decision(seq) ?? []),
    ownership: [violation.first, violation.second].flatMap((section) => {
      const granted = section && index.operation(section.acquire)?.completion?.time;
      const life = section && index.keyOf(lane, section.token, granted ?? Number.POSITIVE_INFINITY);
      return [life?.put, life?.deleted].filter((event) => event !== undefined);
    }),
    ...(violation.operations === undefined
      ? {}
      : { operations: violation.operations.flatMap((op) => operationOf(op, index) ?? []) }),
    ...(violation.events === undefined ? {} : { events: violation.events.flatMap((at) => index.event(at) ?? []) }),
    ...(violation.detail === undefined ? {} : { detail: violation.detail }),
    ...(fault === undefined ? {} : { fault }),
    ...(violation.recovery === undefined ? {} : { recovery: recoveredJson(violation.recovery) }),
    from,
    to,
    numbers: finite(numbers),
  };
}

function sectionJson(
  { process, token, acquire, operations }: WitnessSection,
  index: RecordIndex,
): VerdictSection | undefined {
  const opening = index.operation(acquire);
  if (opening === undefined) return undefined;
  return {
    process,
    token,
    acquire: operationJson(opening),
    operations: operations.flatMap((op) => operationOf(op, index) ?? []),
  };
}

function operationOf(op: number, index: RecordIndex): VerdictOperation | undefined {
  const operation = index.operation(op);
  return operation && operationJson(operation);
}

export function operationJson({ invocation, completion }: Operation): VerdictOperation {
  const { index, process, f, time, key } = invocation;
  const value = completion?.value ?? invocation.value;
  const token = completion?.token ?? invocation.token;
  const node = invocation.node ?? completion?.node;
  return {
    index,
    process,
    f,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(token === undefined ? {} : { token }),
    ...(node === undefined ? {} : { node }),
    invoked: time,
    completed: completion?.time ?? null,
    outcome: completion === undefined || completion.type === 'invoke' ? 'info' : completion.type,
    ...(completion?.error === undefined ? {} : { error: completion.error }),
  };
}

function faultJson(violation: Violation, index: RecordIndex): VerdictViolation['fault'] {
  const fault = index.fault(violation.fault);
  if (fault === undefined) return undefined;
  const { id, kind, trigger, targets, processes, nodes, options, receipt } = fault.inject.value;
  const times = { injected: beginOf(fault), healed: fault.heal?.time ?? null };
  return { id, kind, trigger, targets, processes, nodes, options, ...times, receipt };
}

function recoveredJson({ withinMs, tookMs, lanesNotLocked, cluster }: RecoveryRecord): RecoveredJson {
  return { withinMs, ...(tookMs === undefined ? {} : { tookMs }), lanesNotLocked, cluster };
}
