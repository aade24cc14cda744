/** Builds the three tables of a run together: they share the numbers of keys and the codes of tokens. */
import { createDecisionBuilder, type DecisionBuilder } from './decision-builder.js';
import { createHistoryBuilder, type HistoryBuilder } from './history-builder.js';
import { createNumbering, createTokenCoder, numberOf, placesOf, rankTokens, recode } from './numbering.js';
import { createOwnershipBuilder, type OwnershipBuilder } from './ownership-builder.js';
import type { RunRecord, RunTables } from './run-record.js';
import type { DecisionTable, HistoryTable, OwnershipTable } from './tables.js';
import { largeTokenCode } from './token-codes.js';

/** The logs of a run without what is known about it beside them. */
export type LogTables = Omit<RunTables, 'settings' | 'end'>;

export interface TableBuilders {
  history: HistoryBuilder;
  decisions: DecisionBuilder;
  ownership: OwnershipBuilder;
  /**
   * Takes the rows of a part behind those that are there; a part of one log leaves the other two empty. False if there are too
   * many different nodes, errors or members.
   */
  addPart(part: LogTables): boolean;
  /** Once, at the end. */
  finish(): LogTables;
}

/** `rows`: for how many rows of each log there is to be room from the start. `memory`: for the columns of a part of one log. */
export function createTableBuilders(
  rows: Readonly<Record<'history' | 'decisions' | 'ownership', number>>,
  shared = false,
  memory?: SharedArrayBuffer,
): TableBuilders {
  const keys = createNumbering();
  const tokens = createTokenCoder();
  const history = createHistoryBuilder(keys, tokens, { rows: rows.history, shared, memory });
  const decisions = createDecisionBuilder(keys, tokens, { rows: rows.decisions, shared, memory });
  const ownership = createOwnershipBuilder(tokens, { rows: rows.ownership, shared, memory });

  return {
    history,
    decisions,
    ownership,
    addPart(part) {
      const codes = Float64Array.from(part.largeTokens, (token) => largeTokenCode(numberOf(tokens.large, token)));
      decisions.addTable(part.decisions, placesOf(keys, part.history.keys), codes);
      const fits = [history.addTable(part.history, codes), ownership.addTable(part.ownership, codes)];
      return !fits.includes(false);
    },
    finish() {
      const { large, codes } = rankTokens(tokens);
      const tables = { history: history.table(), decisions: decisions.table(), ownership: ownership.table() };
      if (large.length > 0) for (const [column, length] of tokenColumns(tables)) recode(column, codes, 0, length);
      return { ...tables, largeTokens: large };
    },
  };
}

interface Tables {
  history: HistoryTable;
  decisions: DecisionTable;
  ownership: OwnershipTable;
}

function tokenColumns({ history, decisions, ownership }: Tables): [Float64Array, number][] {
  return [
    [history.token, history.length],
    [decisions.token, decisions.length],
    [decisions.highest, decisions.length],
    [ownership.revision, ownership.length],
    [ownership.createRevision, ownership.length],
    [ownership.lease, ownership.length],
  ];
}

/**
 * The record as columns. Total: what is no entry, decision or event, whatever else it may be, ends the history with a `damage` or
 * is counted as `malformed`. A token of the history that is none is left out. O(n).
 */
export function tablesOf({ settings, history, decisions, ownership, end }: RunRecord): RunTables {
  const lists = { history: listOf(history), decisions: listOf(decisions), ownership: listOf(ownership) };
  const builders = createTableBuilders({
    history: lists.history?.length ?? 0,
    decisions: lists.decisions?.length ?? 0,
    ownership: lists.ownership?.length ?? 0,
  });
  if (lists.history === undefined) builders.history.spoil('the history is not a list');
  for (const entry of lists.history ?? []) builders.history.append(entry);
  // Something that is not even a list counts as one thing that is no decision.
  for (const decision of lists.decisions ?? [undefined]) builders.decisions.append(decision);
  for (const event of lists.ownership ?? [undefined]) builders.ownership.append(event);
  return { settings, ...builders.finish(), end };
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
