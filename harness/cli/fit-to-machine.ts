/**
 * Before a run: whether this machine can inject what was asked for. Asked for by name, a fault that it cannot do ends the
 * run before it starts; of a swarm, which asked for no one in particular, it is left out.
 */
import { type FaultAbilities, probeAbilities } from '../cluster/abilities.js';
import { prepare } from '../cluster/cluster.js';
import { renderFault } from '../plan/fault-grammar.js';
import type { PlanOptions } from '../plan/make-plan.js';
import { needsMachine, whyNot } from './availability.js';
import { withMending } from './execute.js';

export type Fitted = { kind: 'fits'; options: PlanOptions } | { kind: 'refused'; message: string };

/** Looks at the machine only if some fault needs more than signals. Provisions what is missing, as the run does. */
export async function fitToMachine(options: PlanOptions, swarm: boolean, say: (line: string) => void): Promise<Fitted> {
  const looked = await lookAtMachine(options, say);
  if (looked.kind === 'refused') return looked;
  return looked.abilities === undefined ? { kind: 'fits', options } : fitTo(looked.abilities, options, swarm, say);
}

/** What the machine can inject; undefined where none of the faults asks it, or it could not be tried. */
export async function lookAtMachine(
  options: Pick<PlanOptions, 'faults' | 'etcdVersion' | 'etcdImage' | 'client'>,
  say: (line: string) => void,
): Promise<{ kind: 'looked'; abilities: FaultAbilities | undefined } | { kind: 'refused'; message: string }> {
  if (!needsMachine(options.faults)) return { kind: 'looked', abilities: undefined };
  const prepared = await prepare(say, options);
  if (prepared.kind !== 'ready') return { kind: 'refused', message: withMending(prepared.message, prepared.commands) };
  try {
    return { kind: 'looked', abilities: await probeAbilities(prepared.engine.docker, prepared.images.node) };
  } catch (error) {
    say(`what this machine can inject could not be tried (${(error as Error).message}): the receipts will tell`);
    return { kind: 'looked', abilities: undefined };
  }
}

/** The same of abilities that are known. */
export function fitTo(
  abilities: FaultAbilities,
  options: PlanOptions,
  swarm: boolean,
  say: (line: string) => void,
): Fitted {
  const impossible = options.faults.flatMap((fault) => {
    const reason = whyNot(fault, abilities);
    return reason === undefined ? [] : [{ fault, line: `${renderFault(fault)} (${reason})` }];
  });
  if (impossible.length === 0) return { kind: 'fits', options };
  const lines = impossible.map(({ line }) => line).join(', ');
  const faults = options.faults.filter(
    (fault) =>
      !impossible.some((one) => one.fault === fault || (fault.after !== undefined && fault.after === one.fault.kind)),
  );
  if (swarm && faults.length > 0) {
    say(`left out of the swarm, since this machine cannot do it: ${lines}`);
    return { kind: 'fits', options: { ...options, faults } };
  }
  return {
    kind: 'refused',
    message: withMending(`this machine cannot inject ${lines}`, [
      'npx leasebreaker doctor',
      'give other --faults, or run where the kernel can do it',
    ]),
  };
}
