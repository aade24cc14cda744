import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  here,
  judgeOwner,
  labelsOfEnvironment,
  type Owner,
  ownerEnvironment,
  ownerLabels,
  parseStart,
  readOwner,
  thisOwner,
} from './owner.js';

const OWNER: Owner = { pid: 4711, start: '123456', boot: 'boot-1', host: 'lab pid:[4026531836]' };
const PLACE = {
  boot: 'boot-1',
  host: 'lab pid:[4026531836]',
  startOf: (pid: number) => (pid === 4711 ? '123456' : undefined),
};

describe('labels', () => {
  it('carry an owner there and back, as labels and as an environment', () => {
    expect(readOwner(ownerLabels('r1', OWNER))).toEqual(OWNER);
    expect(labelsOfEnvironment(ownerEnvironment('r1', OWNER))).toEqual(ownerLabels('r1', OWNER));
    expect(ownerEnvironment('r1', OWNER)['LEASEBREAKER_OWNER_PID']).toBe('4711');
  });

  it('without an owner name nobody: a cluster started by hand', () => {
    expect(readOwner({ 'leasebreaker.run': 'by-hand', 'leasebreaker.owner-pid': '' })).toBeUndefined();
    expect(labelsOfEnvironment({ PATH: '/bin' })).toEqual({});
  });
});

describe('judgeOwner', () => {
  it('knows a living one', () => {
    expect(judgeOwner(OWNER, PLACE)).toBe('alive');
  });
  it('knows one that is gone', () => {
    expect(judgeOwner(OWNER, { ...PLACE, startOf: () => undefined })).toBe('dead');
  });
  it('is not fooled by another process of the same number', () => {
    expect(judgeOwner(OWNER, { ...PLACE, startOf: () => '999999' })).toBe('dead');
  });
  it('is not fooled by a reboot, after which both number and start may come again', () => {
    expect(judgeOwner(OWNER, { ...PLACE, boot: 'boot-2' })).toBe('dead');
  });
  it('judges no owner on another machine or in another pid namespace', () => {
    expect(judgeOwner(OWNER, { ...PLACE, host: 'lab pid:[4026532000]' })).toBe('elsewhere');
  });
  it('leaves what nobody owns', () => {
    expect(judgeOwner(undefined, PLACE)).toBe('nobody');
  });
  it('finds this process alive and a child dead once it has ended', async () => {
    const place = here();
    expect(judgeOwner(thisOwner(), place)).toBe('alive');
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const owner: Owner = { ...thisOwner(), pid, start: place.startOf(pid) ?? 'none' };
    expect(judgeOwner(owner, place)).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(judgeOwner(owner, place)).toBe('dead');
  });
});

describe('parseStart', () => {
  const rest = 'S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 8765 2 3';
  it('reads the field behind a name with spaces and parentheses', () => {
    expect(parseStart(`42 (a) b (c)) ${rest}`)).toBe('8765');
  });
  it('takes a zombie for gone', () => {
    expect(parseStart(`42 (node) ${rest.replace('S', 'Z')}`)).toBeUndefined();
  });
});
