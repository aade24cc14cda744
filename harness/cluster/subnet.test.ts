import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  candidates,
  chooseSubnet,
  formatCidr,
  judgeAsked,
  overlaps,
  parseCidr,
  parseRoutes,
  preferenceOf,
  type Taken,
} from './subnet.js';

function cidr(text: string) {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`no network: ${text}`);
  return parsed;
}

function taken(...texts: string[]): Taken[] {
  return texts.map((text) => ({ cidr: cidr(text), by: 'somebody' }));
}

describe('parseCidr', () => {
  it('reads what formatCidr writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }), (address, bits) => {
        expect(parseCidr(formatCidr({ address, bits }))).toEqual({ address, bits });
      }),
    );
  });

  it.each(['10.213.7.0', '10.213.7/24', '10.213.256.0/24', '10.213.7.0/33', 'fd00::/64', ''])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('overlaps', () => {
  it('holds exactly if some address is in both', () => {
    // All pairs of networks within sixteen addresses, against the addresses themselves.
    const networks = [28, 29, 30, 31, 32].flatMap((bits) =>
      Array.from({ length: 2 ** (bits - 28) }, (_, index) => ({ address: index * 2 ** (32 - bits), bits })),
    );
    const members = ({ address, bits }: { address: number; bits: number }) =>
      Array.from({ length: 2 ** (32 - bits) }, (_, index) => address + index);
    for (const a of networks) {
      for (const b of networks) {
        expect(overlaps(a, b)).toBe(members(a).some((one) => members(b).includes(one)));
      }
    }
  });

  it('counts an address inside a network as the network', () => {
    expect(overlaps(cidr('10.213.7.1/24'), cidr('10.213.7.0/24'))).toBe(true);
    expect(overlaps(cidr('0.0.0.0/0'), cidr('10.213.7.0/24'))).toBe(true);
    expect(overlaps(cidr('10.213.8.0/24'), cidr('10.213.7.0/24'))).toBe(false);
  });
});

describe('chooseSubnet', () => {
  it('never takes what is in use, and finds something while there is something', () => {
    const all = candidates(0).map(formatCidr);
    fc.assert(
      fc.property(fc.subarray(all), fc.nat(100_000), (used, preference) => {
        const chosen = chooseSubnet(taken(...used), preference);
        expect(chosen === undefined).toBe(used.length === all.length);
        expect(used).not.toContain(chosen);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves the usual range where a route covers it, for example that of a VPN', () => {
    expect(chooseSubnet(taken('10.0.0.0/8'), 3)).toBe('172.29.3.0/24');
  });

  it('goes on to the next after one that was taken in the meantime', () => {
    const first = chooseSubnet([], 7) ?? '';
    expect(first).toBe('10.213.7.0/24');
    expect(chooseSubnet([], 7, new Set([first]))).toBe('10.213.8.0/24');
  });

  it('leaves the network of runs by hand alone, and starts different runs apart', () => {
    expect(candidates(0).map(formatCidr)).not.toContain('10.213.0.0/24');
    const starts = ['a1', 'a2', 'mguk3k1-x'].map((run) => chooseSubnet([], preferenceOf(run)));
    expect(new Set(starts).size).toBe(3);
  });

  it('says when nothing is left', () => {
    expect(chooseSubnet(taken('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'), 0)).toBeUndefined();
  });
});

describe('judgeAsked', () => {
  it('names who uses it', () => {
    expect(judgeAsked('10.213.7.0/24', [{ cidr: cidr('10.213.0.0/16'), by: 'the docker network lab' }])).toEqual({
      kind: 'in-use',
      message: 'The subnet 10.213.7.0/24 is in use by the docker network lab (10.213.0.0/16).',
    });
  });

  it.each(['10.213.7.0/16', '10.213.7.1/24', 'lab', '10.213.7.0'])('refuses %j', (text) => {
    expect(judgeAsked(text, []).kind).toBe('invalid');
  });

  it('grants a free one', () => {
    expect(judgeAsked('10.99.1.0/24', taken('10.99.2.0/24'))).toEqual({ kind: 'free', subnet: '10.99.1.0/24' });
  });
});

describe('parseRoutes', () => {
  it('reads the kernel table and leaves the default route out', () => {
    const table = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
      '',
    ].join('\n');
    expect(parseRoutes(table).map(({ cidr, by }) => `${formatCidr(cidr)} ${by}`)).toEqual([
      '192.168.2.0/24 the route of eth0',
      '10.0.0.0/8 the route of tun0',
    ]);
  });
});
