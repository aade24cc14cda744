/** Shards put together to the campaign that they are parts of. Pure. */
import { inShard } from './shard.js';
import type { CampaignPlan, RunLine } from './journal.js';
import { weightOf } from './estimate.js';

export interface Part {
  folder: string;
  plan: CampaignPlan;
  lines: readonly RunLine[];
}

export type Merged =
  | {
      kind: 'merged';
      plan: CampaignPlan;
      /** Each line with the part that it is from. */
      lines: { line: RunLine; part: Part }[];
      /** What keeps the whole from being whole, a line each. */
      missing: string[];
    }
  /** They are not parts of one campaign. */
  | { kind: 'refused'; message: string };

export function mergeParts(parts: readonly Part[]): Merged {
  const [first] = parts;
  if (first === undefined) return { kind: 'refused', message: 'no campaign is named by this' };
  for (const { folder, plan } of parts) {
    const different = differences(first.plan, plan);
    if (different.length > 0)
      return {
        kind: 'refused',
        message: `${folder} is no part of the campaign of ${first.folder}: they differ in ${different.join(', ')}`,
      };
    if (plan.shard === null && parts.length > 1)
      return { kind: 'refused', message: `${folder} is a whole campaign, and no shard of one` };
    const again = parts.find((part) => part.folder !== folder && part.plan.shard?.index === plan.shard?.index);
    if (again !== undefined)
      return {
        kind: 'refused',
        message: `${folder} and ${again.folder} are the same shard, ${plan.shard?.index}/${plan.shard?.of}`,
      };
  }
  const of = first.plan.shard?.of ?? 1;
  const missing = Array.from({ length: of }, (_, at) => at + 1)
    .filter((index) => first.plan.shard !== null && !parts.some(({ plan }) => plan.shard?.index === index))
    .map((index) => `shard ${index}/${of} is missing, with ${plural(first.plan, index)}`);
  const lines = parts.flatMap((part) => part.lines.map((line) => ({ line, part })));
  return { kind: 'merged', plan: { ...first.plan, shard: null }, lines, missing };
}

function plural(plan: CampaignPlan, index: number): string {
  const cells = inShard(plan.cells, { index, of: plan.shard?.of ?? 1 }, weightOf).length;
  return cells === 1 ? '1 cell' : `${cells} cells`;
}

/** In words; empty: two parts of the same. */
function differences(a: CampaignPlan, b: CampaignPlan): string[] {
  const compared: [what: string, of: (plan: CampaignPlan) => unknown][] = [
    ['the seed', ({ seed }) => seed],
    ['the version of leasebreaker', ({ leasebreaker }) => leasebreaker],
    ['the number of shards', ({ shard }) => shard?.of ?? null],
    ['the definition', ({ definition }) => definition],
    ['the cells', ({ cells }) => cells],
    ['the states to be reached', ({ wanted }) => wanted],
  ];
  return compared.flatMap(([what, of]) => (JSON.stringify(of(a)) === JSON.stringify(of(b)) ? [] : [what]));
}
