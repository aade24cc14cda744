// Chooses the network of a run: a /24 that neither another docker network nor the machine itself uses. Pure, but for
// the one function that asks the machine.
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';

/** An IPv4 network: its first address and the bits of its mask. */
export interface Cidr {
  readonly address: number;
  readonly bits: number;
}

/** A network in use, and by whom, for messages. */
export interface Taken {
  readonly cidr: Cidr;
  readonly by: string;
}

/** Private ranges out of which runs take their /24, the first being the usual one. 10.213.0 is left to runs by hand. */
const POOLS = ['10.213.0.0/16', '172.29.0.0/16', '192.168.128.0/17'];
const BY_HAND = '10.213.0.0/24';

/** Reads `10.213.7.0/24`; undefined if it is not a network in that notation. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return undefined;
  return { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, bits };
}

export function formatCidr({ address, bits }: Cidr): string {
  return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')}/${bits}`;
}

/** Whether two networks share an address: whether the larger of them holds the smaller. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.address / size) === Math.floor(b.address / size);
}

/** The networks that a run may have, in the order in which `preference` tries them: runs at once start apart. */
export function candidates(preference: number): Cidr[] {
  const byHand = parseCidr(BY_HAND);
  return POOLS.flatMap((text) => {
    const pool = parseCidr(text);
    if (pool === undefined) return [];
    const count = 2 ** (24 - pool.bits);
    const offset = Math.abs(Math.trunc(preference)) % count;
    return Array.from({ length: count }, (_, index) => ({
      address: pool.address + ((index + offset) % count) * 256,
      bits: 24,
    })).filter((one) => one.address !== byHand?.address);
  });
}

/** The first free candidate that has not been tried, or undefined if all are in use. */
export function chooseSubnet(
  taken: readonly Taken[],
  preference: number,
  tried: ReadonlySet<string> = new Set(),
): string | undefined {
  const free = candidates(preference).find(
    (one) => !tried.has(formatCidr(one)) && !taken.some(({ cidr }) => overlaps(cidr, one)),
  );
  return free === undefined ? undefined : formatCidr(free);
}

export type AskedSubnet =
  | { readonly kind: 'free'; readonly subnet: string }
  | { readonly kind: 'invalid' | 'in-use'; readonly message: string };

/** A network that a run can have, if it is free; undefined for any other text. */
export function parseSubnet(text: string): Cidr | undefined {
  const cidr = parseCidr(text);
  return cidr?.bits === 24 && cidr.address % 256 === 0 ? cidr : undefined;
}

/** Whether a network that the user asked for can be had. */
export function judgeAsked(text: string, taken: readonly Taken[]): AskedSubnet {
  const cidr = parseSubnet(text);
  if (cidr === undefined) {
    return {
      kind: 'invalid',
      message: `The subnet ${JSON.stringify(text)} is not an IPv4 network of the form 10.213.7.0/24.`,
    };
  }
  const user = taken.find((one) => overlaps(one.cidr, cidr));
  if (user === undefined) return { kind: 'free', subnet: formatCidr(cidr) };
  return {
    kind: 'in-use',
    message: `The subnet ${formatCidr(cidr)} is in use by ${user.by} (${formatCidr(user.cidr)}).`,
  };
}

/** A number that spreads runs over the candidates. */
export function preferenceOf(runId: string): number {
  let sum = 0;
  for (const character of runId) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65521;
  return sum;
}

/** Routes of `/proc/net/route`, whose numbers are hexadecimal in the machine's byte order; the default route is none. */
export function parseRoutes(text: string): Taken[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination, , , , , , mask] = line.trim().split(/\s+/);
      if (destination === undefined || mask === undefined) return [];
      const bits = swapBytes(mask).toString(2).replace(/0/g, '').length;
      return bits === 0 ? [] : [{ cidr: { address: swapBytes(destination), bits }, by: `the route of ${device}` }];
    });
}

function swapBytes(hexadecimal: string): number {
  return Buffer.from(hexadecimal.padStart(8, '0'), 'hex').readUInt32LE(0);
}

/** Asks the engine and this machine which networks are in use. */
export async function takenNetworks(docker: Docker): Promise<Taken[]> {
  const networks = await docker.listNetworks();
  const ofDocker = networks.flatMap((network) =>
    (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => {
      const cidr = Subnet === undefined ? undefined : parseCidr(Subnet);
      return cidr === undefined ? [] : [{ cidr, by: `the docker network ${network.Name}` }];
    }),
  );
  const ofHost = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap(({ cidr: text }) => {
      const cidr = text === null ? undefined : parseCidr(text);
      return cidr === undefined ? [] : [{ cidr, by: `the interface ${name}` }];
    }),
  );
  return [...ofDocker, ...ofHost, ...routes()];
}

function routes(): Taken[] {
  try {
    return parseRoutes(readFileSync('/proc/net/route', 'utf8'));
  } catch {
    return []; // no Linux: the interfaces must do
  }
}
