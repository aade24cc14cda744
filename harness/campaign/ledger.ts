/**
 * The ledger of findings: what campaigns have found so far, each with the plan that shows it, when it was found, and when it last
 * reproduced. A campaign that names a ledger carries those plans out as cells of their own, and writes down what came of them and
 * what it found anew. Pure: files are read and written in ledger-file.ts.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NAME } from '../plan/plan.js';
import type { CampaignRun } from '../report/campaign.js';
import { KINDS } from '../report/kinds.js';

export const LEDGER_VERSION = 1;

const moment = z.strictObject({ date: z.iso.datetime(), version: z.string().min(1) });
const count = z.number().int().nonnegative();

const findingSchema = z.strictObject({
  id: z.string().regex(NAME.pattern, NAME.takes),
  /** A sentence for people. */
  what: z.string().min(1),
  /** File name of its plan, beside the ledger. What is expected of it is in the plan itself. */
  plan: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  /** Kinds of violation of which any one shows it again. */
  kinds: z.array(z.string()).min(1),
  /** Runs in each campaign. */
  runs: z.number().int().positive(),
  found: moment.extend({ command: z.string() }),
  /** `hits`: runs that showed it, of `runs` that could be judged; null: not tried since it was found. */
  lastTried: moment.extend({ runs: count, hits: count }).nullable(),
  lastReproduced: moment.nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

const ledgerSchema = z
  .strictObject({ schemaVersion: z.literal(LEDGER_VERSION), findings: z.array(findingSchema) })
  .refine(({ findings }) => new Set(findings.map(({ id }) => id)).size === findings.length, 'an id is given twice');
export type Ledger = z.infer<typeof ledgerSchema>;

/** Reads a ledger from parsed JSON; the message names the field that is wrong. */
export function parseLedger(json: unknown): { kind: 'ledger'; ledger: Ledger } | { kind: 'invalid'; message: string } {
  const parsed = ledgerSchema.safeParse(json);
  return parsed.success
    ? { kind: 'ledger', ledger: parsed.data }
    : { kind: 'invalid', message: z.prettifyError(parsed.error) };
}

/** Id of the campaign's cell that carries a finding's plan out. */
export function cellOfFinding({ id }: Pick<Finding, 'id'>): string {
  return `regression=${id}`;
}

/** What the ledger looks at in a run. */
export type LedgerRun = Pick<
  CampaignRun,
  'cell' | 'n' | 'attempt' | 'counts' | 'settings' | 'verdict' | 'expectation' | 'seed' | 'command' | 'colour'
>;

export interface LedgerUpdate {
  ledger: Ledger;
  /** Findings that were not there before, and the run whose plan is to be kept for each. */
  added: { finding: Finding; run: LedgerRun }[];
}

/** The most that one campaign adds: where more is wrong than this, one cause is behind much of it. */
const MOST_ADDED = 10;

/** `now`: when and with which version of leasebreaker the campaign ran. */
export function updateLedger(
  ledger: Ledger,
  runs: readonly LedgerRun[],
  now: { date: string; version: string },
): LedgerUpdate {
  const tried = ledger.findings.map((finding) => withTries(finding, runs, now));
  const known = new Set(tried.map(({ id }) => id));
  const added: LedgerUpdate['added'] = [];
  for (const run of runs) {
    if (run.colour !== 'red' || run.cell.startsWith('regression=') || added.length === MOST_ADDED) continue;
    const finding = findingOf(run, now);
    if (finding === undefined || known.has(finding.id)) continue;
    known.add(finding.id);
    added.push({ finding, run });
  }
  return { ledger: { ...ledger, findings: [...tried, ...added.map(({ finding }) => finding)] }, added };
}

/** Colours of runs that do not tell whether there was a violation. */
const UNJUDGED: readonly LedgerRun['colour'][] = ['yellow', 'environment', 'harness'];

/** Its own cell tries it; any other run that finds the same shows it, too. */
function withTries(finding: Finding, runs: readonly LedgerRun[], now: { date: string; version: string }): Finding {
  const own = runs.filter(
    (run) => run.cell === cellOfFinding(finding) && (shows(run, finding.kinds) || !UNJUDGED.includes(run.colour)),
  );
  const hits = own.filter((run) => shows(run, finding.kinds)).length;
  const isSeen = hits > 0 || runs.some((run) => run.colour === 'red' && idOf(run) === finding.id);
  return {
    ...finding,
    lastTried: own.length === 0 ? finding.lastTried : { ...now, runs: own.length, hits },
    lastReproduced: isSeen ? { ...now } : finding.lastReproduced,
  };
}

function shows({ counts }: LedgerRun, kinds: readonly string[]): boolean {
  return kindsOf(counts).some((kind) => kinds.includes(kind));
}

function findingOf(run: LedgerRun, now: { date: string; version: string }): Finding | undefined {
  const id = idOf(run);
  const kinds = unexpectedKinds(run);
  if (id === undefined) return undefined;
  const { recipe, storage, fencing } = run.settings;
  return {
    id,
    what: `${kinds.join(', ')} with ${recipe} on ${storage}, fencing ${fencing}, where none was expected; seed ${run.seed}`,
    plan: `${id}.plan.json`,
    kinds,
    runs: 3,
    found: { ...now, command: run.command },
    lastTried: null,
    lastReproduced: { ...now },
  };
}

/** The same harm in the same setting is one finding, whatever the seed; undefined where nothing was violated. */
function idOf(run: LedgerRun): string | undefined {
  const [gravest] = unexpectedKinds(run);
  if (gravest === undefined) return undefined;
  const { recipe, storage, fencing, faultKinds = [] } = run.settings;
  const id = [gravest, recipe, storage, fencing.replace('+', '-'), ...faultKinds].join('.');
  return id.length <= 64 ? id : `${id.slice(0, 55)}.${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
}

/** Kinds that should not have occurred; all that did, where none of them is known to be one. */
function unexpectedKinds({ counts, expectation }: LedgerRun): string[] {
  const found = kindsOf(counts);
  const unexpected = found.filter((kind) => {
    const part = KINDS.find((each) => each.kind === kind)?.part;
    if (part === undefined || part === 'liveness') return false;
    return part === 'recovery' || expectation[part] === 'clean';
  });
  return unexpected.length > 0 ? unexpected : found;
}

/** Kinds that occurred, in the order of verdict.json. */
function kindsOf(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([kind, found]) => (found > 0 ? [kind] : []));
}
