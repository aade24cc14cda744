/** What a command line makes of a campaign's definition: its cells, each with the options of its runs. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Cell, firstPlan, optionsOf, seedOf, seedOfDefinition } from '../campaign/cells.js';
import { type CampaignDefinition, readDefinition } from '../campaign/definition.js';
import type { CampaignPlan } from '../campaign/journal.js';
import { parseShard } from '../campaign/shard.js';
import { wallClock } from '../history/clock.js';
import { makePlan } from '../plan/make-plan.js';
import { freshSeed } from '../plan/random.js';
import { certainStates } from '../report/reachable-states.js';
import { type State, STATES } from '../report/reached-states.js';
import { type Axes, cellsOf, choicesOf, inClusterOrder, type Where } from './campaign-cells.js';
import { ledgerCells } from './campaign-ledger.js';
import { againLine, isGiven } from './given-options.js';
import type { RunFlags } from './options.js';
import { applyPlanFile } from './plan-request.js';
import { VERSION } from './version.js';

export const PRESETS = ['smoke', 'fencing', 'nightly', 'soak'] as const;

/** As commander hands them over. */
export interface CampaignFlags extends RunFlags {
  matrix?: (typeof PRESETS)[number];
  recipes?: string;
  schemes?: string;
  table?: string;
  ledger?: string;
  seeds?: number;
  budget?: number;
  stop?: CampaignDefinition['stop'];
  untilFailure?: boolean;
  shard?: string;
  parallel?: number;
  resume?: string | true;
}

export type CampaignRequest = { kind: 'request'; plan: CampaignPlan } | { kind: 'invalid'; message: string };

const invalid = (message: string): { kind: 'invalid'; message: string } => ({ kind: 'invalid', message });

/** `file` names a definition; without one it is that of `--matrix`. */
export async function campaignRequest(called: Command, file: string | undefined): Promise<CampaignRequest> {
  const flags = called.opts<CampaignFlags>();
  if (file !== undefined && flags.matrix !== undefined)
    return invalid(`${file} and --matrix ${flags.matrix} each name a campaign: give one of them`);
  const wrong = await applyPlanFile(called);
  if (wrong !== undefined) return invalid(wrong);
  const read = await definitionOf(file ?? presetFile(flags.matrix ?? 'smoke'));
  if (read.kind === 'invalid') return read;
  const definition = overridden(read.definition, flags);
  const shard = flags.shard === undefined ? null : parseShard(flags.shard);
  if (shard === undefined) return invalid(`--shard ${flags.shard ?? ''}: it takes a part such as 2/4`);
  const seed = flags.seed ?? (shard === null ? freshSeed() : seedOfDefinition(definition));
  const axes = axesOf(definition, called);
  if (axes.kind === 'invalid') return axes;
  const made = cellsOf({ definition, axes: axes.axes, called, seed, where: read.where });
  if (made.kind === 'invalid') return made;
  const { ledger } = definition;
  const known = ledger === undefined ? { kind: 'cells' as const, cells: [] } : await ledgerCells(ledger);
  if (known.kind === 'invalid') return known;
  const cells = [...made.cells, ...known.cells];
  if (cells.length === 0) return invalid(`no cell of the campaign ${definition.name} is left`);
  return {
    kind: 'request',
    plan: {
      version: 1,
      name: definition.name,
      date: wallClock().toISOString(),
      command: againLine(called, { file, seed }),
      leasebreaker: VERSION,
      seed,
      shard,
      definition,
      cells: inClusterOrder(cells),
      skipped: made.skipped,
      wanted: wantedStates(definition, made.cells),
    },
  };
}

/** As the definition says; else what the faults of all its runs together reach for certain. */
function wantedStates({ reach }: CampaignDefinition, cells: readonly Cell[]): State[] {
  if (reach === 'none') return [];
  if (reach !== undefined) return reach === 'all' ? [...STATES] : reach;
  const plans = cells.flatMap((cell) =>
    Array.from({ length: Math.min(cell.planned ?? 1, MANY) }, (_, n) => planOf(cell, n)),
  );
  return certainStates(plans.flatMap((made) => (made.kind === 'invalid' ? [] : [made.plan])));
}

/** Of run `n`. Without a swarm all runs of a cell have as many faults of the same kinds: the first one's plan will do. */
function planOf(cell: Cell, n: number): ReturnType<typeof firstPlan> {
  const { source } = cell;
  if (source.kind === 'stored' || source.swarm === undefined) return firstPlan(cell);
  return makePlan(optionsOf(source, seedOf(source.options.seed, n)));
}

/** Runs of a cell: more of the same make nothing more certain. */
const MANY = 50;

/** Compiled or not, the presets lie beside package.json. */
function presetFile(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'campaigns')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'campaigns', `${name}.yaml`);
}

async function definitionOf(
  path: string,
): Promise<
  { kind: 'definition'; definition: CampaignDefinition; where: Where } | { kind: 'invalid'; message: string }
> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return invalid(`the campaign's definition cannot be read: ${(error as Error).message}`);
  }
  const read = readDefinition(text);
  if (read.kind === 'invalid') return invalid(`${path}, line ${read.line}: ${read.message}`);
  return { ...read, where: (place, message) => `${path}, line ${read.lineOf(place)}: ${message}` };
}

/** `--until-failure` has no end but a finding, or that of its time. */
function overridden(definition: CampaignDefinition, flags: CampaignFlags): CampaignDefinition {
  const { seeds, budget, stop, ledger, untilFailure } = flags;
  return {
    ...definition,
    ...(seeds === undefined ? {} : { seeds }),
    ...(budget === undefined ? {} : { budget }),
    ...(stop === undefined ? {} : { stop }),
    ...(ledger === undefined ? {} : { ledger }),
    ...(untilFailure === true
      ? { seeds: 'unlimited' as const, stop: stop ?? 'first-unexpected', 'budget-is-goal': true }
      : {}),
  };
}

/** `all` stands for every choice; what the command line or its plan file says of an option takes the place of its axis. */
function axesOf(
  definition: CampaignDefinition,
  called: Command,
): { kind: 'axes'; axes: Axes } | { kind: 'invalid'; message: string } {
  const { recipes, schemes } = called.opts<CampaignFlags>();
  const axes: Axes = {};
  for (const [name, values] of Object.entries(definition.axes)) {
    if (isGiven(called, name)) continue;
    const listed = values === 'all' ? choicesOf(name) : values;
    if (listed === undefined) return invalid(`axis ${name}: only options with a list of choices can be "all"`);
    axes[name] = listed;
  }
  for (const [flag, name, text] of [
    ['recipes', 'recipe', recipes],
    ['schemes', 'fencing', schemes],
  ] as const) {
    if (text === undefined) continue;
    const known = axes[name]?.map(String);
    if (known === undefined)
      return invalid(`--${flag}: the campaign ${definition.name} has no axis "${name}"; --matrix fencing has one`);
    const wanted = text.split(',').map((one) => (one === 'fenced-reads' ? 'on' : one));
    const strange = wanted.find((one) => !known.includes(one));
    if (strange !== undefined) return invalid(`--${flag}: there is no "${strange}"; there are ${known.join(', ')}`);
    axes[name] = known.filter((one) => wanted.includes(one));
  }
  return { kind: 'axes', axes };
}
