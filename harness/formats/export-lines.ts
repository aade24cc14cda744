/**
 * What becomes of one event of a run's history in an export: the pure part. The operation's key and value are those of its
 * invocation, for completions of a run do not repeat what was written.
 */
import { ednString, ednText } from './edn-text.js';
import type { HistoryEvent } from './event.js';
import type { ExportFormat, ExportPart } from './export-formats.js';

/** An event with the invocation of its operation, which may be itself. */
export interface Half {
  event: HistoryEvent;
  invocation: HistoryEvent;
  /** Place in the export, from 0. */
  index: number;
}

const PARTS: Record<ExportPart, readonly string[]> = {
  all: ['read', 'write', 'acquire', 'release'],
  storage: ['read', 'write'],
  locks: ['acquire', 'release'],
  txns: ['read', 'write'],
};

export const isPart = (part: ExportPart, f: string): boolean => PARTS[part].includes(f);

/** One line, without its newline. */
export function exportLine(half: Half, format: ExportFormat, part: ExportPart): string {
  if (format === 'porcupine') return porcupineLine(half);
  if (format === 'jsonl') return jsonLine(half);
  return ednLine(half, part);
}

function jsonLine({ event, invocation, index }: Half): string {
  const { process, type, f, time, error } = event;
  const value = valueOf(event, invocation);
  const token = event.token ?? invocation.token;
  return JSON.stringify({
    index,
    ...(time === undefined ? {} : { time }),
    process,
    type,
    f,
    key: invocation.key,
    ...(value === undefined ? {} : { value }),
    ...(token === undefined ? {} : { token }),
    ...(error === undefined ? {} : { error }),
  });
}

/** What was written; or what a read answered, undefined as long as it has not. */
function valueOf(event: HistoryEvent, invocation: HistoryEvent): unknown {
  if (event.f === 'write') return invocation.value;
  return event.f === 'read' && event.type === 'ok' ? event.value : undefined;
}

/** The form of jepsen.history, with values `[key value]` as jepsen.independent makes them. */
function ednLine({ event, invocation, index }: Half, part: ExportPart): string {
  const { process, type, time, error } = event;
  const key = ednText(invocation.key);
  const value = ednText(valueOf(event, invocation));
  const isWrite = event.f === 'write';
  let f = event.f;
  let shown = `[${key} ${value}]`;
  if (part === 'txns') {
    f = 'txn';
    shown = `[[${isWrite ? ':w' : ':r'} ${key} ${value}]]`;
  } else if (f === 'acquire' || f === 'release') {
    const token = event.type === 'ok' && f === 'acquire' ? event.token : undefined;
    const fence = typeof token === 'string' ? `, :fence ${token}` : '';
    shown = `[${key} {:client ${process}${fence}}]`;
  }
  const parts = [
    `:index ${index}`,
    ...(time === undefined ? [] : [`:time ${ednText(time)}`]),
    `:type :${type}`,
    `:process ${process}`,
    `:f :${f}`,
    `:value ${shown}`,
    ...(error === undefined ? [] : [`:error ${ednText(error)}`]),
  ];
  return `{${parts.join(', ')}}`;
}

function porcupineLine({ event, invocation }: Half): string {
  const isRead = event.f === 'read';
  const value = valueOf(event, invocation);
  const shown = isRead && event.type === 'invoke' ? 'nil' : ednString(asText(value));
  return `{:process ${event.process}, :type :${event.type}, :f ${isRead ? ':get' : ':put'}, :key ${ednString(String(invocation.key))}, :value ${shown}}`;
}

/** Porcupine's values are strings, and a key that was never written holds the empty one. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
