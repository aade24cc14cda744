/** A client without a fault passes every check, and every check has a client that it finds at fault. */
import { describe, expect, it } from 'vitest';
import { CHECKS, conform, tryOut } from './conform.js';
import { fakeWorld, type Flaws } from './testing/fake-world.js';

type Answer = NonNullable<Flaws['answer']>;

/** Answers to `f` are changed by `change`; undefined: not given. */
const on = (f: string, change: (answer: Record<string, unknown>) => Record<string, unknown> | undefined): Flaws => ({
  answer: (request, answer) => (request['f'] === f ? change(answer) : answer),
});
/** Says ok instead of this error. */
const okFor = (error: string): Flaws => ({
  answer: (_, answer) => (answer['error'] === error ? { type: 'ok' } : answer),
});
const never: Answer = (_, answer) => (answer['type'] === 'ok' ? answer : undefined);

const FLAWS: readonly (readonly [check: string, flaw: string, Flaws])[] = [
  ['hello', 'names nobody', on('hello', () => ({ type: 'ok', value: { version: 1 } }))],
  ['hello', 'prints on stdout', { prints: 'started' }],
  ['hello', 'answers twice', { prints: JSON.stringify({ id: 7, type: 'ok' }) }],
  ['hello of another version', 'speaks all versions', okFor('unsupported')],
  ['unknown operation', 'knows everything', okFor('unsupported')],
  ['malformed line', 'dies', { diesOnGarbage: true }],
  ['malformed request with an id', 'does not answer', { answer: never }],
  [
    'unknown fields',
    'refuses them',
    { answer: (request, answer) => ('colour' in request ? { type: 'fail', error: 'bad-request' } : answer) },
  ],
  ['line in pieces', 'takes each piece for a line', { takesChunksForLines: true }],
  ['long line', 'reads 64 KiB', { longest: 65_536 }],
  ['line that is too long', 'dies', { diesOnLongLines: true }],
  ['nothing without a session', 'needs none', okFor('not-open')],
  ['clock', 'answers a number', on('clock', () => ({ type: 'ok', value: { wallMs: 1, monotonicNs: 5 } }))],
  ['stall', 'does not stand still', on('stall', () => ({ type: 'ok', value: { delayMs: 0, gcMs: 0 } }))],
  ['end of stdin', 'stays', { staysAfterStdin: true }],
  [
    'open',
    'answers the TTL that was asked for',
    on('open', (answer) => ({ ...answer, value: { lease: '1001', ttlMs: 2000 } })),
  ],
  ['open twice', 'opens again', okFor('bad-request')],
  ['open where nobody listens', 'does not answer', { answer: never }],
  ['nothing without a lock', 'needs none', okFor('not-held')],
  ['acquire', 'makes up a token', on('acquire', (answer) => ({ ...answer, token: '1' }))],
  ['acquire', 'says lost before it answers', { saysLost: 'early' }],
  ['acquire twice', 'locks again', okFor('bad-request')],
  ['mutual exclusion', 'does not wait', { locksAtOnce: true }],
  ['one operation at a time', 'takes two', okFor('bad-request')],
  ['check', 'believes in its lock', okFor('lock-lost')],
  ['release', 'does not say what it deleted', on('release', (answer) => ({ ...answer, value: undefined }))],
  ['release of a lost lock', 'says that it deleted', on('release', () => ({ type: 'ok', value: { deleted: true } }))],
  ['close', 'keeps its lease', { keepsItsLease: true }],
  ['close ends a wait', 'lets it hang', on('acquire', (answer) => (answer['type'] === 'ok' ? answer : undefined))],
  [
    'open again',
    'opens once',
    {
      answer: (request, answer) =>
        request['f'] === 'open' && (request['id'] as number) > 1 ? { type: 'fail', error: 'bad-request' } : answer,
    },
  ],
  ['lease kept alive', 'lets it expire', { neverKeepsAlive: true }],
  ['keep-alive by the controller', 'does not say the TTL', on('keep-alive', () => ({ type: 'ok' }))],
  ['end of stdin while holding', 'keeps its lease', { keepsItsLease: true }],
  ['read and write', 'sends twice', { sendsTwice: true }],
  ['read and write', 'changes values', on('read', (answer) => ({ ...answer, value: 5 }))],
  ['register', 'does not pass it on', { dropsRegister: true }],
  ['fenced write', 'hides it', okFor('fenced')],
  [
    'fenced write',
    'calls it uncertain',
    { answer: (_, answer) => (answer['error'] === 'fenced' ? { ...answer, type: 'info' } : answer) },
  ],
  [
    'storage that refuses connections',
    'calls it a timeout',
    { answer: (_, answer) => (answer['error'] === 'connection-refused' ? { type: 'info', error: 'timeout' } : answer) },
  ],
  [
    'silent storage',
    'says that nothing was written',
    { answer: (_, answer) => (answer['error'] === 'timeout' ? { type: 'fail', error: 'connection-refused' } : answer) },
  ],
  ['lost', 'says nothing', { saysLost: 'never' }],
  ['lost', 'says it twice', { saysLost: 'twice' }],
  ['nothing lost after release', 'says it all the same', { saysLost: 'after-release' }],
  ['loss discipline stop', 'goes on', { discipline: 'ignore' }],
  ['loss discipline ignore', 'stops', { discipline: 'stop' }],
  ['expired in the queue', 'believes that it holds the lock', { believesInQueue: true }],
];

describe('conform', { timeout: 120_000 }, () => {
  it('passes a client that keeps to the protocol', async () => {
    const stop = new AbortController().signal;
    const results = await conform(fakeWorld({}), { sideBySide: 8, stop, onResult: () => undefined });
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(results.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  });

  it('has a client at fault for every check', () => {
    expect([...new Set(FLAWS.map(([check]) => check))].sort()).toEqual(CHECKS.map(({ name }) => name).sort());
  });

  it.concurrent.each(FLAWS)('%s: finds a client that %s', async (name, _, flaws) => {
    const check = CHECKS.find((one) => one.name === name);
    if (check === undefined) throw new Error(`no check ${name}`);
    expect(await tryOut(fakeWorld(flaws), check, 'test/')).toMatchObject({ name, outcome: 'failed' });
  });
});
