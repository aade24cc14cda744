/** Before the first run of a campaign: whether this machine can do what its cells ask for. */
import type { Cell } from '../campaign/cells.js';
import type { PlanOptions } from '../plan/make-plan.js';
import { fitTo, lookAtMachine } from './fit-to-machine.js';

export type Machine =
  /** `fit` leaves out of a swarm what the machine cannot do; what was asked for by name, it can. */
  { kind: 'fits'; fit: (options: PlanOptions) => PlanOptions } | { kind: 'refused'; message: string };

export async function fitCampaign(cells: readonly Cell[], say: (line: string) => void): Promise<Machine> {
  const drawn = cells.flatMap(({ source }) => (source.kind === 'drawn' ? [source] : []));
  const [first] = drawn;
  if (first === undefined) return { kind: 'fits', fit: (options) => options };
  const faults = drawn.flatMap(({ options }) => options.faults);
  const looked = await lookAtMachine({ ...first.options, faults }, say);
  if (looked.kind === 'refused') return looked;
  const { abilities } = looked;
  if (abilities === undefined) return { kind: 'fits', fit: (options) => options };
  for (const { options, swarm } of drawn) {
    const fitted = fitTo(abilities, options, swarm !== undefined, () => undefined);
    if (fitted.kind === 'refused') return fitted;
  }
  return {
    kind: 'fits',
    fit(options) {
      const fitted = fitTo(abilities, options, true, say);
      return fitted.kind === 'fits' ? fitted.options : options;
    },
  };
}
