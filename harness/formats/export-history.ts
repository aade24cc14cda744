/**
 * Writes the operations of a run's history in the form of another tool. Reads the file twice: first to see that it can be judged
 * at all and, for Porcupine, which operations have to stay out; then to write, piece by piece.
 *
 * Porcupine's key-value log has neither failures nor unknown ends: an operation that failed is left out, so is a read without an
 * answer (Porcupine would take its value for empty), and a write without one has an invocation alone, which is put at the end.
 */
import type { Model } from '../../checkers/linearizability/operations.js';
import { readLines } from './read-lines.js';
import type { HistoryEvent } from './event.js';
import type { ExportFormat, ExportPart } from './export-formats.js';
import { exportLine, isPart } from './export-lines.js';
import type { ReadHistory } from './history-reader.js';
import { createJsonlReader } from './jsonl.js';
import type { History } from './operations-builder.js';
import { readHistoryFile } from './read-history-file.js';

export type Exported = { kind: 'exported'; lines: number } | Extract<ReadHistory, { kind: 'unreadable' }>;

export interface ExportOptions {
  format: ExportFormat;
  part: ExportPart;
  /** Takes some whole lines. */
  write: (text: string) => Promise<void>;
}

const MODELS: Record<ExportPart, readonly Model[]> = {
  all: ['kv', 'owner-mutex'],
  storage: ['kv'],
  locks: ['owner-mutex'],
  txns: ['kv'],
};

/** `file`: a run's history.jsonl. */
export async function exportHistory(file: string, { format, part, write }: ExportOptions): Promise<Exported> {
  const found: History[] = [];
  for (const model of MODELS[part]) {
    const read = await readHistoryFile(file, { format: 'jsonl', model });
    if (read.kind === 'history') found.push(read.history);
    // A run may have locked and never written, or the other way round: what there is, is exported.
    else if (read.line > 0 || (model === MODELS[part].at(-1) && found.length === 0)) return read;
  }
  const lineOf = createExporter(format, part, found);
  let line = 0;
  let lines = 0;
  for await (const batch of readLines(file)) {
    const texts: string[] = [];
    for (const { text } of batch) {
      line += 1;
      const exported = lineOf(text, line);
      if (exported !== undefined) texts.push(`${exported}\n`);
    }
    if (texts.length > 0) await write(texts.join(''));
    lines += texts.length;
  }
  return { kind: 'exported', lines };
}

/** Turns line after line of a history.jsonl that has been read before, as `histories`; undefined for what stays out. */
export function createExporter(
  format: ExportFormat,
  part: ExportPart,
  histories: readonly History[],
): (text: string, line: number) => string | undefined {
  // Only Porcupine's log leaves operations out.
  const kept = format === 'porcupine' ? histories : [];
  const judged = new Set(kept.flatMap(({ callLine, retLine }) => [...callLine, ...retLine]));
  const open = new Map<number, HistoryEvent>();
  let index = 0;
  let exported: string | undefined;
  const reader = createJsonlReader((event) => {
    if (!isPart(part, event.f)) return undefined;
    const invocation = event.type === 'invoke' ? event : (open.get(event.process) ?? event);
    if (event.type === 'invoke') open.set(event.process, event);
    else open.delete(event.process);
    if (format === 'porcupine' && (!judged.has(event.line) || event.type === 'info')) return undefined;
    exported = exportLine({ event, invocation, index }, format, part);
    index += 1;
    return undefined;
  });
  return (text, line) => {
    exported = undefined;
    // Nothing is wrong with the file but, perhaps, a torn last line.
    reader.line(text, line);
    return exported;
  };
}
