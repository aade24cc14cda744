/**
 * One client program under trial: requests out, answers in, and all that it says that the protocol does not allow. It knows
 * nothing of what is right in which situation; the checks do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientMessageSchema, type ClientAnswer, type LostEvent } from '../../workloads/clients/protocol.js';
import type { SendAs } from '../agent/protocol.js';
import { monotonicMs } from '../history/clock.js';
import { completionType } from '../history/errors.js';
import type { Program, World } from './world.js';

/** The client did not do what was expected of it. */
export class Mismatch extends Error {
  constructor(
    readonly expected: string,
    readonly came: string,
  ) {
    super(`expected ${expected}; came: ${came}`);
  }
}

/** An answer that is not the client's duty to give (an operation that it may leave out). */
export class Skipped extends Error {}

const LOOK_EVERY_MS = 10;
const QUOTE = 300;

export interface Asked {
  id: number;
  /** The answer if it has come. */
  now(): ClientAnswer | undefined;
  answer(limitMs?: number): Promise<ClientAnswer>;
}

export class Subject {
  readonly transcript: string[] = [];
  readonly stderr: string[] = [];
  readonly lost: LostEvent[] = [];
  /** What it said that it may not say, whatever was asked. */
  readonly offences: string[] = [];
  exit: string | undefined;
  private readonly answers = new Map<number, ClientAnswer>();
  /** Requests by id, with what they ask for. */
  private readonly asked = new Map<number, string>();
  private program: Program | undefined;
  private nextId = 1;

  private constructor(
    readonly name: string,
    private readonly patienceMs: number,
  ) {}

  static async start(world: World, name: string): Promise<Subject> {
    const subject = new Subject(name, world.patienceMs);
    subject.program = await world.start(name, {
      onLine: (line) => subject.receive(line),
      onStderr: (line) => subject.stderr.push(line.slice(0, QUOTE)),
      onExit: (how) => {
        subject.exit = how;
        subject.transcript.push(`! ${name} ended: ${how}`);
      },
    });
    return subject;
  }

  /** Sends a request; of a `raw` text the id has to be said. */
  begin(body: Record<string, unknown> & { f: string }): Asked {
    const id = this.nextId++;
    return this.beginRaw(JSON.stringify({ id, ...body }), id, body.f);
  }

  beginRaw(text: string, id: number, f: string, as?: SendAs): Asked {
    this.nextId = Math.max(this.nextId, id + 1);
    this.asked.set(id, f);
    this.raw(text, as);
    return { id, now: () => this.answers.get(id), answer: (limitMs) => this.answerOf(id, limitMs) };
  }

  ask(body: Record<string, unknown> & { f: string }, limitMs?: number): Promise<ClientAnswer> {
    return this.begin(body).answer(limitMs);
  }

  /** An id that no request has yet. */
  freshId(): number {
    return this.nextId++;
  }

  raw(text: string, as?: SendAs): void {
    this.transcript.push(`> ${this.name}: ${text.slice(0, QUOTE)}${as === 'part' ? ' (no newline)' : ''}`);
    this.program?.send(text, as);
  }

  async pause(): Promise<void> {
    this.transcript.push(`! ${this.name}: SIGSTOP`);
    await this.program?.pause();
  }

  async resume(): Promise<void> {
    this.transcript.push(`! ${this.name}: SIGCONT`);
    await this.program?.resume();
  }

  async end(): Promise<void> {
    if (this.exit === undefined) await this.program?.kill();
  }

  /** Waits until it holds, and fails as `expected` if it never does. */
  async until(expected: string, holds: () => boolean, limitMs = this.patienceMs): Promise<void> {
    for (const begun = monotonicMs(); !holds(); await sleep(LOOK_EVERY_MS))
      if (monotonicMs() - begun > limitMs) throw new Mismatch(expected, `nothing within ${limitMs / 1000} s`);
  }

  private async answerOf(id: number, limitMs = this.patienceMs): Promise<ClientAnswer> {
    const request = `an answer to ${this.asked.get(id) ?? ''} (id ${id})`;
    await this.until(request, () => this.answers.has(id) || this.exit !== undefined, limitMs);
    const answer = this.answers.get(id);
    if (answer === undefined) {
      const said = this.stderr.slice(-3).join(' | ');
      throw new Mismatch(request, `the program ended (${this.exit ?? ''})${said === '' ? '' : `; stderr: ${said}`}`);
    }
    return answer;
  }

  private receive(line: string): void {
    this.transcript.push(`< ${this.name}: ${line.slice(0, QUOTE)}`);
    const offence = this.take(line);
    if (offence !== undefined) this.offences.push(`${offence}: ${line.slice(0, QUOTE)}`);
  }

  /** What is wrong with a line, whatever it answers. */
  private take(line: string): string | undefined {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return 'a line on stdout that is not JSON';
    }
    const parsed = clientMessageSchema.safeParse(json);
    if (!parsed.success) return 'a line on stdout that is no message of the protocol';
    if ('event' in parsed.data) {
      const event = parsed.data as LostEvent;
      const before = this.lost.some(({ hold }) => hold === event.hold);
      this.lost.push(event);
      if (before) return 'a second lost event for one hold';
      if (this.asked.get(event.hold) !== 'acquire' || this.answers.get(event.hold)?.type !== 'ok')
        return 'a lost event before the ok of its acquire, or for no acquire at all';
      return undefined;
    }
    const answer = parsed.data as ClientAnswer;
    if (!this.asked.has(answer.id)) return 'an answer to what was not asked';
    if (this.answers.has(answer.id)) return 'a second answer to one request';
    this.answers.set(answer.id, answer);
    if (answer.type === 'ok') return undefined;
    if (answer.error === undefined) return `${answer.type} without an error code`;
    const type = completionType(answer.error);
    return type === answer.type ? undefined : `the code ${answer.error} goes with ${type}, not with ${answer.type}`;
  }
}
