/**
 * One client process as the controller sees it: requests out, answers in, deadlines that a pause does not use up, and the
 * gate that keeps operations back while a fault is in force. Knows nothing of locks or sections.
 */
import { monotonicMs } from '../history/clock.js';
import {
  clientMessageSchema,
  type ClientAnswer,
  type ClientRequest,
  type LostEvent,
} from '../../workloads/clients/protocol.js';
import type { ChildLink } from './agent-link.js';
import type { SignalResult } from '../agent/protocol.js';

type WithoutId<R = ClientRequest> = R extends { id: number } ? Omit<R, 'id'> : never;
export type RequestBody = WithoutId;

export interface ClientEvents {
  onLost(event: LostEvent): void;
  /** The process broke the protocol or ended unasked; it is of no further use. */
  onTrouble(error: 'malformed-line' | 'client-exited', detail: string): void;
  onStderr(line: string): void;
}

interface OpenRequest {
  f: ClientRequest['f'];
  resolve: (answer: ClientAnswer) => void;
  sentMs: number;
  pausedBeforeMs: number;
  timer: NodeJS.Timeout;
}

/** The container's capabilities are for the agent's faults; a client under test has none of them. */
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
const OWN = ['node', '/opt/leasebreaker/client.mjs'];

/** leasebreaker's own client if none is asked for, else what a shell makes of it; the shell itself is replaced by it. */
export function clientCommand(asked: string | undefined): string[] {
  return [...WITHOUT_CAPABILITIES, ...(asked === undefined ? OWN : ['sh', '-c', `exec ${asked}`])];
}

/** How long a quoted line may be in the record. */
const QUOTE = 500;

export class ClientProcess {
  private readonly open = new Map<number, OpenRequest>();
  /** Requests whose answer is no longer waited for: it may still come. */
  private readonly givenUp = new Set<number>();
  private readonly held: (() => void)[] = [];
  private nextId = 1;
  private heldSinceMs: number | undefined;
  private pausedMs = 0;
  private usable = true;
  /** How the program ended, where it did so by itself. */
  private ending = 'the process was already gone';
  /** In its host's pid namespace. */
  pid = 0;

  private constructor(
    private readonly link: ChildLink,
    readonly name: string,
    private readonly events: ClientEvents,
  ) {}

  /** Starts the program (`command`: somebody else's) and greets it; the agent's or the client's refusal rejects. */
  static async start(
    link: ChildLink,
    name: string,
    events: ClientEvents,
    greetMs: number,
    command?: string,
  ): Promise<ClientProcess> {
    const client = new ClientProcess(link, name, events);
    const complaints: string[] = [];
    const { pid } = await link.spawn(name, clientCommand(command), {
      onLine: (line) => client.receive(line),
      onStderr(line) {
        if (complaints.length < 3) complaints.push(line.slice(0, QUOTE));
        events.onStderr(line);
      },
      onExit: (code, signal) =>
        client.trouble('client-exited', `exit code ${code ?? 'none'}, signal ${signal ?? 'none'}`),
    });
    client.pid = pid;
    const hello = await client.request({ f: 'hello', version: 1 }, greetMs, () => undefined);
    if (hello.type !== 'ok')
      throw new Error(
        [`client ${name} did not answer hello: ${hello.error ?? ''} ${hello.message ?? ''}`, ...complaints].join('; '),
      );
    return client;
  }

  /**
   * Sends one request, or keeps it back while held. `onSend` runs just before the line goes out and may complete the
   * body; `limitMs` of unheld time later the answer is `info no-answer`. Never rejects.
   */
  request(
    body: RequestBody,
    limitMs: number,
    onSend: (id: number) => Partial<RequestBody> | undefined,
  ): Promise<ClientAnswer> {
    return new Promise((resolve) => {
      const send = (): void => this.send(body, limitMs, onSend, resolve);
      if (this.heldSinceMs === undefined) send();
      else this.held.push(send);
    });
  }

  private send(
    body: RequestBody,
    limitMs: number,
    onSend: (id: number) => Partial<RequestBody> | undefined,
    resolve: (answer: ClientAnswer) => void,
  ): void {
    const id = this.nextId++;
    const completed = { id, ...body, ...onSend(id) };
    if (!this.usable) return resolve(info(id, 'client-exited', this.ending));
    const timer = setTimeout(() => this.onDeadline(id, limitMs), limitMs);
    this.open.set(id, { f: body.f, resolve, sentMs: monotonicMs(), pausedBeforeMs: this.pausedMs, timer });
    this.link.send(this.name, JSON.stringify(completed));
  }

  /** Sends one request past the gate, for what a fault asks of the client. Never rejects. */
  requestNow(body: RequestBody, limitMs: number): Promise<ClientAnswer> {
    return new Promise((resolve) => this.send(body, limitMs, () => undefined, resolve));
  }

  hold(): void {
    this.heldSinceMs ??= monotonicMs();
  }

  letGo(): void {
    if (this.heldSinceMs === undefined) return;
    this.pausedMs += monotonicMs() - this.heldSinceMs;
    this.heldSinceMs = undefined;
    for (const send of this.held.splice(0)) send();
  }

  /** Whether the program still runs, for all that is known. */
  get isUsable(): boolean {
    return this.usable;
  }

  get isHeld(): boolean {
    return this.heldSinceMs !== undefined;
  }

  /** Ms for which the oldest unanswered request has been out, keep-alives aside; undefined with none out. */
  get waitingMs(): number | undefined {
    const oldest = [...this.open.values()].find(({ f }) => f !== 'keep-alive');
    return oldest === undefined ? undefined : monotonicMs() - oldest.sentMs;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<SignalResult> {
    return this.link.signal(this.name, signal);
  }

  /** Ends the program for good, without trouble being reported; resolves with what was seen of its end. */
  async kill(): Promise<SignalResult | undefined> {
    if (!this.usable) return undefined;
    this.usable = false;
    this.failOpen('client-exited', 'ended by the controller');
    return this.link.signal(this.name, 'SIGKILL').catch(() => undefined);
  }

  private receive(line: string): void {
    if (!this.usable) return;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return this.trouble('malformed-line', line);
    }
    const parsed = clientMessageSchema.safeParse(json);
    if (!parsed.success) return this.trouble('malformed-line', line);
    if ('event' in parsed.data) return this.events.onLost(parsed.data as LostEvent);
    const answer = parsed.data as ClientAnswer;
    const open = this.open.get(answer.id);
    if (open === undefined) {
      if (!this.givenUp.delete(answer.id)) this.trouble('malformed-line', line);
      return;
    }
    this.open.delete(answer.id);
    clearTimeout(open.timer);
    open.resolve(answer);
  }

  private onDeadline(id: number, limitMs: number): void {
    const open = this.open.get(id);
    if (open === undefined) return;
    const heldNow = this.heldSinceMs === undefined ? 0 : monotonicMs() - this.heldSinceMs;
    const unheld = monotonicMs() - open.sentMs - (this.pausedMs - open.pausedBeforeMs) - heldNow;
    if (unheld < limitMs - 1) {
      open.timer = setTimeout(() => this.onDeadline(id, limitMs), Math.max(20, limitMs - unheld));
      return;
    }
    this.open.delete(id);
    this.givenUp.add(id);
    open.resolve(info(id, 'no-answer', `no answer in ${limitMs} ms`));
  }

  private trouble(error: 'malformed-line' | 'client-exited', detail: string): void {
    if (!this.usable) return;
    this.usable = false;
    if (error === 'client-exited') this.ending = detail;
    this.events.onTrouble(error, detail.slice(0, QUOTE));
    this.failOpen(error, detail.slice(0, QUOTE));
    if (error === 'malformed-line') void this.link.signal(this.name, 'SIGKILL').catch(() => undefined);
  }

  private failOpen(error: string, message: string): void {
    for (const [id, { resolve, timer }] of this.open) {
      clearTimeout(timer);
      resolve(info(id, error, message));
    }
    this.open.clear();
    for (const send of this.held.splice(0)) send();
  }
}

function info(id: number, error: string, message: string): ClientAnswer {
  return { id, type: 'info', error, message };
}
