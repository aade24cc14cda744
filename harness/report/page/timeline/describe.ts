/** Everything that is known about one thing of the timeline, as words for the details pane. Pure; plain text. */
import { DECISION, OUTCOME, type PageData, tokenAt } from '../../page-data.js';
import type { Selected } from '../state.js';
import { visible } from '../../visible.js';
import { gapOf } from './tracks-of-run.js';
import { duration, exactly } from './units.js';

export interface Details {
  readonly title: string;
  /** One sentence, for the eye and for the screen reader. */
  readonly sentence: string;
  readonly tone: 'plain' | 'wrong' | 'refused' | 'fault';
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly from: number;
  readonly to: number;
  /** Places in `clients` and `nodes` of the rows on which it is drawn. */
  readonly clients: readonly number[];
  readonly nodes: readonly number[];
}

export function describe(data: PageData, { list, row }: Selected): Details | undefined {
  switch (list) {
    case 'operations':
      return row < data.operations.length ? operation(data, row) : undefined;
    case 'holds':
      return row < data.holds.length ? hold(data, row) : undefined;
    case 'faults':
      return fault(data, row);
    case 'violations':
      return violation(data, row);
    case 'leaders':
      return leader(data, row);
  }
}

const OUTCOMES = {
  [OUTCOME.ok]: 'ok: it took effect',
  [OUTCOME.fail]: 'fail: it certainly did not take effect',
  [OUTCOME.info]: 'info: nobody knows whether it took effect',
  [OUTCOME.open]: 'none: it was not completed when the run ended',
} as Record<number, string>;

const DECISIONS = {
  [DECISION.accepted]: 'accepted by the storage',
  [DECISION.refused]: 'refused by the storage',
  [DECISION.stale]: 'accepted by the storage, and should not have been',
} as Record<number, string>;

/** `client 3 (lane-1)` */
export function clientName(data: PageData, place: number): string {
  const client = data.clients[place];
  if (client === undefined) return 'unknown client';
  const lane = data.lanes[client.lane]?.title;
  return lane === undefined ? visible(client.title) : `${visible(client.title)} (${visible(lane)})`;
}

function operation(data: PageData, row: number): Details {
  const { operations, functions, strings } = data;
  const place = operations.client[row]!;
  const [from, to] = [operations.start[row]!, operations.end[row]!];
  const [outcome, decision] = [operations.outcome[row]!, operations.decision[row]!];
  const f = visible(functions[operations.f[row]!] ?? 'operation');
  const token = visible(tokenAt(strings, operations, row) ?? '');
  const isOpen = outcome === OUTCOME.open;
  const title = decision === DECISION.stale ? `Stale ${f}` : f.charAt(0).toUpperCase() + f.slice(1);
  const doing = `${clientName(data, place)}: ${f}${token === '' ? '' : ` with token ${token}`}`;
  const end = DECISIONS[decision] ?? OUTCOMES[outcome]?.split(':')[0] ?? '';
  return {
    title,
    sentence: `${doing}, ${end}, at ${exactly(from)}${isOpen ? '' : `, ${duration(to - from)}`}.`,
    tone: decision === DECISION.stale ? 'wrong' : decision === DECISION.refused ? 'refused' : 'plain',
    facts: kept([
      ['Operation', f],
      ['Client', clientName(data, place)],
      ['Process', String(operations.process[row])],
      ['Start', exactly(from)],
      ['End', isOpen ? 'not before the end of the run' : exactly(to)],
      ['Duration', isOpen ? `${duration(to - from)} until the run ended` : duration(to - from)],
      ['Outcome', OUTCOMES[outcome]],
      ['Storage', DECISIONS[decision]],
      ['Token', token],
      ['Value', visible(strings.at(operations.value[row]!))],
      ['Error', visible(strings.at(operations.error[row]!))],
      ['Index in history.jsonl', String(operations.index[row])],
    ]),
    ...{ from, to, clients: [place], nodes: [] },
  };
}

function hold(data: PageData, row: number): Details {
  const { holds } = data;
  const place = holds.client[row]!;
  const [from, to, waited] = [holds.from[row]!, holds.to[row]!, holds.waitFrom[row]!];
  const [etcdFrom, etcdTo] = [holds.etcdFrom[row]!, holds.etcdTo[row]!];
  const gap = gapOf(data, row);
  const token = visible(tokenAt(data.strings, holds, row) ?? '');
  const held = `${clientName(data, place)} believed that it held the lock for ${duration(to - from)}`;
  return {
    title: gap > 0 ? 'Hold that outlived its lease' : 'Hold',
    sentence: gap > 0 ? `${held}; for the last ${duration(gap)} etcd had already ended it.` : `${held}.`,
    tone: gap > 0 ? 'wrong' : 'plain',
    facts: kept([
      ['Client', clientName(data, place)],
      ['Token', token],
      ['Waited', waited < from ? `${duration(from - waited)}, since ${exactly(waited)}` : undefined],
      ['Believed from', exactly(from)],
      ['Believed to', exactly(to)],
      ['Believed for', duration(to - from)],
      ['In etcd from', etcdFrom < 0 ? 'not known' : exactly(etcdFrom)],
      ['In etcd to', etcdTo >= 0 ? exactly(etcdTo) : etcdFrom < 0 ? 'not known' : 'not ended while anybody looked'],
      ['Gap', gap > 0 ? `${duration(gap)}: believed, but ended in etcd` : undefined],
    ]),
    from: Math.min(from, etcdFrom < 0 ? from : etcdFrom),
    to: Math.max(to, etcdTo),
    ...{ clients: [place], nodes: [] },
  };
}

function fault(data: PageData, row: number): Details | undefined {
  const found = data.faults[row];
  if (found === undefined) return undefined;
  const { id, kind, text, from, to, proven, receipt, clients, nodes } = found;
  const targets = [
    ...(clients.length === data.clients.length && clients.length > 1
      ? ['all clients']
      : clients.map((place) => clientName(data, place))),
    ...nodes.map((place) => visible(data.nodes[place]?.name ?? '')),
  ];
  return {
    title: `Fault: ${visible(kind)}`,
    sentence: `${visible(text)}${/[.!?]$/.test(text) ? '' : '.'}`,
    tone: 'fault',
    facts: kept([
      ['Hits', targets.join(', ')],
      ['From', exactly(from)],
      ['To', exactly(to)],
      ['Duration', duration(to - from)],
      ['Proven', proven ? 'yes, by its receipt' : 'no: nothing proves that it took effect'],
      ...receipt.split('\n').map((line) => ['Receipt', visible(line)] as const),
      ['Fault', visible(id)],
    ]),
    ...{ from, to, clients, nodes },
  };
}

function violation(data: PageData, row: number): Details | undefined {
  const found = data.violations[row];
  if (found === undefined) return undefined;
  const { id, title, sentence, lane, clients, from, to, operations } = found;
  const cause = data.faults[found.fault];
  return {
    title: `${id}: ${visible(title)}`,
    sentence: visible(sentence),
    tone: 'wrong',
    facts: kept([
      ['Lock', lane < 0 ? undefined : visible(data.lanes[lane]?.title ?? '')],
      ['Clients', clients.map((place) => visible(data.clients[place]?.title ?? '')).join(', ')],
      ['From', exactly(from)],
      ['To', exactly(to)],
      ['Duration', duration(to - from)],
      ['Explained by', cause === undefined ? 'no fault' : `${visible(cause.kind)}: ${visible(cause.text)}`],
      ['Operations', operations.map((n) => `${data.operations.index[n]}`).join(', ')],
    ]),
    ...{ from, to, clients, nodes: [] },
  };
}

function leader(data: PageData, row: number): Details | undefined {
  const found = data.leaders[row];
  if (found === undefined) return undefined;
  const { node, from, to } = found;
  const name = visible(data.nodes[node]?.name ?? '');
  return {
    title: `${name} led the cluster`,
    sentence: `${name} was the leader of etcd for ${duration(to - from)}.`,
    tone: 'plain',
    facts: [
      ['From', exactly(from)],
      ['To', exactly(to)],
      ['Duration', duration(to - from)],
    ],
    ...{ from, to, clients: [], nodes: [node] },
  };
}

type Fact = readonly [string, string | undefined];

function kept(facts: readonly Fact[]): (readonly [string, string])[] {
  return facts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, text] as const]));
}
