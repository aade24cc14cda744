/**
 * A folder of results as a list shows it: from the texts of its files, whatever they hold. Lenient where `verdict.json` is of another version
 * of leasebreaker, and never surprised: what cannot be read is listed as damaged. Pure.
 */
import { z } from 'zod';

export const STATES = {
  judged: 'judged',
  unjudged: 'ended, and not judged yet',
  unfinished: 'has no end: it is going on, or its controller was killed',
  damaged: 'damaged',
  campaign: 'a campaign',
  matrix: 'a matrix',
  strange: 'no run',
} as const;

/** Texts of the files that are there, as far as they could be read. */
export interface FolderTexts {
  plan?: string;
  run?: string;
  verdict?: string;
  campaign?: string;
  matrix?: string;
}

const outcome = z.enum(['clean', 'violated', 'unknown']);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const settingsSchema = z.record(z.string(), z.union([scalar, z.array(scalar)])).catch({});
const counts = z.record(z.string(), z.number()).catch({});
const texts = z.record(z.string(), z.string()).catch({});

const verdictSchema = z.object({
  date: z.string(),
  seed: z.number(),
  command: z.string().catch(''),
  versions: texts,
  environment: texts,
  settings: settingsSchema,
  summary: z.string(),
  verdict: outcome,
  exclusion: outcome.optional().catch(undefined),
  assumptions: outcome.optional().catch(undefined),
  service: outcome.optional().catch(undefined),
  liveness: outcome.optional().catch(undefined),
  recovery: outcome.optional().catch(undefined),
  exitCode: z.number().optional().catch(undefined),
  counts,
  refused: counts,
  operations: counts,
  faults: z
    .object({
      kinds: z.array(z.object({ kind: z.string(), injected: z.number(), proven: z.number(), healed: z.number() })),
    })
    .catch({ kinds: [] }),
  checkers: z.array(z.object({ checker: z.string(), outcome, figures: counts })).catch([]),
});
export type EntryVerdict = z.infer<typeof verdictSchema>;

const planSchema = z.object({ seed: z.number(), settings: settingsSchema });
const runSchema = z.object({
  startedAt: z.string(),
  end: z.object({ kind: z.string() }).optional(),
  replay: z.string().catch(''),
});
const togetherSchema = z.object({ date: z.string(), name: z.string().catch(''), command: z.string().catch('') });

export interface RunEntry {
  /** The folder's name. */
  name: string;
  state: keyof typeof STATES;
  /** ISO 8601, as far as anything in the folder says when. */
  date: string;
  /** One sentence. */
  summary: string;
  settings: Record<string, string>;
  seed: number | undefined;
  command: string;
  /** Kinds, planned or injected. */
  faults: string[];
  verdict: EntryVerdict | undefined;
  hasReport: boolean;
}

export interface Folder {
  name: string;
  /** When it was last written to, ISO 8601: where nothing in it says more. */
  modified: string;
  hasReport: boolean;
  texts: FolderTexts;
}

export function runEntry({ name, modified, hasReport, texts: files }: Folder): RunEntry {
  const bare = {
    name,
    date: modified,
    settings: {},
    seed: undefined,
    command: '',
    faults: [],
    verdict: undefined,
    hasReport,
  };
  const damaged = (what: string): RunEntry => ({ ...bare, state: 'damaged', summary: what });
  if (files.plan === undefined) return together(bare, files);
  const plan = read(planSchema, files.plan);
  if (plan.kind === 'bad') return damaged(`plan.json: ${plan.reason}`);
  const planned = {
    ...bare,
    seed: plan.value.seed,
    settings: words(plan.value.settings),
    faults: kindsOf(plan.value.settings),
  };
  if (files.verdict !== undefined) {
    const found = read(verdictSchema, files.verdict);
    if (found.kind === 'bad') return { ...planned, state: 'damaged', summary: `verdict.json: ${found.reason}` };
    const { value: verdict } = found;
    const injected = verdict.faults.kinds.map(({ kind }) => kind);
    return {
      ...planned,
      state: 'judged',
      date: dated(verdict.date, modified),
      summary: verdict.summary,
      settings: words(verdict.settings),
      seed: verdict.seed,
      command: verdict.command,
      faults: [...new Set([...kindsOf(verdict.settings), ...injected])],
      verdict,
    };
  }
  if (files.run === undefined)
    return { ...planned, state: 'unfinished', summary: 'It has not begun, or its controller was killed.' };
  const run = read(runSchema, files.run);
  if (run.kind === 'bad') return { ...planned, state: 'damaged', summary: `run.json: ${run.reason}` };
  const { startedAt, end, replay } = run.value;
  const begun = { ...planned, date: dated(startedAt, modified), command: replay };
  if (end === undefined)
    return { ...begun, state: 'unfinished', summary: 'It is going on, or its controller was killed.' };
  return { ...begun, state: 'unjudged', summary: `Not judged yet: npx leasebreaker report results/${name} does it.` };
}

type Bare = Omit<RunEntry, 'state' | 'summary'>;

function together(bare: Bare, files: FolderTexts): RunEntry {
  const kind = files.campaign === undefined ? 'matrix' : 'campaign';
  const text = files.campaign ?? files.matrix;
  if (text === undefined) return { ...bare, state: 'strange', summary: 'No run: there is no plan.json in it.' };
  const found = read(togetherSchema, text);
  if (found.kind === 'bad') return { ...bare, state: 'damaged', summary: `${kind}.json: ${found.reason}` };
  const { date, name, command } = found.value;
  const summary = kind === 'campaign' ? `Several runs: ${name}.` : 'Recipes and fencing schemes, a run for each pair.';
  return { ...bare, state: kind, date: dated(date, bare.date), command, summary };
}

type Read<T> = { kind: 'good'; value: T } | { kind: 'bad'; reason: string };

function read<T>(schema: z.ZodType<T>, text: string): Read<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'bad', reason: text.trim() === '' ? 'empty' : 'not JSON, perhaps half-written' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'good', value: parsed.data };
  const [issue] = parsed.error.issues;
  return { kind: 'bad', reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not what it is to be'}` };
}

/** Settings as people read them. */
function words(settings: z.infer<typeof settingsSchema>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  );
}

function kindsOf({ faultKinds }: z.infer<typeof settingsSchema>): string[] {
  return Array.isArray(faultKinds) ? faultKinds.map(String) : [];
}

/** A date that is none would stand above all others. */
function dated(text: string, otherwise: string): string {
  return Number.isNaN(Date.parse(text)) ? otherwise : new Date(text).toISOString();
}
