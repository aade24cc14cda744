/** The adapters' own parts that need no cluster: what errors say, when a hold ends, and how a command under a lock is talked to. */
import { ClientClosedError, EtcdLeaseInvalidError, GRPCDeadlineExceededError, GRPCUnavailableError } from 'etcd3';
import { describe, expect, it, vi } from 'vitest';
import { realClock } from '../clients/real-clock.js';
import { lossOf, strictOptions, toFailure, toStrictFailure } from './etcd3-lock.js';
import { start } from './etcdctl-lock.js';
import { createLibraryHold, createLibrarySession } from './library-hold.js';
import type { Failure, Released } from './recipe.js';

const unsent = new GRPCUnavailableError('14 UNAVAILABLE: No connection established. Last error: ...');

describe("errors of etcd3's Lock", () => {
  it('are definite of a call that was made once, and only where it was never sent or was refused', () => {
    expect(toStrictFailure(unsent).error).toBe('connection-refused');
    expect(toStrictFailure(new EtcdLeaseInvalidError('7')).error).toBe('lease-not-found');
    expect(toStrictFailure(new GRPCDeadlineExceededError('deadline')).error).toBe('timeout');
    expect(toStrictFailure(new GRPCUnavailableError('14 UNAVAILABLE: read ECONNRESET')).error).toBe('unavailable');
  });

  it('are never definite of a call that the package may have tried before', () => {
    expect(toFailure(unsent).error).toBe('unavailable');
    expect(toFailure(new ClientClosedError('KV')).error).toBe('unavailable');
    expect(toFailure(new EtcdLeaseInvalidError('7')).error).toBe('session-expired');
    expect(toFailure(new GRPCDeadlineExceededError('deadline')).error).toBe('timeout');
  });

  it('tell a lease that etcd does not know from one that the package gave up by its clock', () => {
    expect(lossOf(new EtcdLeaseInvalidError('7'))).toBe('lease-not-found');
    const byClock = new EtcdLeaseInvalidError('We lost connection to etcd and our lease has expired.');
    expect(lossOf(byClock)).toBe('local-deadline');
  });

  it('come at a deadline of each call with the strict options, streams excepted', () => {
    const { defaultCallOptions } = strictOptions(3000);
    if (typeof defaultCallOptions !== 'function') throw new Error('no options');
    const context = { service: 'KV', method: 'range', params: {} } as const;
    const { deadline } = defaultCallOptions({ ...context, isStream: false });
    expect(Number(deadline) - Date.now()).toBeLessThanOrEqual(3000);
    expect(Number(deadline) - Date.now()).toBeGreaterThan(300);
    const stream = { service: 'Lease', method: 'leaseKeepAlive', isStream: true } as never;
    expect(defaultCallOptions(stream)).toEqual({});
  });
});

const FACTS = { key: 'k', createRevision: '1', headerRevision: '1' };
const failure = (error: Failure['error']): Released => ({ ok: false, error, message: '' });

describe('a hold of a library', () => {
  it('tells its loss once, to whoever listens now or later', () => {
    const { hold, lose } = createLibraryHold(FACTS, () => Promise.resolve({ ok: true }));
    const told = vi.fn();
    expect(hold.endReason()).toBeUndefined();
    hold.onLost(told);
    lose('lease-not-found');
    lose('local-deadline');
    expect(told.mock.calls).toEqual([['lease-not-found']]);
    expect(hold.endReason()).toBe('lease-not-found');
    const late = vi.fn();
    hold.onLost(late);
    expect(late).toHaveBeenCalledWith('lease-not-found');
  });

  it('ends with a release unless that certainly did nothing, and is not lost afterwards', async () => {
    const giveBack = vi.fn<() => Promise<Released>>();
    const { hold, lose } = createLibraryHold(FACTS, giveBack);
    const told = vi.fn();
    hold.onLost(told);
    giveBack.mockResolvedValueOnce(failure('connection-refused'));
    await hold.release();
    expect(hold.endReason()).toBeUndefined();
    giveBack.mockResolvedValueOnce(failure('timeout'));
    await hold.release();
    expect(hold.endReason()).toBe('released');
    lose('lease-not-found');
    expect(told).not.toHaveBeenCalled();
  });
});

describe('a session of a library', () => {
  const open = (giveBack: () => Promise<Released>, disconnect = vi.fn()) =>
    createLibrarySession(
      { acquire: () => Promise.resolve({ ok: true, hold: createLibraryHold(FACTS, giveBack).hold }), disconnect },
      realClock,
      50,
    );

  it('gives back what is held when it is closed, once, and disconnects', async () => {
    const giveBack = vi.fn(() => Promise.resolve<Released>({ ok: true }));
    const disconnect = vi.fn();
    const session = open(giveBack, disconnect);
    expect(await session.acquire('l')).toMatchObject({ ok: true });
    expect(await session.close()).toEqual({ ok: true });
    expect(giveBack).toHaveBeenCalledTimes(1);
    expect(disconnect).toHaveBeenCalledTimes(1);
    expect(session.endReason()).toBe('closed');
    expect(await session.acquire('l')).toMatchObject({ ok: false, error: 'not-open' });

    const another = open(giveBack);
    const acquired = await another.acquire('l');
    if (acquired.ok) await acquired.hold.release();
    await another.close();
    expect(giveBack).toHaveBeenCalledTimes(2);
  });

  it('does not wait for ever for a library that does not answer', async () => {
    const session = open(() => new Promise(() => undefined));
    await session.acquire('l');
    // What keeps this test's process running meanwhile; the clock does not.
    const running = setInterval(() => undefined, 1000);
    expect(await session.close()).toMatchObject({ ok: false, error: 'timeout' });
    clearInterval(running);
  });
});

describe('a command under a lock', () => {
  /** A shell stands in for etcdctl: it hands file descriptor 3 down as a Go program does. */
  const under = (script: string) => start('sh', ['-c', '"$0" -e "$1"; exit $?', process.execPath, script]);
  const TALK = `const s = new (require('net').Socket)({ fd: 3, readable: true, writable: true });
    s.write(JSON.stringify({ key: 'l/7', revision: '12' }) + '\\n');
    s.on('data', (d) => { const m = JSON.parse(d); if (m.message.die) process.exit(9); s.write(JSON.stringify({ id: m.id, answer: m.message }) + '\\n'); });`;

  it('is told of the key, answers, and ends when the client lets it', async () => {
    const run = under(TALK);
    expect(await run.held).toEqual({ key: 'l/7', revision: '12' });
    expect(await run.ask({ n: 1 })).toEqual({ n: 1 });
    expect(await run.finish()).toMatchObject({ code: 0 });
    await expect(run.ask({ n: 2 })).rejects.toThrow('ended');
  });

  it('leaves a question unanswered when it dies', async () => {
    const run = under(TALK);
    await run.held;
    await expect(run.ask({ die: true })).rejects.toThrow('ended');
    expect(await run.finish()).toMatchObject({ code: 9 });
  });

  it('is not there when the program ended without it, or cannot be started', async () => {
    const failed = start('sh', ['-c', 'echo no such lock >&2; exit 4']);
    expect(await failed.held).toBeUndefined();
    expect(await failed.finish()).toEqual({ code: 4, complaint: 'no such lock' });
    const missing = start('/nonexistent/etcdctl', []);
    expect(await missing.held).toBeUndefined();
    expect((await missing.finish()).complaint).toContain('ENOENT');
  });
});
