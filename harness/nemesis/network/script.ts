/**
 * The shell scripts that change and read a node's network, one `exec` each. Pure text; rules.ts and shaping.ts make what
 * they feed to the tools.
 */
import type { NodeNetwork } from '../fault.js';
import { CHAIN_PREFIX, type Contribution, swapText } from './rules.js';
import { ROOT_HANDLE, shapingLines } from './shaping.js';

/** One node's contributions by fault id: everything that is, or is to be, in force there. */
export type RuleSet = ReadonlyMap<string, Contribution>;

/** Changes one fault's part of a node's rule set; the rest stays as it is. `address`: the node's own, which names its interface. */
export function changeScript(before: RuleSet, after: RuleSet, faultId: string, address: string): string {
  const [old, fresh] = [before.get(faultId), after.get(faultId)];
  const shapes = (set: RuleSet): string[] => shapingLines([...set.values()].flatMap(({ network }) => network.shapes));
  const [were, are] = [shapes(before), shapes(after)];
  return [
    'set -e',
    restore('iptables', swapText('ip4', old, fresh)),
    restore('ip6tables', swapText('ip6', old, fresh)),
    were.join('\n') === are.join('\n') ? '' : shape(were.length > 0, are, address),
  ].join('\n');
}

/** Takes away everything of ours, whoever made it, and leaves what is not ours; it fails at nothing. */
export function flushScript(address: string): string {
  return [
    'for tool in iptables ip6tables; do for table in filter nat; do',
    `  rules=$($tool-save -t $table 2>/dev/null) && case $rules in *${CHAIN_PREFIX}*)`,
    `    printf '%s\\n' "$rules" | grep -v ${CHAIN_PREFIX} | $tool-restore --wait;;`,
    '  esac',
    'done; done',
    device(address),
    `tc qdisc del dev "$dev" root handle ${ROOT_HANDLE} 2>/dev/null`,
    'true',
  ].join('\n');
}

/** A node whose state nobody knows any more: flushed, and the whole rule set put in force. */
export function rebuildScript(rules: RuleSet, address: string): string {
  const puts = [...rules].map(([id, contribution]) =>
    changeScript(new Map(), new Map([[id, { ...contribution, network: withoutShapes(contribution) }]]), id, address),
  );
  const shapes = shapingLines([...rules.values()].flatMap(({ network }) => network.shapes));
  return [flushScript(address), 'set -e', ...puts, shapes.length > 0 ? shape(false, shapes, address) : ''].join('\n');
}

/** Prints the packet filters with their counters; fails where they cannot be read. A kernel without IPv6 has no filter for it either. */
export const COUNTERS_SCRIPT =
  'set -e; iptables-save -c -t filter; if [ -e /proc/net/if_inet6 ]; then ip6tables-save -c -t filter; fi';

/**
 * Prints everything that this module may have changed. Address translation for IPv6 is a part of the kernel of its own: where it cannot be
 * read it is not there, and putting a rule into it has failed before.
 */
export const READ_SCRIPT = `${COUNTERS_SCRIPT}; iptables-save -t nat; ip6tables-save -t nat 2>/dev/null || true; tc qdisc show`;

/** Ends with 0 where the kernel can delay packets. Tried on the loopback, which is no part of what is tested. */
export const NETEM_SCRIPT = 'tc qdisc add dev lo root netem delay 0ms && tc qdisc del dev lo root';

function restore(tool: string, text: string): string {
  return text === '' ? '' : `${tool}-restore --wait --noflush <<'RULES'\n${text}RULES`;
}

function shape(wasShaped: boolean, lines: readonly string[], address: string): string {
  return [
    device(address),
    wasShaped ? `tc qdisc del dev "$dev" root handle ${ROOT_HANDLE}` : '',
    lines.length > 0 ? `tc -batch - <<SHAPES\n${lines.join('\n')}\nSHAPES` : '',
  ].join('\n');
}

function device(address: string): string {
  return `dev=$(ip -o addr show to ${address} | cut -d' ' -f2)`;
}

function withoutShapes({ network }: Contribution): NodeNetwork {
  return { ...network, shapes: [] };
}
