/**
 * When what is struck by which fault: pure. Faults on one client of a lane have a schedule in every lane; all other
 * faults share one schedule of the whole cluster and come one after the other. Faults with times of their own (`at`,
 * `every`) or behind others (`after`) stand beside both.
 */
import { durationMs } from './duration.js';
import { drawFault, type NamedSpec, nameSpecs, type Place, type ScheduleInput, strikesLanes } from './draw-fault.js';
import type { FaultSpec } from './fault-spec.js';
import type { PlannedFault } from './plan.js';
import { elect, stream } from './random.js';

/** A planned fault and the spec that it came from. */
interface Drawn {
  named: NamedSpec;
  fault: PlannedFault;
}

/**
 * The faults in the order of their times, and the specs for which there was no room. A lane that is added moves no fault of
 * another, and a kind none of another schedule; in its own schedule of a lane it takes turns over, and the rest stay as
 * they were.
 */
export function schedule(
  specs: readonly FaultSpec[],
  input: ScheduleInput,
): { faults: PlannedFault[]; missing: FaultSpec[] } {
  const named = nameSpecs(specs);
  const timed = named.filter(({ spec }) => spec.at !== undefined || spec.every !== undefined);
  const behind = named.filter(({ spec }) => spec.after !== undefined);
  const drawn = named.filter((each) => !timed.includes(each) && !behind.includes(each));
  const planned: Drawn[] = [
    ...scheduleLanes(
      drawn.filter(({ spec }) => strikesLanes(spec)),
      input,
    ),
    ...scheduleCluster(
      drawn.filter(({ spec }) => !strikesLanes(spec)),
      input,
    ),
    ...timed.flatMap((each) => scheduleTimed(each, input)),
  ];
  // A fault can stand behind one that itself stands behind another.
  for (let open = behind; open.length > 0; ) {
    const ready = open.filter(({ spec }) => !open.some((other) => other.spec.kind === spec.after));
    planned.push(...ready.flatMap((each) => scheduleBehind(each, planned, input)));
    if (ready.length === 0) break;
    open = open.filter((each) => !ready.includes(each));
  }
  return {
    faults: planned
      .map(({ fault }) => fault)
      .sort((a, b) => a.atMs - b.atMs || (a.lane ?? -1) - (b.lane ?? -1) || (a.id < b.id ? -1 : 1)),
    missing: named.filter((each) => !planned.some((one) => one.named === each)).map(({ spec }) => spec),
  };
}

const endMs = ({ atMs, delayMs, durationMs: lasts }: PlannedFault): number => atMs + delayMs + lasts;

function comesIn(lane: number, spec: FaultSpec): boolean {
  return spec.lane === undefined || spec.lane === lane;
}

/** Of several that could take a turn, the one that does. */
function electDrawn(candidates: readonly Drawn[], { seed }: ScheduleInput, role: string): Drawn | undefined {
  const [first, ...rest] = candidates.map((drawn) => ({ ...drawn.named, drawn }));
  return first === undefined ? undefined : elect(seed, role, [first, ...rest]).drawn;
}

/**
 * Faults start 1.1 to 1.6 x TTL apart in a lane, so that the next holder works for a moment undisturbed before it is hit
 * itself: a late write needs somebody's write to collide with. Pauses of 2 to 3 x TTL are long enough that the lease is
 * gone (etcd lets it live up to TTL + 0.5 s, the period of its expiry scan) and that others have been served.
 */
function scheduleLanes(specs: readonly NamedSpec[], input: ScheduleInput): Drawn[] {
  const { seed, lanes, ttlMs, timeMs } = input;
  if (specs.length === 0) return [];
  const turns: { drawn: Drawn; candidates: Drawn[] }[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const draw = stream(seed, `faults/lane-${lane}`);
    for (
      let n = 0, atMs = draw.int(0, ttlMs);
      atMs < timeMs;
      n++, atMs += draw.int(Math.round(1.1 * ttlMs), Math.round(1.6 * ttlMs))
    ) {
      const role = `faults/lane-${lane}/${n}`;
      const candidates = specs
        .filter(({ spec }) => comesIn(lane, spec))
        .map((named) => {
          const place = { id: `lane-${lane}/${named.name}-${n}`, role, lane, atMs, alone: false };
          return { named, fault: drawFault(named, place, input) };
        })
        .filter(({ fault }) => endMs(fault) <= timeMs);
      const drawn = electDrawn(candidates, input, role);
      if (drawn !== undefined) turns.push({ drawn, candidates });
    }
  }
  giveEachATurn(specs, turns);
  return turns.map(({ drawn }) => drawn);
}

/** What has come up nowhere takes the first turn that it could have from the one that has the most. */
function giveEachATurn(specs: readonly NamedSpec[], turns: { drawn: Drawn; candidates: Drawn[] }[]): void {
  const count = (named: NamedSpec): number => turns.filter(({ drawn }) => drawn.named === named).length;
  for (const named of specs) {
    if (count(named) > 0) continue;
    const most = specs.reduce((best, one) => (count(one) > count(best) ? one : best));
    const turn = turns.find(
      ({ drawn, candidates }) => drawn.named === most && candidates.some((each) => each.named === named),
    );
    const own = turn?.candidates.find((each) => each.named === named);
    if (turn !== undefined && own !== undefined && count(most) > 1) turn.drawn = own;
  }
}

/**
 * One after the other, so that a quorum is not lost by accident, with 1.5 to 2.5 x TTL from the end of one to the start
 * of the next, in which locks change hands undisturbed. Every spec has its turn before any has a second one.
 */
function scheduleCluster(specs: readonly NamedSpec[], input: ScheduleInput): Drawn[] {
  const { seed, ttlMs, timeMs } = input;
  const draw = stream(seed, 'faults/cluster');
  const planned: Drawn[] = [];
  const dealt = new Set<NamedSpec>();
  let atMs = ttlMs;
  for (let n = 0; specs.length > 0; n++) {
    const role = `faults/cluster/${n}`;
    const hand = specs.filter((each) => !dealt.has(each));
    const candidates = (hand.length > 0 ? hand : specs)
      .map((named) => {
        const place = { id: `cluster/${named.name}-${n}`, role, atMs, alone: true };
        return { named, fault: drawFault(named, place, input) };
      })
      .filter(({ fault }) => endMs(fault) <= timeMs);
    // Dealing cards goes by no weight, and by the same order of the specs whatever the turn.
    const drawn = electDrawn(candidates, input, hand.length > 0 ? 'faults/cluster/deal' : role);
    if (drawn === undefined) break;
    dealt.add(drawn.named);
    planned.push(drawn);
    atMs = endMs(drawn.fault) + draw.int(Math.round(1.5 * ttlMs), Math.round(2.5 * ttlMs));
  }
  return planned;
}

/** `at` once, `every` again and again; in every lane, if it strikes clients. */
function scheduleTimed(named: NamedSpec, input: ScheduleInput): Drawn[] {
  const { seed, lanes, ttlMs, timeMs } = input;
  const { at, every, jitter } = named.spec;
  const everyMs = every === undefined ? Number.POSITIVE_INFINITY : durationMs(every, ttlMs);
  const jitterMs = jitter === undefined ? 0 : durationMs(jitter, ttlMs);
  const places = strikesLanes(named.spec)
    ? Array.from({ length: lanes }, (_, lane) => lane).filter((lane) => comesIn(lane, named.spec))
    : [undefined];
  return places.flatMap((lane) => {
    const where = lane === undefined ? 'cluster' : `lane-${lane}`;
    const draw = stream(seed, `faults/${where}/every/${named.name}`);
    const planned: Drawn[] = [];
    let atMs = at === undefined ? everyMs : durationMs(at, ttlMs);
    for (let n = 0; atMs < timeMs; n++) {
      const place: Place = {
        id: `${where}/${named.name}-${n}`,
        role: `faults/${where}/timed-${n}`,
        ...(lane === undefined ? {} : { lane }),
        atMs,
        alone: false,
      };
      const fault = drawFault(named, place, input);
      if (endMs(fault) > timeMs) break;
      planned.push({ named, fault });
      atMs += Math.max(1, everyMs + (every === undefined ? 0 : draw.int(-jitterMs, jitterMs)));
    }
    return planned;
  });
}

/** One behind each fault of the kind in its lane or the cluster, as soon as the one before it must be over. */
function scheduleBehind(named: NamedSpec, before: readonly Drawn[], input: ScheduleInput): Drawn[] {
  const ofLanes = strikesLanes(named.spec);
  const leaders = before
    .filter((each) => each.fault.kind === named.spec.after)
    .sort((a, b) => a.fault.atMs - b.fault.atMs || (a.fault.id < b.fault.id ? -1 : 1));
  const planned: Drawn[] = [];
  const freeAtMs = new Map<number, number>();
  for (const { fault: leader } of leaders) {
    if (ofLanes && leader.lane !== undefined && !comesIn(leader.lane, named.spec)) continue;
    const where = leader.lane === undefined ? 'cluster' : `lane-${leader.lane}`;
    const place: Place = {
      id: `${leader.id}/${named.name}`,
      role: `faults/${where}/behind/${leader.id}`,
      ...(ofLanes && leader.lane !== undefined ? { lane: leader.lane } : {}),
      atMs: leader.atMs,
      alone: false,
      after: leader.id,
    };
    const fault = drawFault(named, place, input);
    const queue = ofLanes ? (fault.lane ?? -1) : -1;
    if (endMs(fault) > input.timeMs || fault.atMs < (freeAtMs.get(queue) ?? 0)) continue;
    freeAtMs.set(queue, endMs(fault));
    planned.push({ named, fault });
  }
  return planned;
}
