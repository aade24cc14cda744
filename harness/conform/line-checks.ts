/** Lines, greeting, and what needs no session. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_LINE } from '../history/lines.js';
import type { Check } from './check.js';
import { holds, ok, refused, valueOf } from './expect.js';
import type { Stage } from './stage.js';
import { Skipped, type Subject } from './subject.js';

const HELLO = { f: 'hello', version: 1 };
/** Between the pieces of a line, so that they arrive apart. */
const APART_MS = 100;
/** A command for the agent has to stay below the longest line itself. */
const PIECE = 256 * 1024;

async function goesOn(subject: Subject): Promise<void> {
  ok(await subject.ask(HELLO));
}

/** Sends a line of about that many bytes, in pieces. */
async function sendLong(subject: Subject, bytes: number): Promise<ReturnType<Subject['beginRaw']>> {
  const id = subject.freshId();
  const text = JSON.stringify({ id, ...HELLO, padding: 'x'.repeat(bytes) });
  for (let at = 0; at < text.length; at += PIECE) {
    if (at + PIECE >= text.length) return subject.beginRaw(text.slice(at), id, 'hello');
    subject.raw(text.slice(at, at + PIECE), 'part');
    await sleep(1);
  }
  throw new RangeError('an empty line');
}

export const WITHOUT_SESSION: readonly (Record<string, unknown> & { f: string })[] = [
  { f: 'acquire', lock: 'a' },
  { f: 'read', key: 'k', op: -1, process: -1 },
  { f: 'write', key: 'k', value: 1, op: -1, process: -1 },
  { f: 'check' },
  { f: 'release' },
  { f: 'close' },
  { f: 'keep-alive' },
];

export async function eachRefused(subject: Subject, requests: typeof WITHOUT_SESSION, code: string): Promise<void> {
  for (const request of requests) refused(await subject.ask(request), code);
}

export const LINE_CHECKS: readonly Check[] = [
  {
    name: 'hello',
    section: 'Requests',
    says: 'hello with version 1 answers ok with {version: 1, name}',
    async drive(stage) {
      const value = valueOf(await (await stage.client()).ask(HELLO));
      holds('value {version: 1, name: text}', value['version'] === 1 && typeof value['name'] === 'string', value);
    },
  },
  {
    name: 'hello of another version',
    section: 'Answers',
    says: 'a version that the client does not speak answers unsupported',
    async drive(stage) {
      const subject = await stage.client();
      refused(await subject.ask({ f: 'hello', version: 99 }), 'unsupported');
      await goesOn(subject);
    },
  },
  {
    name: 'unknown operation',
    section: 'Broken lines',
    says: 'an f that the client does not know answers unsupported, and the client goes on',
    async drive(stage) {
      const subject = await stage.client();
      refused(await subject.ask({ f: 'frobnicate' }), 'unsupported');
      await goesOn(subject);
    },
  },
  {
    name: 'malformed line',
    section: 'Broken lines',
    says: 'a line that is no JSON object is reported on stderr, and the client goes on',
    async drive(stage) {
      const subject = await stage.client();
      for (const line of ['this is no JSON', '', '[]', 'null', '{"f":"hello"']) subject.raw(line);
      await goesOn(subject);
      await subject.until('a word on stderr', () => subject.stderr.length > 0);
    },
  },
  {
    name: 'malformed request with an id',
    section: 'Broken lines',
    says: 'a request with an id that is otherwise wrong answers bad-request',
    async drive(stage) {
      const subject = await stage.client();
      const id = subject.freshId();
      refused(await subject.beginRaw(JSON.stringify({ id }), id, 'nothing').answer(), 'bad-request', 'unsupported');
      refused(await subject.ask({ f: 'acquire' }), 'bad-request');
      refused(await subject.ask({ f: 'open', etcd: 'nowhere' }), 'bad-request');
      await goesOn(subject);
    },
  },
  {
    name: 'unknown fields',
    section: 'Requests',
    says: 'fields that are not known are let through',
    async drive(stage) {
      ok(await (await stage.client()).ask({ ...HELLO, colour: 'blue', nested: { more: [1, null] } }));
    },
  },
  {
    name: 'line in pieces',
    section: 'Broken lines',
    says: 'a request may arrive in pieces, and several in one',
    async drive(stage) {
      const subject = await stage.client();
      const id = subject.freshId();
      const text = JSON.stringify({ id, ...HELLO, padding: 'ä€😀' });
      for (const piece of [text.slice(0, 3), text.slice(3, 20)]) {
        subject.raw(piece, 'part');
        await sleep(APART_MS);
      }
      const pieced = subject.beginRaw(text.slice(20), id, 'hello');
      const [one, two] = [subject.begin(HELLO), subject.begin(HELLO)];
      for (const asked of [pieced, one, two]) ok(await asked.answer());
    },
  },
  {
    name: 'long line',
    section: 'Broken lines',
    says: 'a line may have 1 MiB',
    async drive(stage) {
      ok(await (await sendLong(await stage.client(), MAX_LINE - 200)).answer());
    },
  },
  {
    name: 'line that is too long',
    section: 'Broken lines',
    says: 'after a line of more than 1 MiB the client goes on',
    async drive(stage) {
      const subject = await stage.client();
      await sendLong(subject, 2 * MAX_LINE);
      await goesOn(subject);
    },
  },
  {
    name: 'nothing without a session',
    section: 'Answers',
    says: 'before open, everything that needs a session answers not-open',
    drive: async (stage) => eachRefused(await stage.client(), WITHOUT_SESSION, 'not-open'),
  },
  {
    name: 'clock',
    section: 'Requests',
    says: 'clock answers {wallMs, monotonicNs}: a number, and whole ns that never go back as a decimal string',
    async drive(stage) {
      const subject = await stage.client();
      const [first, second] = [await readClock(subject), await readClock(subject)];
      holds('a monotonic clock that goes forward', second >= first, `${first}, then ${second}`);
    },
  },
  {
    name: 'stall',
    section: 'Requests',
    says: 'stall stands still for as long as was asked and answers {delayMs, gcMs}; a client may answer unsupported',
    async drive(stage) {
      const answer = await (await stage.client()).ask({ f: 'stall', how: 'busy', ms: 300 });
      if (answer.error === 'unsupported')
        throw new Skipped('the client does not know stall: the fault stall is not for it');
      const { delayMs, gcMs } = valueOf(answer);
      holds(
        'delayMs of 240 at least, and gcMs',
        typeof delayMs === 'number' && delayMs >= 240 && typeof gcMs === 'number',
        answer,
      );
    },
  },
  {
    name: 'end of stdin',
    section: 'Requests',
    says: 'the program ends when its stdin ends, without a session',
    drive: async (stage) => endsWithStdin(await stage.client()),
  },
];

export async function endsWithStdin(subject: Subject): Promise<void> {
  await goesOn(subject);
  subject.raw('', 'end');
  await subject.until('the program to end', () => subject.exit !== undefined);
}

async function readClock(subject: Awaited<ReturnType<Stage['client']>>): Promise<bigint> {
  const { wallMs, monotonicNs } = valueOf(await subject.ask({ f: 'clock' }));
  holds('wallMs, a number', typeof wallMs === 'number', wallMs);
  holds('monotonicNs, a decimal string', typeof monotonicNs === 'string' && /^\d+$/.test(monotonicNs), monotonicNs);
  return BigInt(monotonicNs);
}
