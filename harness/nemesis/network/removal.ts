/** The end of a fault on the network, as the kernel tells it. */
import type { Receipt } from '../../history/operation.js';
import type { FaultNode, Injection } from '../fault.js';

/** Takes everything of the fault away, and reads back from the nodes that nothing is left. Never rejects. */
export async function removal({ fault, world }: Injection, nodes: readonly FaultNode[]): Promise<Receipt> {
  try {
    await world.network.remove(fault.id);
    const left = await Promise.all(nodes.map(({ name }) => world.network.remaining(fault.id, name)));
    if (left.flat().length === 0) return { proven: true, evidence: { rules: 'none left' } };
    return { proven: false, reason: `rules are left: ${left.flat().join('; ')}` };
  } catch (error) {
    return { proven: false, reason: `not healed as it should be: ${String(error)}` };
  }
}
