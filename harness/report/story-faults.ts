/**
 * Faults in a story: each lies on the lane of the client that it hits, or on etcd's or the storage's where it hits a
 * member or the storage. One that stops a client covers its bar; under all others things go on, so they lie beside it.
 */
import { beginOf } from '../history/pairing.js';
import { duration, shorten } from './format.js';
import { faultLabel, isStopping, targetsText } from './fault-words.js';
import { clientName, factsOf, rolesOf, type Role, type Scene } from './scene.js';
import { type Affliction, isOnClients, type SectionFacts } from './section-facts.js';
import type { StoryLane } from './story.js';
import { beliefEnd } from './story-clients.js';
import * as say from './story-steps.js';

interface Placed extends Affliction {
  lane: StoryLane;
}

/** More at once, and a picture shows faults and nothing else. */
const MAX_ROWS = 3;

/** Draws what was in force in the window of the picture; returns how many faults there was no room for. */
export function drawFaults(scene: Scene): number {
  const { from, to, subject } = scene;
  const isSeen = (one: Affliction): boolean => one.from <= to && (one.to ?? Number.POSITIVE_INFINITY) >= from;
  const placed = [...rolesOf(scene).flatMap((role) => onClient(scene, role)), ...onServers(scene)].filter(isSeen);
  // The one that explains it all has its place for certain.
  const isCause = ({ fault }: Affliction): boolean => fault.inject.index === subject.fault;
  placed.sort((a, b) => Number(isCause(b)) - Number(isCause(a)) || a.from - b.from);
  const rows: Record<StoryLane, Affliction[][]> = { first: [], etcd: [], storage: [], second: [] };
  const stops: Record<Role, Affliction[]> = { first: [], second: [] };
  let omitted = 0;
  for (const one of placed) {
    const { lane } = one;
    if (isStopping(one.fault.inject.value) && isRole(lane) && fits(stops[lane], one)) {
      stops[lane].push(one);
      draw(scene, one, { kind: 'paused' });
      continue;
    }
    const free = rows[lane].findIndex((row) => fits(row, one));
    const row = free < 0 ? rows[lane].length : free;
    if (row >= MAX_ROWS) {
      omitted++;
      continue;
    }
    (rows[lane][row] ??= []).push(one);
    draw(scene, one, { kind: 'fault', row });
  }
  return omitted;
}

const isRole = (lane: StoryLane): lane is Role => lane === 'first' || lane === 'second';

function fits(others: readonly Affliction[], one: Affliction): boolean {
  const endOf = ({ to }: Affliction): number => to ?? Number.POSITIVE_INFINITY;
  return others.every((other) => endOf(other) < one.from || endOf(one) < other.from);
}

function onClient(scene: Scene, role: Role): Placed[] {
  const facts = factsOf(scene, role);
  return facts.faults
    .filter(({ from, to }) => from <= sectionEnd(facts) && (to === undefined || to >= facts.askedAt))
    .map((one) => ({ ...one, lane: role }));
}

/** From here on the process is at something else, and what befalls it is another story. */
function sectionEnd({ release, operations }: SectionFacts): number {
  if (release === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(release.completion?.time ?? Number.POSITIVE_INFINITY, ...operations.map(({ leaves }) => leaves));
}

/** Faults that hinder one of the clients without lying on it, and the one that explains the violation wherever it lies. */
function onServers({ index, subject, ...scene }: Scene): Placed[] {
  const roles = rolesOf(scene);
  const clients = roles.map((role) => factsOf(scene, role).witness.process);
  return index.faults.flatMap((fault): Placed[] => {
    const { inject, heal } = fault;
    const record = inject.value;
    const reaches = clients.map((process) => index.reach(record, process));
    if (isOnClients(record) && reaches.includes('named')) return [];
    if (inject.index !== subject.fault && reaches.every((reach) => reach === 'none')) return [];
    return lanesOf(record, roles).map((lane) => ({ fault, from: beginOf(fault), to: heal?.time, lane }));
  });
}

/** What was aimed at says more than all that was touched on the way. */
function lanesOf(
  { targets, nodes }: Affliction['fault']['inject']['value'],
  clients: readonly StoryLane[],
): readonly StoryLane[] {
  for (const names of [targets, nodes]) {
    if (names.some((name) => name.startsWith('etcd'))) return ['etcd'];
    if (names.some((name) => name.startsWith('storage'))) return ['storage'];
  }
  return clients;
}

function draw(
  scene: Scene,
  { fault, from: begins, to: ends, lane }: Placed,
  shape: { kind: 'paused' } | { kind: 'fault'; row: number },
): void {
  const { sketch, from, to } = scene;
  const record = fault.inject.value;
  const end = ends ?? Number.POSITIVE_INFINITY;
  const lasted = end - begins;
  const who = isRole(lane) ? clientName(lane) : targetsText(record);
  const facts = isRole(lane) ? factsOf(scene, lane) : undefined;
  const believes = facts !== undefined && end >= facts.grantedAt && beliefEnd(facts) >= end;
  const what = faultLabel(record);
  const label = lane === 'etcd' ? `${shorten(targetsText(record), 24)}: ${what}` : what;
  const texts = [label, shorten(what, 18)];
  const since = begins < from ? from - begins : undefined;
  const start = sketch.point(Math.max(begins, from), lane, say.afflicted(who, fault, since));
  sketch.bar({
    lane,
    ...shape,
    from: since === undefined ? start : null,
    to: end > to ? null : sketch.point(end, lane, say.relieved(who, fault, lasted, believes)),
    texts: Number.isFinite(lasted)
      ? [`${label}${shape.kind === 'paused' ? '' : ','} ${duration(lasted)}`, ...texts]
      : texts,
  });
}
