/**
 * Writes the operations of a run's history in the form of another tool. Reads the file twice: first to see that it can be judged
 * at all and, for Porcupine, which operations have to stay out; then to write, piece by piece.
 *
 * Porcupine's key-value log has neither failures nor unknown ends: an operation that failed is left out, so is a read without an
 * answer (Porcupine would take its value for empty), and a write without one has an invocation alone, which is put at the end.
 */
import type { Model } from '../../checkers/linearizability/operations.js';
import { readLines } from '../history/read-lines.js';
import type { HistoryEvent, Unreadable } from './event.js';
import type { ExportFormat, ExportPart } from './export-formats.js';
import { exportLine, isPart } from './export-lines.js';
import { createJsonlReader } from './jsonl.js';
import { readHistoryFile } from './read-history-file.js';

export type Exported = { kind: 'exported'; lines: number } | ({ kind: 'unreadable'; file: string } & Unreadable);

export interface ExportOptions {
  format: ExportFormat;
  part: ExportPart;
  /** Takes some whole lines. */
  write: (text: string) => Promise<void>;
}

/** `file`: a run's history.jsonl. */
export async function exportHistory(file: string, { format, part, write }: ExportOptions): Promise<Exported> {
  const models: Model[] = part === 'locks' ? ['owner-mutex'] : part === 'all' ? ['kv', 'owner-mutex'] : ['kv'];
  let kept: ReadonlySet<number> | undefined;
  let empty: Exported | undefined;
  for (const model of models) {
    const read = await readHistoryFile(file, { format: 'jsonl', model });
    // A run may have locked and never written, or the other way round: what there is, is exported.
    if (read.kind === 'unreadable') {
      if (read.line > 0 || empty || models.length === 1) return read;
      empty = read;
      continue;
    }
    if (format === 'porcupine') kept = new Set([...read.history.callLine, ...read.history.retLine]);
  }

  const open = new Map<number, HistoryEvent>();
  let batch: string[] = [];
  let lines = 0;
  const reader = createJsonlReader((event) => {
    if (!isPart(part, event.f)) return undefined;
    const invocation = event.type === 'invoke' ? event : (open.get(event.process) ?? event);
    if (event.type === 'invoke') open.set(event.process, event);
    else open.delete(event.process);
    if (kept && (!kept.has(event.line) || event.type === 'info')) return undefined;
    batch.push(exportLine({ event, invocation, index: lines }, format, part));
    lines += 1;
    return undefined;
  });
  let line = 0;
  for await (const read of readLines(file)) {
    for (const { text } of read) {
      line += 1;
      // Whatever is wrong has been told, or is a torn last line.
      reader.line(text, line);
    }
    if (batch.length > 0) await write(`${batch.join('\n')}\n`);
    batch = [];
  }
  return { kind: 'exported', lines };
}
