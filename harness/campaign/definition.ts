/**
 * What a campaign is, as a file says it: axes of options, what is expected of which cell, how often, how long. YAML or JSON, which
 * is a part of YAML 1.2. Only the shape is read here; what each option takes, the command line knows.
 */
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { NAME } from '../plan/plan.js';
import { STATES } from '../report/reached-states.js';
import { VIOLATION_KINDS } from '../report/verdict-schema.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const outcome = z.enum(['clean', 'violated']);

/** Which cells are meant: options by name, each with the values that fit. Options that are not named do not matter. */
const matchSchema = z.record(z.string(), z.union([scalar, z.array(scalar).min(1)]));
export type Match = z.infer<typeof matchSchema>;

const MAX_SEEDS = 100_000;

const duration = z.string().transform((text, context): number => {
  const ms = parseBudget(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: BUDGET_TAKES });
  return z.NEVER;
});

const definitionSchema = z
  .strictObject({
    name: z.string().regex(NAME.pattern, NAME.takes),
    seeds: z.union([z.number().int().min(1).max(MAX_SEEDS), z.literal('unlimited')]).default(1),
    budget: duration.optional(),
    'budget-is-goal': z.boolean().default(false),
    stop: z.enum(['never', 'first-violation', 'first-unexpected']).default('never'),
    'skip-impossible': z.boolean().default(false),
    options: z.record(z.string(), scalar).default({}),
    axes: z.record(z.string(), z.union([z.literal('all'), z.array(scalar).min(1)])).default({}),
    exclude: z.array(matchSchema).default([]),
    expect: z
      .array(
        z.strictObject({
          when: matchSchema.default({}),
          data: outcome.exactOptional(),
          exclusion: outcome.exactOptional(),
          service: outcome.exactOptional(),
          kinds: z.array(z.enum(VIOLATION_KINDS)).exactOptional(),
        }),
      )
      .default([]),
    reach: z.union([z.enum(['all', 'none']), z.array(z.enum(STATES))]).optional(),
    ledger: z.string().optional(),
  })
  .refine(({ seeds, budget }) => seeds !== 'unlimited' || budget !== undefined, {
    message: 'without an end of its seeds a campaign needs a budget',
    path: ['seeds'],
  });

/** As read: defaults filled in, the budget in ms. */
export type CampaignDefinition = z.infer<typeof definitionSchema>;

const BUDGET_TAKES = 'it takes a time such as 90s, 45min or 8h';
const UNITS = { s: 1000, min: 60_000, m: 60_000, h: 3_600_000 } as const;

/** In ms; undefined for what is no time. */
export function parseBudget(text: string): number | undefined {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(s|min|m|h)$/.exec(text.trim());
  const ms = match === null ? 0 : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return ms > 0 ? Math.round(ms) : undefined;
}

export type Place = readonly (string | number)[];

export type ReadDefinition =
  /** `lineOf` finds what is wrong in a way that only the command line can tell. */
  | { kind: 'definition'; definition: CampaignDefinition; lineOf: (place: Place) => number }
  | { kind: 'invalid'; message: string; line: number };

export function readDefinition(text: string): ReadDefinition {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return { kind: 'invalid', message: error.message, line: lines.linePos(error.pos[0]).line };
  if (!isMap(document.contents))
    return { kind: 'invalid', message: 'a campaign has lines such as "name: nightly" and "axes:"', line: 1 };
  const lineOf = (place: Place): number => lines.linePos(offsetOf(document, place)).line;
  const read = definitionSchema.safeParse(document.toJS());
  if (read.success) return { kind: 'definition', definition: read.data, lineOf };
  const [issue] = read.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const place = [...(issue?.path ?? []), ...unknown].filter((part) => typeof part !== 'symbol');
  const known = unknown.length > 0 && place.length === 1 ? `; known: ${KEYS.join(', ')}` : '';
  const where = place.length === 0 ? '' : `${place.join('.')}: `;
  return { kind: 'invalid', message: `${where}${issue?.message ?? 'not understood'}${known}`, line: lineOf(place) };
}

const KEYS = Object.keys(definitionSchema.shape);

/** Where a value stands in the text; that of what is around it where there is none. */
function offsetOf(document: Document, place: Place): number {
  for (let depth = place.length; depth > 0; depth--) {
    const node: unknown = document.getIn(place.slice(0, depth), true);
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range !== undefined) return range[0];
  }
  return 0;
}
