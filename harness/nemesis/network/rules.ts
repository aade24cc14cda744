/**
 * What faults want of one node's packets, as text for `iptables-restore --noflush`. Pure text; network.ts has it carried out.
 *
 * Every fault has chains of its own, named for its tag. A swap names only the chains of the faults that come or go and is
 * one transaction of the kernel, so that the counters of all others count on. For each hook a fault has two chains: one
 * that only counts, put before everything, and one that drops, put after everything. Were there one only, a packet that two
 * faults want to drop would count for the first of them, and the other's receipt would say that it does nothing.
 *
 * Filters look at single packets and know no connections, so that open connections are hit like new ones.
 */
import { isIPv6 } from 'node:net';
import type { NodeNetwork } from '../fault.js';

export type Family = 'ip4' | 'ip6';

/** A fault's contribution on one node; the tag is a number that names its chains and is never used again. */
export interface Contribution {
  tag: number;
  faultId: string;
  network: NodeNetwork;
}

/**
 * From here a proxy of ours opens its own connections: they are not redirected to it again. Above Linux' default
 * `ip_local_port_range` (32768 to 60999), so that no other program comes by such a port by chance.
 */
export const PROXY_PORTS = { first: 61_000, last: 65_535 };

/** What every chain of ours begins with; the kernel allows names of 28 characters. */
export const CHAIN_PREFIX = 'leasebreaker-';

interface Chain {
  table: 'filter' | 'nat';
  name: string;
  hook: 'INPUT' | 'OUTPUT' | 'PREROUTING';
  /** Where the jump to it goes in its hook. */
  at: 'start' | 'end';
  rules: string[];
}

/** The text that takes one contribution away and puts another in its place, in one step; empty: nothing of this family. */
export function swapText(family: Family, taken: Contribution | undefined, put: Contribution | undefined): string {
  const old = taken === undefined ? [] : chainsOf(family, taken);
  const fresh = put === undefined ? [] : chainsOf(family, put);
  const jump = (chain: Chain, { tag, faultId }: Contribution): string =>
    `${chain.hook} -m comment --comment "${commentOf(tag, faultId)}" -j ${chain.name}`;
  return (['filter', 'nat'] as const)
    .map((table) => {
      const going = old.filter((chain) => chain.table === table);
      const coming = fresh.filter((chain) => chain.table === table);
      if (going.length + coming.length === 0) return '';
      const lines = [
        `*${table}`,
        ...coming.map(({ name }) => `:${name} - [0:0]`),
        ...going.flatMap((chain) => [
          `-D ${jump(chain, taken as Contribution)}`,
          `-F ${chain.name}`,
          `-X ${chain.name}`,
        ]),
        ...coming.flatMap((chain) => chain.rules.map((rule) => `-A ${chain.name} ${rule}`)),
        ...coming.map((chain) => `${chain.at === 'start' ? '-I' : '-A'} ${jump(chain, put as Contribution)}`),
        'COMMIT',
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

/** A line of `iptables-save` belongs to the contribution with this tag. */
export function isOfTag(line: string, tag: number): boolean {
  return line.includes(`${CHAIN_PREFIX}${tag}-`);
}

export interface Counters {
  packets: number;
  bytes: number;
  dropped: number;
}

/** The counters of one contribution, from what `iptables-save -c` and `ip6tables-save -c` print. */
export function readCounters(saved: string, tag: number): Counters {
  const sum: Counters = { packets: 0, bytes: 0, dropped: 0 };
  for (const [, packets, bytes, chain] of saved.matchAll(/^\[(\d+):(\d+)\] -A (\S+)/gm)) {
    if (!chain?.startsWith(`${CHAIN_PREFIX}${tag}-`)) continue;
    if (chain.includes('-count-')) {
      sum.packets += Number(packets);
      sum.bytes += Number(bytes);
    } else if (chain.includes('-drop-')) sum.dropped += Number(packets);
  }
  return sum;
}

function chainsOf(family: Family, { tag, network }: Contribution): Chain[] {
  const name = (what: string): string => `${CHAIN_PREFIX}${tag}-${what}`;
  const filters = (direction: 'in' | 'out'): { match: string; verdicts: string[] }[] =>
    network.filters
      .filter((filter) => filter.direction === direction)
      .flatMap(({ peers, action }) =>
        peers
          .filter((peer) => familyOf(peer) === family)
          .map((peer) => ({ match: `${direction === 'in' ? '-s' : '-d'} ${peer}`, verdicts: verdictsOf(action) })),
      );
  const redirects = (direction: 'in' | 'out'): string[] =>
    (network.redirects ?? [])
      .filter((redirect) => redirect.direction === direction && familyOf(redirect.peer) === family)
      .map(({ peer, port, to }) =>
        direction === 'in'
          ? `-s ${peer} -p tcp -m tcp --dport ${port} -j REDIRECT --to-ports ${to}`
          : `-d ${peer} -p tcp -m tcp --dport ${port} ! --sport ${PROXY_PORTS.first}:${PROXY_PORTS.last} -j REDIRECT --to-ports ${to}`,
      );
  const chains = (['in', 'out'] as const).flatMap((direction): Chain[] => {
    const hook = direction === 'in' ? 'INPUT' : 'OUTPUT';
    const found = filters(direction);
    return [
      {
        table: 'filter',
        name: name(`count-${direction}`),
        hook,
        at: 'start',
        rules: found.map(({ match }) => match),
      },
      {
        table: 'filter',
        name: name(`drop-${direction}`),
        hook,
        at: 'end',
        rules: found.flatMap(({ match, verdicts }) => verdicts.map((verdict) => `${match} ${verdict}`)),
      },
      {
        table: 'nat',
        name: name(`lead-${direction}`),
        hook: direction === 'in' ? 'PREROUTING' : 'OUTPUT',
        at: 'end',
        rules: redirects(direction),
      },
    ];
  });
  return chains.filter(({ rules }) => rules.length > 0);
}

function verdictsOf(action: NodeNetwork['filters'][number]['action']): string[] {
  switch (action.do) {
    case 'drop':
      return ['-j DROP'];
    case 'reject':
      // Only TCP knows a reset; what else there is vanishes.
      return ['-p tcp -j REJECT --reject-with tcp-reset', '-j DROP'];
    case 'loss':
      return [`-m statistic --mode random --probability ${(action.percent / 100).toFixed(6)} -j DROP`];
  }
}

function familyOf(address: string): Family {
  return isIPv6(address) ? 'ip6' : 'ip4';
}

/** Tells people who read `iptables -S` whose rules these are; within quotes, so without any. */
function commentOf(tag: number, faultId: string): string {
  return `leasebreaker-${tag}- fault ${faultId.replace(/[^\w.:-]/g, '_').slice(0, 100)}`;
}
