/**
 * What faults want of one node's speed, as lines for `tc -batch` in which `$dev` stands for the interface. Pure text.
 *
 * An HTB root only sorts packets by where they go: u32 filters, one class for each group of peers that are treated alike, and
 * what goes elsewhere passes untouched. In the class a netem delays and a tbf limits, where such is asked for. The limit is tbf's and not
 * HTB's own, because tbf takes apart the packets of up to 64 KB that TCP hands down as one (GSO); HTB would let each
 * pass whole at once, and with 64 kbit/s a small answer would not be slowed down at all.
 */
import { isIPv6 } from 'node:net';
import type { NodeNetwork } from '../fault.js';

/** The root's handle, by which what is ours is known. */
export const ROOT_HANDLE = '1eb:';

type Shape = NodeNetwork['shapes'][number];
type Treatment = Omit<Shape, 'peers'>;

/** Bytes that pass at once: two full packets, so that the smallest rate can send one at all. */
export const BURST_BYTES = 3200;
/** The limited queue holds half a second's worth, yet always some packets. */
const QUEUE_SECONDS = 0.5;
const MIN_QUEUE_BYTES = 30_000;

/** Lines that set up all shapes of one node; none for no shapes. */
export function shapingLines(shapes: readonly Shape[]): string[] {
  const groups = new Map<string, { treatment: Treatment; peers: string[] }>();
  for (const [peer, treatment] of treatments(shapes)) {
    const key = JSON.stringify(treatment);
    const group = groups.get(key) ?? { treatment, peers: [] };
    group.peers.push(peer);
    groups.set(key, group);
  }
  if (groups.size === 0) return [];
  return [
    `qdisc add dev $dev root handle ${ROOT_HANDLE} htb`,
    ...[...groups.values()].flatMap(({ treatment, peers }, index) => classLines(index + 1, treatment, peers)),
  ];
}

/** What becomes of each peer's packets: delays of several faults add up, of limits the lowest counts. */
function treatments(shapes: readonly Shape[]): Map<string, Treatment> {
  const found = new Map<string, Treatment>();
  for (const { peers, delayMs, jitterMs, kbitPerSecond } of shapes) {
    for (const peer of peers) {
      const before = found.get(peer) ?? {};
      const delay = (before.delayMs ?? 0) + (delayMs ?? 0);
      const jitter = (before.jitterMs ?? 0) + (jitterMs ?? 0);
      const kbit = Math.min(before.kbitPerSecond ?? Infinity, kbitPerSecond ?? Infinity);
      found.set(peer, {
        ...(delay > 0 && { delayMs: delay, jitterMs: jitter }),
        ...(kbit < Infinity && { kbitPerSecond: kbit }),
      });
    }
  }
  return found;
}

/** Handles are hexadecimal numbers; each class has a range of sixteen for what hangs below it. */
function classLines(index: number, { delayMs, jitterMs, kbitPerSecond }: Treatment, peers: string[]): string[] {
  const hex = (n: number): string => (index * 16 + n).toString(16);
  const classId = `${ROOT_HANDLE}${hex(0)}`;
  const lines = [`class add dev $dev parent ${ROOT_HANDLE} classid ${classId} htb rate 10gbit quantum 60000`];
  for (const peer of peers) {
    const match = isIPv6(peer)
      ? `protocol ipv6 prio 2 u32 match ip6 dst ${peer}/128`
      : `protocol ip prio 1 u32 match ip dst ${peer}/32`;
    lines.push(`filter add dev $dev parent ${ROOT_HANDLE} ${match} flowid ${classId}`);
  }
  if (delayMs !== undefined)
    lines.push(
      `qdisc add dev $dev parent ${classId} handle ${hex(1)}: netem limit 10000 delay ${delayMs}ms ${jitterMs ?? 0}ms`,
    );
  if (kbitPerSecond !== undefined) {
    const parent = delayMs === undefined ? classId : `${hex(1)}:1`;
    const queue = Math.max(MIN_QUEUE_BYTES, Math.ceil(((kbitPerSecond * 1000) / 8) * QUEUE_SECONDS));
    const bits = Math.round(kbitPerSecond * 1000);
    lines.push(
      `qdisc add dev $dev parent ${parent} handle ${hex(2)}: tbf rate ${bits}bit burst ${burstOf(kbitPerSecond)}b limit ${queue}b`,
    );
  }
  return lines;
}

/** Above some 10 Mbit/s the kernel's timer is too coarse for two packets: a thousandth of a second's worth then. */
function burstOf(kbitPerSecond: number): number {
  return Math.max(BURST_BYTES, Math.ceil(kbitPerSecond / 8));
}
