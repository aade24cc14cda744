/**
 * A lost data directory: the program is killed and its folder emptied. A member cannot come back under its old identity without its
 * data, because it has forgotten what it voted for: it is removed from the cluster and added again (etcd's disaster guide,
 * "replace a failed machine"). The storage starts empty and knows no value and no token any more;
 * a database is given its tables again, or whoever came next would find none.
 */
import type { Receipt } from '../../history/operation.js';
import type { FaultNode, World } from '../fault.js';
import type { Harm } from '../harm.js';
import { proven, unproven } from '../receipts.js';
import { isMember, killProgram, startProgram } from '../server.js';
import { inData } from './data.js';

type ProvenReceipt = Extract<Receipt, { proven: true }>;

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
        const started = await startProgram(node, world);
        if (!started.proven) return started;
        return node.role === 'storage' ? await withTables(started, node, world) : await withMembers(started, world);
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

async function withMembers({ evidence }: ProvenReceipt, { etcd }: World): Promise<Receipt> {
  return proven({ ...evidence, members: await etcd.members() });
}

async function withTables(started: ProvenReceipt, { agent }: FaultNode, { storageAdmin }: World): Promise<Receipt> {
  const { code, stderr } = await agent.exec(storageAdmin('health'));
  return code === 0 ? started : unproven(`it runs, but is not ready for use: ${stderr.trim()}`);
}
