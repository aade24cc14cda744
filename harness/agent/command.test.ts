import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCommand } from './command.js';

const decode = (value: unknown) => decodeCommand(JSON.stringify(value));

describe('decodeCommand', () => {
  it.each([
    { id: 1, do: 'spawn', name: 'a', command: ['node', 'x.mjs'] },
    { id: 1, do: 'spawn', name: 'a', command: ['node'], env: { A: 'b' } },
    { do: 'send', name: 'a', line: '{"id":1}' },
    { do: 'send', name: 'a', line: '{"id"', as: 'part' },
    { id: 0, do: 'signal', of: { child: 'a' }, signal: 'SIGSTOP' },
    { id: 0, do: 'signal', of: 'program', signal: 'SIGKILL' },
    { id: 2, do: 'tasks', of: 'program' },
    { id: 3, do: 'ping' },
    { id: 4, do: 'exec', command: ['iptables-restore'], stdin: '*filter\nCOMMIT\n', limitMs: 1500.5 },
    { id: 4, do: 'exec', command: ['true'] },
    { id: 5, do: 'guard', name: 'a', command: ['true'] },
    { id: 5, do: 'guard', name: 'a' },
    { id: 6, do: 'probe', host: 'fd00::1', port: 65535, limitMs: 100 },
    { id: 7, do: 'clock', of: 'program', change: { do: 'shift', rate: 0.25, stepWallNs: '-1', jumpNs: '5' } },
    { id: 7, do: 'clock', of: { child: 'a' }, change: { do: 'shift', impossible: true, jumpNs: '-5' } },
    { id: 7, do: 'clock', of: 'program', change: { do: 'heal' } },
    { id: 7, do: 'clock', of: 'program', change: { do: 'read' } },
  ])('takes $do', (command) => {
    expect(decode(command)).toEqual({ ok: true, command });
  });

  it.each([
    [{ id: 1, do: 'spawn', name: 'a', command: [] }, 'command'],
    [{ id: 1, do: 'spawn', name: 'a', command: 'node x.mjs' }, 'command'],
    [{ id: 1, do: 'spawn', name: 'a', command: ['node'], env: { A: 1 } }, 'env'],
    [{ id: 1, do: 'spawn', name: '', command: ['node'] }, 'name'],
    [{ id: 1, do: 'signal', of: 'program', signal: 'SIGHUP' }, 'signal SIGHUP'],
    [{ id: 1, do: 'signal', signal: 'SIGSTOP' }, 'of'],
    [{ id: 1, do: 'signal', name: 'a', signal: 'SIGSTOP' }, 'of'],
    [{ id: 1, do: 'tasks', of: 'a' }, 'of'],
    [{ id: 1, do: 'tasks', of: { child: '' } }, 'of'],
    [{ id: 1, do: 'exec', command: [] }, 'command'],
    [{ id: 1, do: 'exec', command: ['cat'], stdin: 5 }, 'stdin'],
    [{ id: 1, do: 'exec', command: ['cat'], limitMs: 0 }, 'limitMs'],
    [{ id: 1, do: 'exec', command: ['cat'], limitMs: 2 ** 31 }, 'limitMs'],
    [{ id: 1, do: 'guard', command: ['true'] }, 'name'],
    [{ id: 1, do: 'guard', name: 'a', command: 'true' }, 'command'],
    [{ id: 1, do: 'probe', host: '', port: 1, limitMs: 1 }, 'host'],
    [{ id: 1, do: 'probe', host: 'a', port: 65536, limitMs: 1 }, 'port'],
    [{ id: 1, do: 'probe', host: 'a', port: 1.5, limitMs: 1 }, 'port'],
    [{ id: 1, do: 'probe', host: 'a', port: 1 }, 'limitMs'],
    [{ id: 1, do: 'clock', of: 'program' }, 'change'],
    [{ id: 1, do: 'clock', change: { do: 'heal' } }, 'of'],
    [{ id: 1, do: 'clock', of: 'program', change: { do: 'stop' } }, 'stop'],
    [{ id: 1, do: 'clock', of: 'program', change: { do: 'shift', rate: 0 } }, 'rate'],
    [{ id: 1, do: 'clock', of: 'program', change: { do: 'shift', stepWallNs: 5 } }, 'stepWallNs'],
    [{ id: 1, do: 'clock', of: 'program', change: { do: 'shift', jumpNs: '1.5' } }, 'jumpNs'],
    [{ id: 1, do: 'clock', of: 'program', change: { do: 'shift', impossible: 'yes' } }, 'impossible'],
    [{ id: 1, do: 'dance', name: 'a' }, 'dance'],
    [{ id: 1, do: 'toString' }, 'toString'],
    [{ id: 1 }, 'unknown command'],
  ])('refuses %j with its id', (command, reason) => {
    expect(decode(command)).toMatchObject({ ok: false, id: 1, error: expect.stringContaining(reason) });
  });

  it.each([
    { do: 'ping' },
    { id: '1', do: 'tasks', of: 'program' },
    { do: 'send', name: 'a', line: 'two\nlines' },
    { do: 'send', name: 'a', line: 'x', as: 'poem' },
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
