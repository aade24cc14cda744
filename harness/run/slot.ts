/**
 * One place for a client in a lane: the program that runs there now, its logical process number, and the operations that
 * the interpreter carries out on it, each recorded at the moment itself. A program that broke or timed out is replaced.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationName } from '../history/operation.js';
import type { ClientTarget } from '../nemesis/fault.js';
import type { OpenOptions } from '../../workloads/clients/protocol.js';
import type { AgentLink } from './agent-link.js';
import { ClientProcess, type RequestBody } from './client-process.js';
import { keepSessionAlive, type KeepAlives } from './keep-alives.js';
import type { Recorder, Who } from './recorder.js';

export interface SlotOptions {
  slot: number;
  lane: number;
  /** Number of slots in the run: a retired process number goes on as number + slots (Jepsen's rule). */
  slots: number;
  link: AgentLink;
  recorder: Recorder;
  open: OpenOptions;
  lock: string;
  /** Somebody else's client program, as a shell takes it. */
  command?: string;
  deadlines: { callMs: number; acquireMs: number };
  /** A session was opened with this lease (hex). */
  onSession: (lease: string) => void;
  log: (line: string) => void;
}

export interface Outcome {
  type: 'ok' | 'fail' | 'info';
  value?: unknown;
  token?: string;
  error: string;
}

/** An acquire that is out for this long counts as queueing. */
const WAITING_MS = 40;
/** Starting a Node program on a busy machine. */
const START_MS = 60_000;
/** A slot whose program breaks this often is given up: the run says so instead of going round in circles. */
const MAX_REPLACEMENTS = 10;

/** The acquire whose hold is current: its request id and, once answered, its token. */
interface CurrentHold {
  id: number;
  token: string | undefined;
}

export class Slot implements ClientTarget {
  readonly lane: number;
  readonly slot: number;
  readonly node: string;
  process: number;
  /** The client said that its lock, and with it its session, is gone. */
  sessionLost = false;
  private client: ClientProcess | undefined;
  private generation = 0;
  /** Of programs that broke by themselves. */
  private replacements = 0;
  private acquiring = false;
  /** Request id of the acquire whose hold is current, and its token. */
  private hold_: CurrentHold | undefined;
  /** Of the session that is open, where the controller keeps it alive. */
  private keepAlives: KeepAlives | undefined;
  /** Set while a fault keeps the program dead; `over` resolves when another one runs. */
  private down: { over: Promise<void>; end: () => void } | undefined;

  constructor(private readonly options: SlotOptions) {
    this.lane = options.lane;
    this.slot = options.slot;
    this.node = options.link.node;
    this.process = options.slot;
  }

  /** Starts the program; rejects when it cannot be started or does not speak the protocol. */
  async start(): Promise<void> {
    const { slot, link, log, command } = this.options;
    const name = `client-${slot}${this.generation === 0 ? '' : `-${this.generation}`}`;
    this.client = await ClientProcess.start(
      link,
      name,
      {
        onLost: ({ hold, reason }) => {
          if (this.hold_?.id !== hold) return;
          this.sessionLost = true;
          const { token } = this.hold_;
          this.options.recorder.event(this.who, 'lost', { value: reason, ...(token === undefined ? {} : { token }) });
        },
        onTrouble: (error, detail) => this.options.recorder.event(this.who, 'harness-error', { error, value: detail }),
        onStderr: (line) => log(`${name}: ${line}`),
      },
      START_MS,
      command,
    );
  }

  get who(): Who {
    return { process: this.process, lane: this.lane, node: this.node };
  }

  async open(): Promise<Outcome> {
    this.sessionLost = false;
    this.hold_ = undefined;
    const { open, deadlines, onSession } = this.options;
    const limitMs = 2 * deadlines.callMs + START_MS / 10;
    const opened = await this.operate('open', { f: 'open', ...open }, {}, limitMs);
    const { lease, ttlMs } = (opened.value ?? {}) as { lease?: unknown; ttlMs?: unknown };
    if (opened.type === 'ok' && typeof lease === 'string') onSession(lease);
    this.keepAlives?.stop();
    if (opened.type === 'ok' && typeof ttlMs === 'number' && open.keepAlive === 'controller')
      this.keepAlives = keepSessionAlive(ttlMs / 3, (limitMs) => this.keepAlive(limitMs));
    return opened;
  }

  async acquire(): Promise<Outcome> {
    this.hold_ = undefined;
    this.acquiring = true;
    const { lock, deadlines } = this.options;
    const outcome = await this.operate('acquire', { f: 'acquire', lock }, { key: lock }, deadlines.acquireMs, (id) => {
      // From here on a loss can be told, even in the same breath as the answer.
      this.hold_ = { id, token: undefined };
    });
    this.acquiring = false;
    // Set while the request was under way, which the compiler does not see.
    const begun = this.hold_ as CurrentHold | undefined;
    this.hold_ = outcome.type === 'ok' && begun !== undefined ? { id: begun.id, token: outcome.token } : undefined;
    const { lease } = (outcome.value ?? {}) as { lease?: unknown };
    if (typeof lease === 'string') this.options.onSession(lease);
    return outcome;
  }

  /** `register`: the storage is to raise the key's highest token first. */
  read(key: string, register: boolean): Promise<Outcome> {
    const body = { f: 'read', key, op: -1, process: this.process, ...(register ? { register } : {}) } as const;
    return this.operate('read', body, { key }, this.callLimit);
  }

  /** Asks etcd whether the lock is still this client's. */
  check(): Promise<Outcome> {
    return this.operate('check', { f: 'check' }, { key: this.options.lock }, this.callLimit);
  }

  write(key: string, value: unknown): Promise<Outcome> {
    return this.operate(
      'write',
      { f: 'write', key, value, op: -1, process: this.process },
      { key, value },
      this.callLimit,
    );
  }

  async release(): Promise<Outcome> {
    const outcome = await this.operate('release', { f: 'release' }, { key: this.options.lock }, this.callLimit);
    this.hold_ = undefined;
    return outcome;
  }

  close(): Promise<Outcome> {
    this.keepAlives?.stop();
    return this.operate('close', { f: 'close' }, {}, this.callLimit);
  }

  /** Ends the program and starts another, with a breath in between; false when the slot is to be given up. */
  async replace(): Promise<boolean> {
    if (this.down !== undefined) {
      await this.down.over;
      return true;
    }
    await this.kill();
    this.generation++;
    this.replacements++;
    if (this.replacements > MAX_REPLACEMENTS) {
      const value = `given up: its program was replaced ${MAX_REPLACEMENTS} times`;
      this.options.recorder.event(this.who, 'harness-error', { error: 'client-exited', value });
      return false;
    }
    await sleep(200);
    try {
      await this.start();
      return true;
    } catch (error) {
      this.options.recorder.event(this.who, 'harness-error', { error: 'client-exited', value: String(error) });
      return false;
    }
  }

  async kill(): Promise<void> {
    this.keepAlives?.stop();
    await this.client?.kill();
  }

  isWaiting(): boolean {
    return this.acquiring && (this.client?.waitingMs ?? 0) > WAITING_MS;
  }

  /** Whether it was given a lock and has not released it, for all that it was told. */
  get isHolding(): boolean {
    return this.hold_?.token !== undefined;
  }

  get childName(): string {
    return this.client?.name ?? '';
  }

  isRunning(): boolean {
    return this.client !== undefined && this.client.isUsable && !this.client.isHeld;
  }

  hold(): void {
    this.client?.hold();
  }

  letGo(): void {
    this.client?.letGo();
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): ReturnType<ClientTarget['signal']> {
    if (this.client === undefined) return Promise.reject(new Error('no program runs in this slot'));
    return this.client.signal(signal);
  }

  async stall(how: 'gc' | 'busy', ms: number): Promise<{ delayMs: number; gcMs: number }> {
    return (await this.askNow({ f: 'stall', how, ms }, ms + START_MS)) as { delayMs: number; gcMs: number };
  }

  async readClock(): Promise<{ wallMs: number; monotonicNs: string }> {
    return (await this.askNow({ f: 'clock' }, this.callLimit)) as { wallMs: number; monotonicNs: string };
  }

  async killByFault(): Promise<{ pid: number }> {
    const { client } = this;
    if (client === undefined || !client.isUsable) throw new Error('no program runs in this slot');
    let end: () => void = () => undefined;
    this.keepAlives?.stop();
    this.down = { over: new Promise((resolve) => (end = resolve)), end: () => end() };
    const killed = await client.kill();
    if (killed?.reached !== true) throw new Error(`the end of pid ${client.pid} was not seen`);
    return { pid: client.pid };
  }

  async revive(): Promise<{ pid: number }> {
    const { down } = this;
    if (down === undefined) return { pid: this.client?.pid ?? 0 };
    this.generation++;
    try {
      await this.start();
      return { pid: this.client?.pid ?? 0 };
    } finally {
      // Also after a failure: whoever waits meets a program that is gone, and replaces it in the usual way.
      this.down = undefined;
      down.end();
    }
  }

  /** What a fault asks of the client itself: past the gate, and not part of the history. */
  private async askNow(body: RequestBody, limitMs: number): Promise<unknown> {
    if (this.client === undefined) throw new Error('no program runs in this slot');
    const answer = await this.client.requestNow(body, limitMs);
    if (answer.type !== 'ok') throw new Error(`${body.f}: ${answer.error ?? answer.type} ${answer.message ?? ''}`);
    return answer.value;
  }

  /** The client's own deadline comes first; this one is for a client that does not keep it. */
  private get callLimit(): number {
    return 3 * this.options.deadlines.callMs;
  }

  /** Unlike other operations it does not retire its process: it can only have made the lease longer. */
  private async keepAlive(limitMs: number): Promise<Outcome> {
    if (this.client === undefined || !this.client.isUsable) return { type: 'fail', error: 'not-open' };
    const { recorder } = this.options;
    // It may be kept back while its process is retired: whose it is, is known when it goes out.
    let who = this.who;
    const answer = await this.client.request({ f: 'keep-alive' }, limitMs, () => {
      who = this.who;
      recorder.invoke(who, 'keep-alive', {});
      return undefined;
    });
    return { type: recorder.complete(who, 'keep-alive', answer), error: answer.error ?? '' };
  }

  /** Records the invocation as it is sent, and the completion as it is read; retires the number after an `info`. */
  private async operate(
    f: OperationName,
    body: RequestBody,
    fields: { key?: string; value?: unknown },
    limitMs: number,
    onSent?: (id: number) => void,
  ): Promise<Outcome> {
    const { recorder, slots } = this.options;
    if (this.client === undefined) return { type: 'fail', error: 'not-open' };
    const who = this.who;
    const answer = await this.client.request(body, limitMs, (id) => {
      onSent?.(id);
      const token = this.hold_?.token;
      const op = recorder.invoke(who, f, { ...fields, ...(token === undefined ? {} : { token }) });
      return 'op' in body ? { op } : undefined;
    });
    const type = recorder.complete(who, f, { ...answer, ...(fields.key === undefined ? {} : { key: fields.key }) });
    if (type === 'info') this.process += slots;
    return {
      type,
      error: answer.error ?? '',
      ...(answer.value === undefined ? {} : { value: answer.value }),
      ...(answer.token === undefined ? {} : { token: answer.token }),
    };
  }
}
