import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFault, parseFaults, renderFault, renderFaults } from './fault-grammar.js';
import { anyFault } from './testing/arbitrary-fault.js';

describe('parseFaults', () => {
  it('reads kinds with options and targets', () => {
    expect(parseFaults('pause, partition:isolate-leader,clock:drift=0.25@holder')).toEqual({
      kind: 'faults',
      faults: [
        { kind: 'pause', options: {} },
        { kind: 'partition', options: { shape: 'isolate-leader' } },
        { kind: 'clock', options: { drift: 0.25 }, target: 'holder' },
      ],
    });
  });

  it('reads what all kinds take', () => {
    expect(
      parseFault('kill:for=2.5ttl:every=10s:jitter=800ms:at=1min:on=leader-changed:wait=5ms:weight=3@etcd2'),
    ).toEqual({
      kind: 'fault',
      fault: {
        kind: 'kill',
        target: 'etcd2',
        options: {},
        for: { amount: 2.5, unit: 'ttl' },
        every: { amount: 10, unit: 's' },
        jitter: { amount: 800, unit: 'ms' },
        at: { amount: 1, unit: 'min' },
        on: 'leader-changed',
        wait: { amount: 5, unit: 'ms' },
        weight: 3,
      },
    });
  });

  it('reads words that only one option of a kind knows', () => {
    expect(parseFault('partition:bridge:reject:requests-pass')).toMatchObject({
      fault: { options: { shape: 'bridge', by: 'reject', way: 'requests-pass' } },
    });
  });

  it("tells a kind's own jitter from that of its times", () => {
    expect(parseFault('delay:jitter=20:every=5s:every-jitter=1s')).toMatchObject({
      fault: { options: { jitter: 20 }, jitter: { amount: 1, unit: 's' } },
    });
  });

  it('reads none, and the same said twice once', () => {
    expect(parseFaults('none')).toEqual({ kind: 'faults', faults: [] });
    expect(parseFaults('pause,pause')).toEqual({ kind: 'faults', faults: [{ kind: 'pause', options: {} }] });
  });

  it('reads what is rendered as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyFault, { maxLength: 4, selector: renderFault }), (faults) => {
        expect(parseFaults(renderFaults(faults))).toEqual({ kind: 'faults', faults });
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['earthquake', 'unknown fault "earthquake"; known: none, pause'],
    ['pause,none', '"none" stands alone'],
    ['pause,,kill', 'nothing between two commas'],
    ['', 'nothing between two commas'],
    ['pause@', 'nothing follows the @'],
    ['pause@holder@leader', 'more than one @'],
    ['pause@holder:for=1s', 'options come before the target'],
    ['pause:', '"" is no option'],
    ['pause:for=', '"for=" is no option'],
    ['pause:for=3', 'for takes a duration in ms, s, min, ttl, such as 800ms or 2.5ttl, not "3"'],
    ['pause:for=0s', 'for takes a duration'],
    ['pause:for=1s:for=2s', '"for" is given twice'],
    ['pause:speed=3', 'unknown option "speed"; known: for, every'],
    ['pause:on=monday', 'on takes time, acquired, before-write'],
    ['pause:after=monday', 'after takes the kind of another fault (pause'],
    ['pause:weight=-1', 'weight takes a number from 0.01 to 1000'],
    ['partition:round', '"round" is nothing that it knows; it takes one of isolate-one'],
    ['partition:shape=round', 'shape takes isolate-one'],
    ['clock:drift=1000', 'drift takes a number from 0.01 to 100, not "1000"'],
    ['clock:impossible=true', 'unknown option "impossible"'],
    ['stall@leader', 'stall cannot strike "leader"; possible: holder'],
    ['pause@nobody', 'unknown target "nobody"; possible: holder'],
    ['pause@observer', 'the observer is never a target'],
    ['partition@minority', 'partition cannot strike "minority"; possible: holder, leader'],
    ['partition@all-clients', 'cannot strike'],
    ['etcd@clients1', 'etcd cannot strike "clients1"'],
    ['pause@etcdN', 'unknown target "etcdN"'],
  ])('refuses %s and names the wrong word', (text, message) => {
    expect(parseFaults(text)).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message) as string });
  });
});
