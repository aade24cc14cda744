import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from './command.js';

const decode = (value: unknown) => decodeCommand(JSON.stringify(value));

describe('decodeCommand', () => {
  it.each([
    { id: 1, do: 'spawn', name: 'a', command: ['node', 'x.mjs'] },
    { id: 1, do: 'spawn', name: 'a', command: ['node'], env: { A: 'b' } },
    { do: 'send', name: 'a', line: '{"id":1}' },
    { id: 0, do: 'signal', name: 'a', signal: 'SIGSTOP' },
    { id: 2, do: 'tasks', name: 'a' },
    { id: 3, do: 'ping' },
  ])('takes $do', (command) => {
    expect(decode(command)).toEqual({ ok: true, command });
  });

  it.each([
    [{ id: 1, do: 'spawn', name: 'a', command: [] }, 'command'],
    [{ id: 1, do: 'spawn', name: 'a', command: 'node x.mjs' }, 'command'],
    [{ id: 1, do: 'spawn', name: 'a', command: ['node'], env: { A: 1 } }, 'env'],
    [{ id: 1, do: 'spawn', name: '', command: ['node'] }, 'name'],
    [{ id: 1, do: 'signal', name: 'a', signal: 'SIGHUP' }, 'signal SIGHUP'],
    [{ id: 1, do: 'dance', name: 'a' }, 'dance'],
    [{ id: 1 }, 'name'],
  ])('refuses %j with its id', (command, reason) => {
    expect(decode(command)).toMatchObject({ ok: false, id: 1, error: expect.stringContaining(reason) });
  });

  it.each([
    { do: 'ping' },
    { id: '1', do: 'tasks', name: 'a' },
    { do: 'send', name: 'a', line: 'two\nlines' },
    { do: 'send', line: 'x' },
    [],
    'x',
    null,
  ])('refuses %j without an id', (command) => {
    const decoded = decode(command);
    expect(decoded.ok).toBe(false);
    expect(decoded).not.toHaveProperty('id');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (line) => 'ok' in decodeCommand(line)));
    fc.assert(fc.property(fc.jsonValue(), (value) => 'ok' in decode(value)));
  });
});
