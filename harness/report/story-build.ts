/**
 * Turns a violation (or a refused attempt) into its story: the two sections, what etcd and the storage did, in the order
 * of time. Pure. The times of operations are the controller's; where a moment inside an operation is drawn, its order
 * is the storage's own or etcd's own, and its place in between an estimate.
 */
import { isStopping } from './fault-words.js';
import { plural, shorten, value } from './format.js';
import type { RecordIndex } from './record-index.js';
import { rolesOf, type Scene, type StorySubject } from './scene.js';
import { type SectionFacts, sectionFacts } from './section-facts.js';
import { createSketch } from './sketch.js';
import type { Story } from './story.js';
import { drawGrant, drawHold } from './story-clients.js';
import { drawExpiry, drawGap, drawOwners, drawPromise } from './story-etcd.js';
import { drawFaults } from './story-faults.js';
import { drawOperations, drawOverlap } from './story-storage.js';

/** Undefined where the violation is about no section, or the record lacks them: then there is nothing to draw. */
export function buildStory(subject: StorySubject, index: RecordIndex): Story | undefined {
  const first = subject.first && sectionFacts(index, subject.first);
  const second = subject.second && sectionFacts(index, subject.second);
  if (first === undefined || (subject.second !== undefined && second === undefined)) return undefined;
  const sketch = createSketch();
  const scene: Scene = { subject, index, sketch, first, second, ...frame(subject, index, first, second) };

  // Of two points at one time the one made first stands first: causes before effects.
  const omittedFaults = drawFaults(scene);
  const grants = rolesOf(scene).map((role) => ({
    grant: drawGrant(scene, role),
    expiry: drawExpiry(scene, role),
  }));
  drawOperations(scene);
  const [hold1, hold2] = grants.map(({ grant }, n) => drawHold(scene, n === 0 ? 'first' : 'second', grant));
  const [expiry1, expiry2] = grants.map(({ expiry }) => expiry);
  if (hold1 === undefined) return undefined;
  drawOwners(scene, { first: hold1, ...(hold2 && { second: hold2 }) }, { first: expiry1, second: expiry2 });
  if (subject.kind === 'overlapping-sections') drawOverlap(scene);
  else if (subject.kind === 'premature-expiry') drawPromise(scene, expiry1);
  else if (subject.kind !== 'never-owned') drawGap(scene, expiry1, hold1.beliefEnds);
  return {
    zero: first.grantedAt,
    laneNames: {
      first: ['client 1', where(first)],
      etcd: ['etcd', 'owner of the lock'],
      storage: ['storage', subject.key === undefined ? '' : shorten(value(subject.key), 18)],
      ...(second && { second: ['client 2', where(second)] as const }),
    },
    ...sketch.finish(first.grantedAt),
    remarks: remarks(scene, omittedFaults),
  };
}

const where = ({ witness, node }: SectionFacts): string =>
  shorten(`process ${witness.process}${node === undefined ? '' : `, ${node}`}`, 22);

/** How long after the last thing that the proof rests on the first client's notice of its loss still belongs to the story, in ns. */
const NOTICE_NS = 500e6;

/** From the first client's grant, or the stop that it was granted under, to the last thing that the proof rests on. */
function frame(
  subject: StorySubject,
  index: RecordIndex,
  first: SectionFacts,
  second: SectionFacts | undefined,
): { from: number; to: number } {
  const sections = second === undefined ? [first] : [first, second];
  const named = new Set(sections.flatMap(({ witness }) => witness.operations));
  const times = sections
    .flatMap(({ operations }) => operations)
    .filter(
      ({ operation, decision }) =>
        named.has(operation.invocation.index) || (decision !== undefined && subject.decisions.includes(decision.seq)),
    )
    .map(({ answered, leaves }) => answered ?? leaves);
  const early = first.faults
    .filter(
      ({ fault, from, to }) =>
        isStopping(fault.inject.value) && from < first.grantedAt && (to ?? first.grantedAt) >= first.grantedAt,
    )
    .map(({ from }) => from);
  // What explains it all is seen, were it only its end.
  const causeEnds = index.fault(subject.fault)?.heal?.time ?? Number.POSITIVE_INFINITY;
  const granted = sections.map(({ grantedAt }) => grantedAt);
  const to = Math.max(...granted, subject.to, ...times);
  const notice = first.loss !== undefined && first.loss.time <= to + NOTICE_NS ? first.loss.time : 0;
  return {
    from: Math.min(...granted, causeEnds, ...early, ...startOf(subject, index, first)),
    to: Math.max(to, notice, ...endOf(subject, first)),
  };
}

/** What a story begins with that came before its first grant. */
function startOf({ kind, operations = [] }: StorySubject, index: RecordIndex, { key }: SectionFacts): number[] {
  if (kind === 'never-owned') return key?.deleted === undefined ? [] : [key.deleted.time];
  if (kind !== 'premature-expiry') return [];
  return operations.flatMap((op) => index.operation(op)?.invocation.time ?? []);
}

/** What a story ends with that came behind all that was done. */
function endOf({ kind, numbers: { earlyNs } }: StorySubject, { key }: SectionFacts): number[] {
  const gone = key?.deleted?.time;
  return kind === 'premature-expiry' && gone !== undefined ? [gone + (earlyNs ?? 0)] : [];
}

function remarks({ first, second, subject }: Scene, omittedFaults: number): string[] {
  const list: string[] = [];
  const omitted = first.omitted + (second?.omitted ?? 0);
  if (omitted > 0)
    list.push(
      `${plural(omitted, 'further operation')} of these sections ${omitted === 1 ? 'is' : 'are'} left out of the picture.`,
    );
  if (omittedFaults > 0)
    list.push(
      `${plural(omittedFaults, 'further fault')} in force at this time ${omittedFaults === 1 ? 'is' : 'are'} left out of the picture.`,
    );
  const unseen = [
    first.key === undefined ? 'client 1' : '',
    second !== undefined && second.key === undefined ? 'client 2' : '',
  ].filter((name) => name !== '');
  if (unseen.length > 0) list.push(`The watch on etcd has no record of the lock key of ${unseen.join(' and ')}.`);
  if (subject.kind === 'replayed-write' && subject.decisions.length > 1)
    list.push(`The storage carried the write out in its decisions ${subject.decisions.join(' and ')}; one is drawn.`);
  return list;
}
