import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeNetwork } from '../fault.js';
import { type Contribution, isOfTag, readCounters, swapText } from './rules.js';

/**
 * A model of one table of iptables-restore --noflush: chains with their rules, changed line by line. It refuses what the
 * real one refuses: to touch a chain or a rule that is not there, to remove a chain that is not empty or still jumped to.
 */
function restore(tables: Map<string, string[]>, text: string): void {
  let table = '';
  const rulesOf = (chain: string): string[] => {
    const rules = tables.get(`${table} ${chain}`);
    if (rules === undefined) throw new Error(`no chain ${table} ${chain}`);
    return rules;
  };
  for (const line of text.split('\n').filter((one) => one !== '' && one !== 'COMMIT')) {
    const [, head = '', chain = '', rest = ''] = /^(\*|:|-[A-Z]) ?(\S+) ?(.*)$/.exec(line) ?? [];
    if (head === '*') table = chain;
    else if (head === ':') tables.set(`${table} ${chain}`, []);
    else if (head === '-A') rulesOf(chain).push(rest);
    else if (head === '-I') rulesOf(chain).unshift(rest);
    else if (head === '-F') rulesOf(chain).splice(0);
    else if (head === '-D') {
      const at = rulesOf(chain).indexOf(rest);
      if (at < 0) throw new Error(`no rule ${line}`);
      rulesOf(chain).splice(at, 1);
    } else if (head === '-X') {
      const isBusy =
        rulesOf(chain).length > 0 || [...tables.values()].flat().some((rule) => rule.includes(`-j ${chain}`));
      if (isBusy) throw new Error(`chain in use: ${line}`);
      tables.delete(`${table} ${chain}`);
    } else throw new Error(`what is ${line}`);
    for (const [, jump] of [...line.matchAll(/-j (leasebreaker\S+)/g)])
      if (head !== '-D' && !tables.has(`${table} ${jump}`)) throw new Error(`a jump to nowhere: ${line}`);
  }
}

const empty = (): Map<string, string[]> =>
  new Map([
    ['filter INPUT', ['-s 192.0.2.1 -j ACCEPT']],
    ['filter OUTPUT', []],
    ['nat PREROUTING', []],
    ['nat OUTPUT', ['-d 127.0.0.11/32 -j DOCKER_OUTPUT']],
  ]);

const peer = fc.oneof(fc.ipV4(), fc.ipV6());
const network: fc.Arbitrary<NodeNetwork> = fc.record({
  filters: fc.array(
    fc.record({
      direction: fc.constantFrom('in' as const, 'out' as const),
      peers: fc.array(peer, { maxLength: 4 }),
      action: fc.constantFrom(
        { do: 'drop' } as const,
        { do: 'reject' } as const,
        { do: 'loss', percent: 12.5 } as const,
      ),
    }),
    { maxLength: 3 },
  ),
  shapes: fc.constant([]),
  redirects: fc.array(
    fc.record({
      direction: fc.constantFrom('in' as const, 'out' as const),
      peer,
      port: fc.integer({ min: 1, max: 65_535 }),
      to: fc.integer({ min: 1, max: 65_535 }),
    }),
    { maxLength: 3 },
  ),
});
const contributions = fc
  .array(fc.record({ faultId: fc.string({ minLength: 1 }), network }), { maxLength: 5 })
  .map((list) => list.map((one, tag): Contribution => ({ ...one, tag })));

describe.each(['ip4', 'ip6'] as const)('%s', (family) => {
  it('faults that come and go in any order leave the rules as they were', () => {
    fc.assert(
      fc.property(contributions, fc.infiniteStream(fc.nat()), (all, order) => {
        const tables = empty();
        for (const one of all) restore(tables, swapText(family, undefined, one));
        const left = [...all];
        while (left.length > 0) {
          const [one] = left.splice((order.next().value as number) % left.length, 1);
          restore(tables, swapText(family, one, undefined));
        }
        expect(tables).toEqual(empty());
      }),
    );
  });

  it('what is put in the place of another leaves the others untouched', () => {
    fc.assert(
      fc.property(contributions, network, (all, fresh) => {
        if (all[0] === undefined) return;
        const [swapped, direct] = [empty(), empty()];
        const last = { tag: 99, faultId: 'last', network: fresh };
        for (const one of all) restore(swapped, swapText(family, undefined, one));
        restore(swapped, swapText(family, all[0], last));
        for (const one of all.slice(1)) restore(direct, swapText(family, undefined, one));
        restore(direct, swapText(family, undefined, last));
        expect(swapped).toEqual(direct);
      }),
    );
  });

  it('counts in front of everything that drops', () => {
    fc.assert(
      fc.property(contributions, (all) => {
        const tables = empty();
        for (const one of all) restore(tables, swapText(family, undefined, one));
        for (const hook of ['filter INPUT', 'filter OUTPUT']) {
          const jumps = tables.get(hook)?.filter((rule) => rule.includes('leasebreaker')) ?? [];
          const lastCount = jumps.findLastIndex((rule) => rule.includes('-count-'));
          const firstDrop = jumps.findIndex((rule) => rule.includes('-drop-'));
          if (firstDrop >= 0) expect(lastCount).toBeLessThan(firstDrop);
        }
      }),
    );
  });
});

describe('texts', () => {
  const of = (
    filters: NodeNetwork['filters'],
    redirects: NonNullable<NodeNetwork['redirects']> = [],
  ): Contribution => ({
    tag: 7,
    faultId: 'lane 0 "x"',
    network: { filters, shapes: [], redirects },
  });

  it('a cut', () => {
    const cut = of([{ direction: 'in', peers: ['10.0.0.1', 'fd00::1'], action: { do: 'drop' } }]);
    expect(swapText('ip4', undefined, cut).split('\n')).toEqual([
      '*filter',
      ':leasebreaker-7-count-in - [0:0]',
      ':leasebreaker-7-drop-in - [0:0]',
      '-A leasebreaker-7-count-in -s 10.0.0.1',
      '-A leasebreaker-7-drop-in -s 10.0.0.1 -j DROP',
      '-I INPUT -m comment --comment "leasebreaker-7- fault lane_0__x_" -j leasebreaker-7-count-in',
      '-A INPUT -m comment --comment "leasebreaker-7- fault lane_0__x_" -j leasebreaker-7-drop-in',
      'COMMIT',
      '',
    ]);
    expect(swapText('ip6', undefined, cut)).toContain('-s fd00::1 -j DROP');
  });

  it('nothing for a family that no peer is of', () => {
    const cut = of([{ direction: 'in', peers: ['10.0.0.1'], action: { do: 'drop' } }]);
    expect(swapText('ip6', undefined, cut)).toBe('');
  });

  it('a proxy whose own connections go out unhindered', () => {
    const text = swapText('ip4', undefined, of([], [{ direction: 'out', peer: '10.0.0.1', port: 2379, to: 40_000 }]));
    expect(text).toContain(
      '-A leasebreaker-7-lead-out -d 10.0.0.1 -p tcp -m tcp --dport 2379 ! --sport 61000:65535 -j',
    );
  });
});

describe('counters', () => {
  const saved = [
    '[5:300] -A INPUT -m comment --comment "leasebreaker-7- fault x" -j leasebreaker-7-count-in',
    '[3:180] -A leasebreaker-7-count-in -s 10.0.0.1/32',
    '[2:120] -A leasebreaker-7-count-in -s 10.0.0.2/32',
    '[1:60] -A leasebreaker-7-drop-in -s 10.0.0.1/32 -m statistic --mode random --probability 0.30 -j DROP',
    '[9:900] -A leasebreaker-71-count-in -s 10.0.0.1/32',
  ];
  it('are those of the fault alone, each packet once', () => {
    expect(readCounters(saved.join('\n'), 7)).toEqual({ packets: 5, bytes: 300, dropped: 1 });
    expect(saved.filter((line) => isOfTag(line, 7))).toEqual(saved.slice(0, 4));
  });
});
