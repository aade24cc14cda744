/** Faults as bands over the rows that they hit, with their receipts in words. */
import type { FaultRecord, Receipt } from '../../history/operation.js';
import { beginOf, type Fault } from '../../history/pairing.js';
import { faultBegins, targetsText } from '../fault-words.js';
import { shorten, words } from '../format.js';
import type { FaultBand, NodeRow } from '../page-data.js';
import { isOnClients } from '../section-facts.js';
import type { ClientRows } from './client-rows.js';

/** `places`: by the index of the injection, the place among the bands, which are ordered by time. */
export function faultBands(
  faults: readonly Fault[],
  rows: Pick<ClientRows, 'clients' | 'clientOf'>,
  nodes: readonly NodeRow[],
  endNs: number,
): { bands: FaultBand[]; places: Map<number, number> } {
  const ordered = [...faults].sort((a, b) => beginOf(a) - beginOf(b));
  return {
    bands: ordered.map((fault, place): FaultBand => {
      const record = fault.inject.value;
      const from = beginOf(fault);
      return {
        id: `f${place + 1}`,
        kind: record.kind,
        text: sentence(faultBegins(record, targetsText(record))),
        clients: clientsOf(record, rows),
        nodes: nodes.flatMap(({ name }, at) => (isHit(record, name) ? [at] : [])),
        from,
        to: Math.max(from, fault.heal?.time ?? endNs),
        proven: record.receipt.proven,
        receipt: [
          receiptText('Injected', record.receipt),
          fault.heal === undefined
            ? 'Not healed before the run ended.'
            : receiptText('Healed', fault.heal.value.receipt),
        ].join('\n'),
      };
    }),
    places: new Map(ordered.map(({ inject }, place) => [inject.index, place])),
  };
}

/** A fault on a server hinders everybody; it lies on the server. */
function clientsOf(record: FaultRecord, { clients, clientOf }: Pick<ClientRows, 'clients' | 'clientOf'>): number[] {
  if (record.processes === 'all') return isOnClients(record) ? clients.map((_, place) => place) : [];
  return [...new Set(record.processes.map(clientOf))].filter((place) => place >= 0).sort((a, b) => a - b);
}

/** What was aimed at, which may be a link between two; else all that was touched. */
function isHit({ targets, nodes }: FaultRecord, name: string): boolean {
  const names = targets.flatMap((target) => target.split(' -> '));
  return names.some((target) => !target.startsWith('client')) ? names.includes(name) : nodes.includes(name);
}

function receiptText(what: string, receipt: Receipt): string {
  if (!receipt.proven) return `${what}, but nothing proves it: ${shorten(receipt.reason, MAX_RECEIPT)}`;
  const said = evidenceText(receipt.evidence);
  return said === '' ? `${what}; proven.` : `${what}; proven by ${shorten(said, MAX_RECEIPT)}`;
}

const MAX_RECEIPT = 600;

/** `signal SIGSTOP, pid 117, took 1.4 ms`: names as words, parts of parts in brackets. */
function evidenceText(evidence: Record<string, unknown>): string {
  return Object.entries(evidence)
    .map(([name, data]) => {
      const isMs = name.endsWith('Ms') && typeof data === 'number';
      return isMs ? `${words(name.slice(0, -2))} ${dataText(data)} ms` : `${words(name)} ${dataText(data)}`;
    })
    .join(', ');
}

function dataText(data: unknown): string {
  if (typeof data === 'string') return data;
  if (typeof data === 'number') return String(Math.round(data * 10) / 10);
  if (Array.isArray(data)) return `[${data.map(dataText).join(', ')}]`;
  if (typeof data === 'object' && data !== null) return `(${evidenceText(data as Record<string, unknown>)})`;
  return String(data);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
