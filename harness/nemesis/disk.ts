/**
 * `disk`: of etcd members or a storage that keeps its data. `slow`: every fdatasync and fsync takes longer (disk/slow.ts); `full`: no byte
 * can be written any more (disk/full.ts); `lost`: the program is killed and its data is gone when it starts again
 * (disk/lost.ts).
 */
import { loseData } from './disk/lost.js';
import { fillDisk } from './disk/full.js';
import { slowSyncs } from './disk/slow.js';
import { type Fault, type Injection, notInjected } from './fault.js';
import { type Harm, injectAll } from './harm.js';
import { hindered } from './hindered.js';

export const disk: Fault = {
  kind: 'disk',
  receipt:
    'slow: strace saw a sync delayed; full: a write failed and nothing is free; lost: the exit and the empty folder',
  async inject(injection) {
    const refusal = refuse(injection);
    if (refusal !== undefined) return notInjected(refusal);
    return injectAll(harms(injection), hindered(injection));
  },
};

function harms({ fault, nodes, world }: Injection): Harm[] {
  switch (fault.options['mode']) {
    case 'full':
      return nodes.map((node) => fillDisk(node, world));
    case 'lost':
      return nodes.map((node) => loseData(node, world));
    default:
      return nodes.map((node) => slowSyncs(node, world, Number(fault.options['ms'])));
  }
}

function refuse({ fault, nodes, world }: Injection): string | undefined {
  if (nodes.some(({ role }) => role === 'clients')) return 'clients keep nothing on a disk';
  if (!world.storageKeepsItsData && nodes.some(({ role }) => role === 'storage')) {
    return 'this storage keeps nothing on a disk: take --storage http-durable, postgres or redis';
  }
  const members = nodes.filter(({ role }) => role === 'etcd').length;
  const all = world.nodes.filter(({ role }) => role === 'etcd').length;
  if (fault.options['mode'] === 'lost' && members > Math.floor((all - 1) / 2)) {
    return 'a cluster whose majority has lost its data is lost itself: hit a minority';
  }
  return undefined;
}
