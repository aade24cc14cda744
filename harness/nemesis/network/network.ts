/**
 * The network of all nodes: what faults want of each node adds up to one rule set, and a change of it is one swap.
 * Swaps of one node come one after the other, nodes swap side by side. Rules live in the nodes' own network namespaces
 * only, which outlive a program that is killed and started again, and with it the rules.
 */
import type { FaultNode, Network, NodeNetwork } from '../fault.js';
import { type Contribution, type Counters, isOfTag, readCounters } from './rules.js';
import { changeScript, flushScript, type RuleSet, COUNTERS_SCRIPT, READ_SCRIPT, rebuildScript } from './script.js';
import { ROOT_HANDLE } from './shaping.js';

interface NodeState {
  node: FaultNode;
  inForce: RuleSet;
  /** A change failed and so did making all anew: nobody knows what is in force. */
  isUnknown?: boolean;
  /** Resolves when the node's last swap is over; never rejects. */
  settled: Promise<unknown>;
}

/** The agent's name for the script that it runs when the controller is gone. */
const GUARD = 'network';

export function createNetwork(nodes: readonly FaultNode[]): Network {
  const states = new Map<string, NodeState>(
    nodes.map((node) => [node.name, { node, inForce: new Map(), settled: Promise.resolve() }]),
  );
  /** Tags of everything that a fault ever had in force. */
  const tags = new Map<string, number[]>();
  let lastTag = 0;

  function stateOf(name: string): NodeState {
    const state = states.get(name);
    if (state === undefined) throw new Error(`no fault may touch ${name}`);
    return state;
  }

  async function remove(faultId: string): Promise<void> {
    await all([...states.values()].map((state) => swap(state, faultId, undefined)));
  }

  return {
    async apply(faultId, contribution) {
      const tag = ++lastTag;
      tags.set(faultId, [...(tags.get(faultId) ?? []), tag]);
      const swaps = [...contribution].map(([name, network]): [NodeState, NodeNetwork] => [stateOf(name), network]);
      try {
        await all(swaps.map(([state, network]) => swap(state, faultId, { tag, faultId, network })));
      } catch (error) {
        await remove(faultId).catch(() => undefined);
        throw error;
      }
    },
    remove,
    async counters(faultId, name): Promise<Counters> {
      const { node, inForce } = stateOf(name);
      const tag = inForce.get(faultId)?.tag;
      if (tag === undefined) return { packets: 0, bytes: 0, dropped: 0 };
      return readCounters(await run(node, COUNTERS_SCRIPT), tag);
    },
    async remaining(faultId, name) {
      const { node, inForce } = stateOf(name);
      const isShaped = [...inForce.values()].some(({ network }) => network.shapes.length > 0);
      const lines = (await run(node, READ_SCRIPT)).split('\n');
      return lines.filter(
        (line) =>
          tags.get(faultId)?.some((tag) => isOfTag(line, tag)) || (!isShaped && line.includes(` ${ROOT_HANDLE} `)),
      );
    },
    isLed: (name, address, port) =>
      [...stateOf(name).inForce.values()]
        .flatMap(({ network }) => network.redirects ?? [])
        .some((lead) => lead.direction === 'out' && lead.peer === address && lead.port === port),
    besides: (faultId, name) => [...stateOf(name).inForce.keys()].filter((id) => id !== faultId),
  };
}

/** Puts `wanted` in the place of what the fault has in force on the node. */
function swap(state: NodeState, faultId: string, wanted: Contribution | undefined): Promise<void> {
  const swapped = state.settled.then(async () => {
    const { node, inForce: before } = state;
    if (before.get(faultId) === undefined && wanted === undefined && state.isUnknown !== true) return;
    const after = new Map(before);
    if (wanted === undefined) after.delete(faultId);
    else after.set(faultId, wanted);
    const address = addressOf(node);
    try {
      if (state.isUnknown === true) {
        await run(node, rebuildScript(before, address));
        state.isUnknown = false;
        if (before.get(faultId) === undefined && wanted === undefined) return;
      }
      // Both commands are under way at once; the agent takes them in this order, so that the guard stands first.
      await all([
        before.size === 0 ? node.agent.guard(GUARD, ['sh', '-c', flushScript(address)]) : Promise.resolve(),
        run(node, changeScript(before, after, faultId, address)),
      ]);
      state.inForce = after;
    } catch (error) {
      // Half of it may be in force: what is wanted without this fault is made anew.
      state.inForce = new Map([...before].filter(([id]) => id !== faultId));
      const rebuild = (): Promise<boolean> =>
        run(node, rebuildScript(state.inForce, address)).then(
          () => true,
          () => false,
        );
      state.isUnknown = !((await rebuild()) || (await rebuild()));
      if (wanted !== undefined || state.isUnknown) throw error;
    } finally {
      if (state.inForce.size === 0 && state.isUnknown !== true)
        await node.agent.guard(GUARD, undefined).catch(() => undefined);
    }
  });
  state.settled = swapped.catch(() => undefined);
  return swapped;
}

/** Rejects with what the tool said when the script fails. */
async function run(node: FaultNode, script: string): Promise<string> {
  const { code, stdout, stderr } = await node.agent.exec(['sh', '-c', script]);
  if (code !== 0) throw new Error(`${node.name}: ${stderr.trim() || `the network script ended with ${code}`}`);
  return stdout;
}

function addressOf({ name, addresses: [address] }: FaultNode): string {
  if (address === undefined) throw new Error(`${name} has no address`);
  return address;
}

/** Waits for all of them, also when one fails, so that nothing is under way any more when the first error is thrown. */
async function all(work: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}
