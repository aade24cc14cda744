/**
 * A lock, a storage and clients that are executed one small step at a time, as a list of numbers says: every interleaving of
 * requests, effects and answers can come out, with indeterminate answers, pauses, expiring leases and requests that arrive
 * after their section is over. The record that it leaves is true by construction. For tests; not part of the program.
 */
import type { Decision, Fencing } from '../../harness/history/decision.js';
import type { HistoryEntry, OperationEntry, OperationName } from '../../harness/history/operation.js';
import type { OwnershipEvent } from '../../harness/history/ownership.js';
import type { OnLoss, RunRecord } from '../../harness/history/run-record.js';
import { compareTokens } from '../../harness/history/token.js';
import { keyLife, record } from './builders.js';

export interface ModelOptions {
  /**
   * `exclusive`: a hold ends by its client's hand, after all that the client had sent was decided or dropped.
   * `expiring`: the owner's key may go at any time, and requests may arrive at any later time. `none`: everybody is let in.
   */
  lock: 'exclusive' | 'expiring' | 'none';
  fencing: Exclude<Fencing, 'equality'>;
  onLoss: OnLoss;
  lanes: number;
  /** Clients per lane. */
  clients: number;
  /** One number a step, 0 to 2^30. */
  choices: readonly number[];
}

interface Open {
  index: number;
  f: OperationName;
  value: number | undefined;
  /** What the client will be answered, once it has taken effect. */
  answer: { type: 'ok' | 'fail'; value?: unknown; token?: string; error?: string } | undefined;
}

interface Client {
  process: number;
  lane: number;
  next: 'acquire' | 'read' | 'write' | 'release';
  open: Open | undefined;
  token: string;
  seen: number;
  knowsLoss: boolean;
  pausedBy: string | undefined;
}

export function simulate({ lock, fencing, onLoss, lanes, clients, choices }: ModelOptions): RunRecord {
  const history: HistoryEntry[] = [];
  const decisions: Decision[] = [];
  const ownership: OwnershipEvent[] = [];
  const slots = lanes * clients;
  const all = Array.from({ length: slots }, (_, n) => newClient(n, n % lanes));
  const queues = Array.from({ length: lanes }, (): Client[] => []);
  const storages = Array.from({ length: lanes }, () => ({ value: null as number | null, highest: '0' }));
  const strays: (() => void)[] = [];
  let time = 0;
  let revision = 4;
  let faults = 0;

  const note = (entry: Omit<OperationEntry, 'index' | 'time'>): number =>
    history.push({ ...entry, index: history.length, time }) - 1;
  const keyOf = ({ lane }: Client, f: OperationName) =>
    f === 'read' || f === 'write' ? `counter-${lane}` : `lane-${lane}`;
  const holdsKey = (client: Client) => queues[client.lane]?.includes(client) === true;

  function decide(client: Client, open: Open, process: number, token: string): void {
    const storage = storages[client.lane] as { value: number | null; highest: string };
    const f = open.f as 'read' | 'write';
    const below = compareTokens(token, storage.highest) < 0;
    const verdict = below && (fencing === 'on' || (fencing === 'monotonic' && f === 'write')) ? 'refused' : 'accepted';
    if (verdict === 'accepted') {
      if (f === 'write') storage.value = open.value ?? null;
      if (!below && (f === 'write' || fencing === 'on')) storage.highest = token;
      open.answer = { type: 'ok', value: storage.value, token };
    } else {
      open.answer = { type: 'fail', error: 'fenced' };
    }
    const value = f === 'write' ? open.value : storage.value;
    const seq = decisions.length + 1;
    decisions.push({
      seq,
      op: open.index,
      process,
      f,
      key: keyOf(client, f),
      token,
      value,
      verdict,
      highest: storage.highest,
    });
  }

  function dropKey(client: Client): void {
    const queue = queues[client.lane] as Client[];
    if (!queue.includes(client)) return;
    queue.splice(queue.indexOf(client), 1);
    const [, deletion] = keyLife(client.token, time, time, client.lane);
    ownership.push({ ...(deletion as OwnershipEvent), revision: String(++revision) });
  }

  function invoke(client: Client): void {
    const { process, lane, next: f, token } = client;
    const value = f === 'write' ? client.seen + 1 : undefined;
    const fields = {
      key: keyOf(client, f),
      ...(value === undefined ? {} : { value }),
      ...(f === 'acquire' ? {} : { token }),
    };
    const index = note({ process, lane, type: 'invoke', f, ...fields });
    const refused = onLoss === 'stop' && client.knowsLoss && f !== 'acquire';
    client.open = { index, f, value, answer: refused ? { type: 'fail', error: 'lock-lost' } : undefined };
  }

  function takeEffect(client: Client, open: Open): void {
    if (open.f === 'read' || open.f === 'write') return decide(client, open, client.process, client.token);
    if (open.f === 'release') {
      dropKey(client);
      open.answer = { type: 'ok' };
      return;
    }
    const queue = queues[client.lane] as Client[];
    if (!queue.includes(client)) {
      client.token = String(++revision);
      queue.push(client);
      ownership.push(...keyLife(client.token, time, undefined, client.lane));
    }
    if (lock === 'none' || queue[0] === client) open.answer = { type: 'ok', token: client.token };
  }

  function answer(client: Client, { f, answer: given }: Open, dice: number): void {
    if (given === undefined) return;
    const { process, lane } = client;
    note({ process, lane, f, key: keyOf(client, f), ...given });
    client.open = undefined;
    if (f === 'acquire') client.knowsLoss = false;
    if (f === 'read' && given.type === 'ok') client.seen = (given.value as number | null) ?? 0;
    client.next = following(f, given.type, dice);
  }

  /** Nobody knows what became of the operation; the client goes on under another number, with another session. */
  function loseTrack(client: Client, open: Open, dice: number): void {
    note({
      process: client.process,
      lane: client.lane,
      type: 'info',
      f: open.f,
      key: keyOf(client, open.f),
      error: 'timeout',
    });
    if (open.answer === undefined && (open.f === 'read' || open.f === 'write') && dice % 2 === 0) {
      const { process, token } = client;
      if (lock === 'exclusive') decide(client, open, process, token);
      else strays.push(() => decide(client, open, process, token));
    }
    dropKey(client);
    Object.assign(client, newClient(client.process + slots, client.lane));
  }

  function fault(client: Client, f: 'inject' | 'heal', id: string): void {
    const receipt = { proven: true as const, evidence: {} };
    const value = {
      id,
      kind: 'pause',
      trigger: 'time',
      targets: [`client ${client.process}`],
      processes: [client.process],
      nodes: ['clients1'],
      options: {},
      durationMs: 1,
      receipt,
    };
    history.push({ index: history.length, time, process: 'nemesis', type: 'info', f, lane: client.lane, value });
    client.pausedBy = f === 'inject' ? id : undefined;
  }

  function step(client: Client, action: number, dice: number): void {
    const { open, pausedBy } = client;
    const mayExpire = lock === 'expiring' && queues[client.lane]?.[0] === client;
    if (action < 3) strays.shift()?.();
    else if (mayExpire && action < (pausedBy === undefined ? 5 : 24)) dropKey(client);
    else if (pausedBy !== undefined) {
      if (action < 40) return;
      if (open === undefined) invoke(client);
      fault(client, 'heal', pausedBy);
    } else if (action < 7) fault(client, 'inject', `f${faults++}`);
    else if (action < 20 && client.next !== 'acquire' && !client.knowsLoss && !holdsKey(client)) {
      note({ process: client.process, lane: client.lane, type: 'info', f: 'lost', token: client.token });
      client.knowsLoss = true;
    } else if (open === undefined) invoke(client);
    else if (action < 22) loseTrack(client, open, dice);
    else if (open.answer === undefined) takeEffect(client, open);
    else answer(client, open, dice);
  }

  for (const choice of choices) {
    time += choice % 3;
    const dice = Math.floor(choice / 3);
    step(all[dice % slots] as Client, Math.floor(dice / slots) % 64, Math.floor(dice / slots / 64));
  }
  // Of the lock's own recovery the model knows nothing; that it was looked for is part of every whole record.
  const value = { withinMs: 30_000, tookMs: 0, lanesNotLocked: [], cluster: [] };
  history.push({ index: history.length, time, process: 'nemesis', type: 'info', f: 'recovery', lane: -1, value });
  const settings = { fencing, onLoss, lanes, clients, plannedFaults: faults };
  return record(history, { decisions, ownership, settings });
}

function newClient(process: number, lane: number): Client {
  return {
    process,
    lane,
    next: 'acquire',
    open: undefined,
    token: '0',
    seen: 0,
    knowsLoss: false,
    pausedBy: undefined,
  };
}

/** Mostly read, write, release; now and then another read in between, or another increment. */
function following(f: OperationName, type: 'ok' | 'fail', dice: number): Client['next'] {
  if (f === 'acquire') return 'read';
  if (f === 'release') return 'acquire';
  if (type === 'fail') return 'release';
  if (f === 'read') return dice % 4 === 0 ? 'read' : 'write';
  return dice % 4 === 0 ? 'read' : 'release';
}
