/** The run as the program of its page needs it: from the record and the judgement to PageData. Pure. */
import { type Evidence, evidenceOf } from '../../../checkers/evidence.js';
import { ENTRY_NAMES } from '../../history/tables.js';
import { OPERATIONS } from '../../history/operation.js';
import type { RunTables } from '../../history/run-record.js';
import type { PageModel } from '../model.js';
import type { PageData } from '../page-data.js';
import type { RecordIndex } from '../record-index.js';
import { inOrder, type RunReport } from '../verdict-json.js';
import { clientRows } from './client-rows.js';
import { curvesOf } from './curves.js';
import { decisionsByOperation } from './decisions.js';
import { faultBands } from './fault-bands.js';
import { holdColumns } from './hold-columns.js';
import { Interner } from './interner.js';
import { leaderSpans } from './leader-spans.js';
import { nodeRows } from './node-rows.js';
import { operationColumns } from './operation-columns.js';
import { violationItems } from './violation-items.js';

const NS_PER_MS = 1e6;

/** `model` is what the rest of the page shows: violations keep their ids. O(n log n) at most. */
export function pageData({ record, judgement }: RunReport, index: RecordIndex, model: PageModel): PageData {
  const evidence = evidenceOf(record);
  const { verdict, groups } = model;
  const { faults } = evidence;
  const endNs = endOf(evidence);
  const rows = clientRows(evidence);
  const nodes = nodeRows(record, faults);
  const strings = new Interner();
  const violations = inOrder(judgement);
  const decisions = decisionsByOperation(evidence, violations);
  const operations = operationColumns(evidence, rows, decisions, strings, endNs);
  const { bands, places } = faultBands(faults, rows, nodes, endNs);
  const pictured = new Set(groups.flatMap(({ pictures }) => pictures.map(({ id }) => id)));
  return {
    schemaVersion: 1,
    name: verdict.name,
    endNs,
    ttlNs: record.settings.ttlMs * NS_PER_MS,
    lanes: rows.lanes,
    clients: rows.clients,
    nodes,
    functions: ENTRY_NAMES.slice(0, OPERATIONS.length),
    operations,
    holds: holdColumns(evidence, rows, index, strings, endNs),
    strings: strings.table(),
    leaders: leaderSpans(record.samples ?? [], nodes, endNs),
    faults: bands,
    violations: violationItems(violations, verdict.violations, pictured, evidence, index, rows, places),
    counts: Object.fromEntries(Object.entries(verdict.counts).filter(([, count]) => count > 0)),
    kindTitles: Object.fromEntries(groups.map(({ kind, title }) => [kind, title])),
    curves: curvesOf(evidence, operations, faults, endNs),
  };
}

/** The last moment of which the record says anything, in ns; above 0. */
function endOf({ tables }: Evidence): number {
  const { history, ownership, samples = [] }: RunTables = tables;
  const last = Math.max(1, history.time[history.length - 1] ?? 0, ownership.time[ownership.length - 1] ?? 0);
  return samples.reduce((end, { time }) => Math.max(end, time), last);
}
