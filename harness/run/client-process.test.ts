import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChildLink, ChildHandlers } from './agent-link.js';
import { ClientProcess } from './client-process.js';

/** An agent that keeps what it is given, and a client that says what the test says; real ones run in test/. */
class RememberedLink implements ChildLink {
  sent: { id: number; f: string }[] = [];
  signals: string[] = [];
  handlers: ChildHandlers | undefined;
  answersHello = true;

  spawn(_name: string, _command: string[], handlers: ChildHandlers): Promise<{ pid: number }> {
    this.handlers = handlers;
    return Promise.resolve({ pid: 1 });
  }
  send(_name: string, line: string): void {
    const request = JSON.parse(line) as { id: number; f: string };
    this.sent.push(request);
    if (request.f === 'hello' && this.answersHello) this.say({ id: request.id, type: 'ok' });
  }
  say(message: unknown): void {
    this.handlers?.onLine(typeof message === 'string' ? message : JSON.stringify(message));
  }
  signal(_name: string, signal: string): ReturnType<ChildLink['signal']> {
    this.signals.push(signal);
    return Promise.resolve({ pid: 1, states: [], reached: true, tookMs: 0 });
  }
}

describe('ClientProcess', () => {
  let link: RememberedLink;
  let trouble: [string, string][];
  let lost: unknown[];
  const start = (): Promise<ClientProcess> =>
    ClientProcess.start(
      link,
      'client-0',
      {
        onLost: (event) => lost.push(event),
        onTrouble: (error, detail) => trouble.push([error, detail]),
        onStderr: () => undefined,
      },
      1000,
    );
  const last = (): { id: number; f: string } => link.sent.at(-1) ?? expect.fail('nothing was sent');

  beforeEach(() => {
    vi.useFakeTimers();
    link = new RememberedLink();
    trouble = [];
    lost = [];
  });
  afterEach(() => vi.useRealTimers());

  it('pairs answers with requests by id', async () => {
    const client = await start();
    const answer = client.request({ f: 'release' }, 1000, () => undefined);
    link.say({ id: last().id, type: 'ok', value: 7 });
    expect(await answer).toMatchObject({ type: 'ok', value: 7 });
  });

  it('says how the program ended if it was gone before its greeting', async () => {
    const { spawn } = link;
    link.spawn = async (...args: Parameters<typeof spawn>) => {
      const spawned = await spawn.apply(link, args);
      // The agent tells of both in one breath.
      link.handlers?.onStderr('broken');
      link.handlers?.onExit(7, null);
      return spawned;
    };
    await expect(start()).rejects.toThrow('client-exited exit code 7, signal none; broken');
    expect(link.sent).toEqual([]);
  });

  it('keeps a request back while held, stamps it as it goes out, and sends it before anything that follows letGo', async () => {
    const client = await start();
    client.hold();
    let stamped = false;
    void client.request({ f: 'release' }, 1000, () => {
      stamped = true;
      return undefined;
    });
    expect([stamped, last().f]).toEqual([false, 'hello']);
    client.letGo();
    expect([stamped, last().f]).toEqual([true, 'release']);
  });

  it('answers `info no-answer` after the limit, not counting the time under a fault', async () => {
    const client = await start();
    let answered: string | undefined;
    void client.request({ f: 'release' }, 1000, () => undefined).then((answer) => (answered = answer.error));
    await vi.advanceTimersByTimeAsync(500);
    client.hold();
    await vi.advanceTimersByTimeAsync(5000);
    client.letGo();
    await vi.advanceTimersByTimeAsync(400);
    expect(answered).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    expect(answered).toBe('no-answer');
  });

  it.each([
    ['not JSON', 'gibberish'],
    ['the wrong shape', { id: 'seven', type: 'ok' }],
    ['an answer to nothing', { id: 99, type: 'ok' }],
  ])('takes %s for trouble, quotes it, ends the open operation as info, and kills the program', async (_what, said) => {
    const client = await start();
    const answer = client.request({ f: 'release' }, 1000, () => undefined);
    link.say(said);
    expect(await answer).toMatchObject({ type: 'info', error: 'malformed-line' });
    expect(trouble).toEqual([['malformed-line', typeof said === 'string' ? said : JSON.stringify(said)]]);
    expect(link.signals).toEqual(['SIGKILL']);
    expect(await client.request({ f: 'release' }, 1000, () => undefined)).toMatchObject({
      type: 'info',
      error: 'client-exited',
    });
  });

  it('ends open and held operations when the program exits, and reports it once', async () => {
    const client = await start();
    const open = client.request({ f: 'release' }, 1000, () => undefined);
    client.hold();
    const held = client.request({ f: 'close' }, 1000, () => undefined);
    link.handlers?.onExit(1, null);
    link.handlers?.onExit(1, null);
    expect(await open).toMatchObject({ type: 'info', error: 'client-exited' });
    expect(await held).toMatchObject({ type: 'info', error: 'client-exited' });
    expect(trouble).toHaveLength(1);
  });

  it('passes `lost` on', async () => {
    await start();
    link.say({ event: 'lost', hold: 3, reason: 'lease not found' });
    expect(lost).toEqual([{ event: 'lost', hold: 3, reason: 'lease not found' }]);
  });

  it('takes an answer that comes after it was given up for no trouble', async () => {
    const client = await start();
    const answer = client.request({ f: 'keep-alive' }, 1000, () => undefined);
    const { id } = last();
    await vi.advanceTimersByTimeAsync(1001);
    expect(await answer).toMatchObject({ type: 'info', error: 'no-answer' });
    link.say({ id, type: 'ok' });
    expect(trouble).toEqual([]);
    link.say({ id, type: 'ok' });
    expect(trouble).toHaveLength(1);
  });

  it('does not count a keep-alive as waiting', async () => {
    const client = await start();
    void client.request({ f: 'keep-alive' }, 1000, () => undefined);
    await vi.advanceTimersByTimeAsync(100);
    expect(client.waitingMs).toBeUndefined();
    void client.request({ f: 'acquire', lock: 'a' }, 1000, () => undefined);
    expect(client.waitingMs).toBeLessThan(100);
  });

  it('rejects a program that does not answer hello', async () => {
    link.answersHello = false;
    const started = expect(start()).rejects.toThrow('did not answer hello');
    await vi.advanceTimersByTimeAsync(1100);
    await started;
  });
});
