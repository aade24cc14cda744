/**
 * A lost data directory: the program is killed and its folder emptied. A member cannot come back under its old identity without its
 * data, because it has forgotten what it voted for: it is removed from the cluster and added again (etcd's disaster guide,
 * "replace a failed machine"). The storage starts empty and knows no value and no token any more.
 */
import type { Receipt } from '../../history/operation.js';
import type { FaultNode, World } from '../fault.js';
import type { Harm } from '../harm.js';
import { proven, unproven } from '../receipts.js';
import { isMember, killProgram, startProgram } from '../server.js';
import { inData } from './data.js';

/** Files before and after. */
const EMPTY = 'find . -mindepth 1 | wc -l; find . -mindepth 1 -delete; find . -mindepth 1 | wc -l';

export function loseData(node: FaultNode, world: World): Harm {
  const forget = node.container.expectExit();
  let lost = false;
  return {
    name: node.name,
    async inject() {
      const killed = await killProgram(node);
      if (!killed.proven) return killed;
      lost = true;
      const [before = Number.NaN, after] = (await inData(node, EMPTY)).stdout.trim().split('\n').map(Number);
      if (after !== 0) return unproven(`${after} files are left`);
      return before > 0 ? proven({ ...killed.evidence, filesLost: before }) : unproven('there was nothing to lose');
    },
    async heal() {
      try {
        if (lost && node.role === 'etcd') await replace(node, world);
        return await startProgram(node, world).then((receipt) => withMembers(receipt, node, world));
      } finally {
        forget();
      }
    },
  };
}

async function replace({ name }: FaultNode, world: World): Promise<void> {
  if (await isMember(name, world)) await world.etcd.removeMember(name);
  await world.etcd.addMember(name);
}

async function withMembers(receipt: Receipt, { role }: FaultNode, { etcd }: World): Promise<Receipt> {
  return receipt.proven && role === 'etcd' ? proven({ ...receipt.evidence, members: await etcd.members() }) : receipt;
}
