/**
 * `--swarm`: every run has other kinds of faults in another mixture, since what all of them together never meet, a few of
 * them may (Groce et al., "Swarm testing", ISSTA 2012). Each kind draws for itself: leaving one out changes no other.
 */
import { targetsOf, type FaultSpec } from './fault-spec.js';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.js';
import { optionsOf } from './option-info.js';
import { hasRoom, type PlanOptions } from './make-plan.js';
import { stream } from './random.js';
import { refuseFault } from './refusal.js';

/** What a clock can do in a swarm; the rest of its options are numbers without an end. */
const CLOCKS: readonly FaultSpec['options'][] = [
  { drift: 0.25 },
  { drift: 4 },
  { step: 3_600_000 },
  { step: -3_600_000 },
  { jump: 60_000 },
  { strobe: 2000 },
];

/** In percent: how likely a kind is in. */
const LIKELY = 50;
/** Weights are drawn from 1 to this. */
const HEAVIEST = 10;

/**
 * A random subset with random weights of what was asked for; of all kinds, each in a random variant, where nothing was.
 * Of more than there is time for, those that had the least luck go first.
 */
export function drawSwarm(options: PlanOptions, asked: readonly FaultSpec[] | undefined): FaultSpec[] {
  const { seed } = options;
  const candidates = asked ?? FAULT_KINDS.flatMap((kind) => drawVariant(kind, options) ?? []);
  const drawn = candidates.map((spec, n) => {
    const draw = stream(seed, `swarm/${asked === undefined ? spec.kind : n}`);
    const luck = draw.int(1, 100);
    return { luck, spec: takesTurns(spec) ? { ...spec, weight: draw.int(1, HEAVIEST) } : spec };
  });
  const byLuck = [...drawn].sort((a, b) => a.luck - b.luck);
  const lucky = byLuck.filter(({ luck }, n) => n === 0 || luck <= LIKELY);
  const chosen = (): FaultSpec[] =>
    withTheirLeaders(drawn.filter((each) => lucky.includes(each)).map(({ spec }) => spec));
  while (lucky.length > 1 && !hasRoom({ ...options, faults: chosen() })) lucky.pop();
  return chosen();
}

/** A weight is against others in a drawn schedule; what has times of its own or stands behind another needs none. */
function takesTurns({ at, every, after }: FaultSpec): boolean {
  return (at ?? every ?? after) === undefined;
}

/** Less those that stand behind a kind which did not make it. */
function withTheirLeaders(faults: readonly FaultSpec[]): FaultSpec[] {
  const kept = faults.filter(({ after }) => after === undefined || faults.some(({ kind }) => kind === after));
  return kept.length === faults.length ? kept : withTheirLeaders(kept);
}

/** One of the ways in which a kind can strike here; undefined where there is none. */
function drawVariant(kind: FaultKind, options: PlanOptions): FaultSpec | undefined {
  const circumstances = { ...options, ttlMs: options.ttlSeconds * 1000 };
  const variants = variantsOf(kind).filter((spec) => refuseFault(spec, circumstances) === undefined);
  const [first, ...rest] = variants;
  return first === undefined ? undefined : stream(options.seed, `swarm/${kind}/variant`).pick([first, ...rest]);
}

/** Every first enumeration's value with every role; a word in the plan for each, numbers as they are by default. */
function variantsOf(kind: FaultKind): FaultSpec[] {
  const [first] = optionsOf(kind).filter(({ choices }) => choices !== undefined);
  const options: FaultSpec['options'][] =
    kind === 'clock' ? [...CLOCKS] : (first?.choices?.map((choice) => ({ [first.name]: choice })) ?? [{}]);
  const roles = targetsOf(kind).filter((target) => !target.endsWith('N'));
  return options.flatMap((each) => [
    { kind, options: each },
    ...roles.map((target) => ({ kind, options: each, target })),
  ]);
}
