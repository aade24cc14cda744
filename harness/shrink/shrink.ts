/**
 * Makes a plan that shows a finding smaller, phase by phase, as long as it still shows it: what needs it least goes first, and what
 * makes every later try quicker before what does not. It knows plans alone; whether one shows the finding, the oracle says.
 */
import type { Plan, PlannedFault } from '../plan/plan.js';
import {
  cutToFaults,
  narrowerTargets,
  pulledForward,
  upTo,
  withClients,
  withDuration,
  withFaults,
  withLanes,
  withTarget,
  withTime,
} from './candidates.js';
import { ddmin } from './ddmin.js';
import { keyOf, type Oracle } from './oracle.js';

/** In their order. */
export const PHASES = [
  'witness',
  'faults',
  'waiting',
  'durations',
  'targets',
  'lanes',
  'clients',
  'time',
  'rate',
  'file',
] as const;
export type Phase = (typeof PHASES)[number];

/** What the run that found it knows: guesses to begin with, which are tried like any other. */
export interface Hints {
  /** Ids of the faults that explain what was found, that of the first finding first. */
  blamed: readonly string[];
  /** When it was first found, in ms since the start of the traffic. */
  firstMs?: number;
  /** The lane in which it was first found. */
  lane?: number;
}

export interface ShrinkOptions {
  oracle: Oracle;
  hints: Hints;
  /** The plan that a plan file of this plan's words makes; undefined where its words make none. */
  asFile: (plan: Plan) => Plan | undefined;
  onStep: (step: Step) => void;
}

/** What a phase came to. */
export interface Step {
  phase: Phase;
  from: Plan;
  to: Plan;
  tries: number;
  /** It ended before the phase was through. */
  isCutShort: boolean;
}

export interface Shrunk {
  /** `not-shown`: not even the plan itself showed it, in any of its tries, or before it was over. */
  kind: 'shrunk' | 'not-shown';
  plan: Plan;
  steps: Step[];
  /** A plan file makes exactly this plan. */
  isFile: boolean;
  tries: number;
  /** Why it ended before it was through. */
  over?: string;
}

/** Shortest lowering of a rate that is tried, in operations per second. */
const MIN_RATE = 20;
/** What is tried first of a plan that goes as fast as its clients do. */
const FIRST_RATE = 100;
/** A lane needs somebody who is late, and somebody who is not. */
const MIN_CLIENTS = 2;

export async function shrink(source: Plan, options: ShrinkOptions): Promise<Shrunk> {
  const { oracle, hints, asFile, onStep } = options;
  const steps: Step[] = [];
  let plan = source;
  let isFile = false;
  const phase = async (name: Phase, work: (plan: Plan) => Promise<Plan>): Promise<void> => {
    if (oracle.over !== undefined) return;
    const [from, before] = [plan, oracle.tries];
    plan = await work(plan);
    const step = { phase: name, from, to: plan, tries: oracle.tries - before, isCutShort: oracle.over !== undefined };
    steps.push(step);
    onStep(step);
  };
  const ended = (kind: Shrunk['kind']): Shrunk => ({
    kind,
    plan,
    steps,
    isFile,
    tries: oracle.tries,
    ...(oracle.over === undefined ? {} : { over: oracle.over }),
  });

  let shows = false;
  await phase('witness', async (whole) => {
    const guessed = await smallest(oracle, whole, guesses(whole, hints));
    shows = guessed !== whole || (await oracle.first([whole])) !== undefined;
    return guessed;
  });
  if (!shows) return ended('not-shown');
  // With few faults left it is what makes the tries quick; with many there is little to take out yet.
  if (plan !== source) await phase('waiting', (whole) => smallest(oracle, whole, [pulledForward(whole)]));
  await phase('faults', (whole) => fewerFaults(whole, oracle));
  if (keyOf(pulledForward(plan)) !== keyOf(plan))
    await phase('waiting', (whole) => smallest(oracle, whole, [pulledForward(whole)]));
  await phase('durations', (whole) => shorterFaults(whole, oracle));
  await phase('targets', (whole) => narrowerFaults(whole, oracle));
  await phase('lanes', (whole) => fewerLanes(whole, oracle, hints.lane));
  await phase('clients', (whole) => fewerClients(whole, oracle));
  await phase('time', (whole) => lessTime(whole, oracle));
  await phase('rate', (whole) => lowerRate(whole, oracle));
  await phase('file', async (whole) => {
    const written = asFile(whole);
    if (written === undefined) return whole;
    isFile = keyOf(written) === keyOf(whole) || (await oracle.first([written])) !== undefined;
    return isFile ? written : whole;
  });
  return ended('shrunk');
}

/** The candidate that shows it, or the plan as it was; candidates that are the plan itself are not asked about. */
async function smallest(oracle: Oracle, plan: Plan, candidates: readonly Plan[]): Promise<Plan> {
  const others = candidates.filter((each) => keyOf(each) !== keyOf(plan));
  const at = others.length === 0 ? undefined : await oracle.first(others);
  return at === undefined ? plan : (others[at] as Plan);
}

/** The fault that explains the first finding alone; all that explain any; all that had begun when it was first found. */
function guesses(plan: Plan, { blamed, firstMs }: Hints): Plan[] {
  const known = blamed.filter((id) => plan.faults.some((fault) => fault.id === id));
  const sets = [known.slice(0, 1), known].filter((ids) => ids.length > 0);
  const guessed = sets.map((ids) => withFaults(plan, leadingTo(ids, plan.faults)));
  return [...guessed, ...(firstMs === undefined ? [] : [upTo(plan, firstMs)])].map(cutToFaults);
}

/** Those faults, with all that they stand behind. */
function leadingTo(ids: readonly string[], faults: readonly PlannedFault[]): PlannedFault[] {
  const wanted = new Set(ids);
  // In the order of their times a leader comes before what stands behind it.
  for (const fault of [...faults].reverse())
    if (wanted.has(fault.id) && fault.after !== undefined) wanted.add(fault.after);
  return faults.filter(({ id }) => wanted.has(id));
}

/** First each with all that stands behind it, as one; then what stands behind others by itself. */
async function fewerFaults(plan: Plan, oracle: Oracle): Promise<Plan> {
  const with_ = (faults: readonly PlannedFault[]): Plan => cutToFaults(withFaults(plan, inOrder(faults, plan)));
  const units = await ddmin(unitsOf(plan.faults), (candidates) =>
    oracle.first(candidates.map((each) => with_(each.flat()))),
  );
  const left = units.flat();
  const stands = left.some(({ after }) => after !== undefined);
  const needed = stands ? await ddmin(left, (candidates) => oracle.first(candidates.map(with_))) : left;
  // Where none could be left out, the shorter time has not been tried either.
  return needed.length === plan.faults.length ? plan : with_(needed);
}

function unitsOf(faults: readonly PlannedFault[]): PlannedFault[][] {
  const leaderOf = ({ after }: PlannedFault): PlannedFault | undefined => faults.find(({ id }) => id === after);
  const rootOf = (fault: PlannedFault): PlannedFault => {
    const leader = leaderOf(fault);
    return leader === undefined ? fault : rootOf(leader);
  };
  const units = new Map<PlannedFault, PlannedFault[]>();
  for (const fault of faults) {
    const root = rootOf(fault);
    units.set(root, [...(units.get(root) ?? []), fault]);
  }
  return [...units.values()];
}

function inOrder(faults: readonly PlannedFault[], { faults: all }: Plan): PlannedFault[] {
  return all.filter((fault) => faults.includes(fault));
}

/** Each fault as short as a quarter of a TTL makes a difference. */
async function shorterFaults(plan: Plan, oracle: Oracle): Promise<Plan> {
  let shortest = plan;
  const stepMs = Math.max(1, Math.round(plan.settings.ttlMs / 4));
  for (const { id, durationMs } of plan.faults) {
    const fits = await least(Math.ceil(durationMs / stepMs), (steps) =>
      oracle.steadily(cutToFaults(withDuration(shortest, id, steps * stepMs))),
    );
    if (fits !== undefined) shortest = cutToFaults(withDuration(shortest, id, fits * stepMs));
  }
  return shortest;
}

async function narrowerFaults(plan: Plan, oracle: Oracle): Promise<Plan> {
  let narrowest = plan;
  for (const fault of plan.faults) {
    const candidates = narrowerTargets(fault).map((target) => withTarget(narrowest, fault.id, target));
    narrowest = await smallest(oracle, narrowest, candidates);
  }
  return narrowest;
}

/** Lanes with a fault stay, as all faults are needed by now; where there is none, the one in which it was found is tried first. */
async function fewerLanes(plan: Plan, oracle: Oracle, found: number | undefined): Promise<Plan> {
  const all = Array.from({ length: plan.settings.lanes }, (_, lane) => lane);
  const struck = all.filter((lane) => plan.faults.some((fault) => fault.lane === lane));
  const with_ = (lanes: readonly number[]): Plan => withLanes(plan, lanes);
  const [first = 0] = found === undefined ? [] : [found];
  const few = struck.length > 0 ? struck : [all.includes(first) ? first : 0];
  if (few.length === all.length) return plan;
  if ((await oracle.first([with_(few)])) !== undefined) return with_(few);
  const others = all.filter((lane) => !struck.includes(lane));
  const needed = await ddmin(others, async (candidates) => {
    const possible = candidates.filter((lanes) => lanes.length + struck.length > 0);
    const at =
      possible.length === 0 ? undefined : await oracle.first(possible.map((lanes) => with_([...struck, ...lanes])));
    return at === undefined ? undefined : candidates.indexOf(possible[at] as (typeof candidates)[number]);
  });
  return needed.length === others.length ? plan : with_([...struck, ...needed]);
}

async function fewerClients(plan: Plan, oracle: Oracle): Promise<Plan> {
  for (let left = plan; ; ) {
    const { clients } = left.settings;
    const numbers = [...new Set([MIN_CLIENTS, Math.floor((MIN_CLIENTS + clients) / 2)])].filter((n) => n < clients);
    const fewer = await smallest(
      oracle,
      left,
      numbers.map((n) => withClients(left, n)),
    );
    if (fewer === left) return left;
    left = fewer;
  }
}

async function lessTime(plan: Plan, oracle: Oracle): Promise<Plan> {
  const seconds = await least(Math.ceil(plan.settings.timeMs / 1000), (each) =>
    oracle.steadily(withTime(plan, each * 1000)),
  );
  return seconds === undefined ? plan : withTime(plan, seconds * 1000);
}

async function lowerRate(plan: Plan, oracle: Oracle): Promise<Plan> {
  for (let slowest = plan; ; ) {
    const rate = slowest.rate === 0 ? FIRST_RATE : Math.floor(slowest.rate / 2);
    const slower = { ...slowest, rate };
    if (rate < MIN_RATE || !(await oracle.steadily(slower))) return slowest;
    slowest = slower;
  }
}

/** The least number from 1 below `most` that will do, by bisection; undefined if none was found. */
async function least(most: number, does: (n: number) => Promise<boolean>): Promise<number | undefined> {
  let [tooFew, enough] = [0, most];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (await does(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough === most ? undefined : enough;
}
