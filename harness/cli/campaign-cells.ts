/** The cells of a campaign: every combination of its axes, read as if it stood on a command line of its own. */
import { Command } from 'commander';
import { type Cell, cellId, crossed, expectationOf, firstPlan, matches, type Settings } from '../campaign/cells.js';
import type { CampaignDefinition, Match, Place } from '../campaign/definition.js';
import type { CampaignPlan } from '../campaign/journal.js';
import { FENCING } from '../history/decision.js';
import { specOf } from '../run/cluster-pool.js';
import { settingsOf, takeOver } from './given-options.js';
import { addRunOptions, type RunFlags } from './options.js';
import { applySetting, requestOf } from './plan-request.js';

type Scalar = string | number | boolean;

export type Axes = Record<string, readonly Scalar[]>;

/** Says in which line of the definition something is wrong. */
export type Where = (place: Place, message: string) => string;

interface CellsRequest {
  definition: CampaignDefinition;
  axes: Axes;
  /** Its options stand above those of the definition. */
  called: Command;
  seed: number;
  where: Where;
}

type Invalid = { kind: 'invalid'; message: string };

const blank = (): Command => addRunOptions(new Command());

/** What `all` stands for; undefined where an option has no list of choices. */
export function choicesOf(name: string): readonly string[] | undefined {
  return name === 'fencing' ? FENCING : blank().options.find(({ long }) => long === `--${name}`)?.argChoices;
}

/** Impossible combinations are an error, unless the definition lets them be skipped. */
export function cellsOf(
  request: CellsRequest,
): { kind: 'cells'; cells: Cell[]; skipped: CampaignPlan['skipped'] } | Invalid {
  const { definition, axes, where } = request;
  const strange = strangeNames(definition);
  if (strange !== undefined)
    return { kind: 'invalid', message: where(strange.place, `"${strange.name}" is no option`) };
  const canonical = canonicalMatches(definition, where);
  if (canonical.kind === 'invalid') return canonical;
  const cells: Cell[] = [];
  const skipped: CampaignPlan['skipped'] = [];
  for (const values of crossed(axes)) {
    const read = commandOf(values, request);
    if (read.kind === 'invalid') return read;
    const own = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
    const settings = settingsOf(read.command);
    if (canonical.definition.exclude.some((match) => matches(match, settings))) continue;
    const made = cellOf(own, settings, read.command, canonical.definition);
    const { id } = made.kind === 'cell' ? made.cell : { id: '' };
    // What is kept of one would take the place of the other.
    if (cells.some((cell) => cell.id === id))
      return { kind: 'invalid', message: where(['axes'], `"${id}" is there twice: an axis has one value twice`) };
    if (made.kind === 'cell') cells.push(made.cell);
    else if (definition['skip-impossible']) skipped.push({ id: cellId(own), why: made.message });
    else return Object.keys(own).length === 0 ? made : { kind: 'invalid', message: `${cellId(own)}: ${made.message}` };
  }
  return { kind: 'cells', cells, skipped };
}

/** A name in `exclude` or `when` that no cell can have: it would match nothing, silently. */
function strangeNames({ exclude, expect }: CampaignDefinition): { name: string; place: Place } | undefined {
  const known = Object.keys(settingsOf(blank()));
  const named = [
    ...exclude.map((match, at) => ({ match, place: ['exclude', at] })),
    ...expect.map(({ when }, at) => ({ match: when, place: ['expect', at, 'when'] })),
  ];
  return named
    .flatMap(({ match, place }) => Object.keys(match).map((name) => ({ name, place: [...place, name] })))
    .find(({ name }) => !known.includes(name));
}

/** Values of matches as the options themselves have them: one that is written otherwise, or wrong, would match nothing, silently. */
function canonicalMatches(
  definition: CampaignDefinition,
  where: Where,
): { kind: 'canonical'; definition: CampaignDefinition } | Invalid {
  let wrong: string | undefined;
  const canonical = (match: Match, place: Place): Match =>
    Object.fromEntries(
      Object.entries(match).map(([name, values]) => [
        name,
        [values].flat().map((value) => {
          const command = blank();
          const reason = applySetting(command, { name, value });
          if (reason !== undefined) wrong ??= where([...place, name], reason);
          return settingsOf(command)[name] ?? '';
        }),
      ]),
    );
  const exclude = definition.exclude.map((match, at) => canonical(match, ['exclude', at]));
  const expect = definition.expect.map((each, at) => ({ ...each, when: canonical(each.when, ['expect', at, 'when']) }));
  return wrong === undefined
    ? { kind: 'canonical', definition: { ...definition, exclude, expect } }
    : { kind: 'invalid', message: wrong };
}

function commandOf(
  values: Readonly<Record<string, Scalar>>,
  { definition, called, seed, where }: CellsRequest,
): { kind: 'command'; command: Command } | Invalid {
  const command = blank();
  for (const part of ['options', 'axes'] as const) {
    for (const [name, value] of Object.entries(part === 'axes' ? values : definition.options)) {
      const wrong = applySetting(command, { name, value });
      if (wrong !== undefined) return { kind: 'invalid', message: where([part, name], wrong) };
    }
  }
  takeOver(called, command);
  command.setOptionValueWithSource('seed', seed, 'implied');
  return { kind: 'command', command };
}

function cellOf(
  axes: Settings,
  settings: Settings,
  command: Command,
  definition: CampaignDefinition,
): { kind: 'cell'; cell: Cell } | Invalid {
  const expect = expectationOf(definition, settings);
  const { swarm, faults } = command.opts<RunFlags>();
  const asked = command.getOptionValueSource('faults') === 'default' ? {} : { asked: faults };
  const request = requestOf(command);
  if (request.kind === 'invalid') return request;
  const cell: Cell = {
    id: cellId(axes),
    axes,
    expect: expect ?? {},
    isMeasured: expect === undefined,
    planned: definition.seeds === 'unlimited' ? null : definition.seeds,
    source: {
      kind: 'drawn',
      options: { ...request.options, expect: expect ?? {} },
      ...(swarm === true ? { swarm: asked } : {}),
    },
  };
  const made = firstPlan(cell);
  return made.kind === 'invalid' ? made : { kind: 'cell', cell };
}

/** Cells with the same can share a cluster. */
export function clusterOf(cell: Cell): string {
  const made = firstPlan(cell);
  return made.kind === 'invalid' ? cell.id : JSON.stringify(specOf(made.plan));
}

/** Side by side where they can share a cluster; else in the order in which they are. */
export function inClusterOrder(cells: readonly Cell[]): Cell[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = clusterOf(cell);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flat();
}
