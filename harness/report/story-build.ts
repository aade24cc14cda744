/**
 * Turns a violation (or a refused attempt) into its story: the two sections, what etcd and the storage did, in the order
 * of time. Pure. The times of operations are the controller's; where a moment inside an operation is drawn, its order
 * is the storage's own or etcd's own, and its place in between an estimate.
 */
import { isStopping } from './fault-words.js';
import { plural, shorten, value } from './format.js';
import type { RecordIndex } from './record-index.js';
import type { Scene, StorySubject } from './scene.js';
import { type SectionFacts, sectionFacts } from './section-facts.js';
import { createSketch } from './sketch.js';
import type { Story } from './story.js';
import { drawGrant, drawHold } from './story-clients.js';
import { drawExpiry, drawGap, drawOwners } from './story-etcd.js';
import { drawFaults } from './story-faults.js';
import { drawOperations, drawOverlap } from './story-storage.js';

/** Undefined where the violation is not about two sections, or the record lacks them: then there is nothing to draw. */
export function buildStory(subject: StorySubject, index: RecordIndex): Story | undefined {
  const first = subject.first && sectionFacts(index, subject.first);
  const second = subject.second && sectionFacts(index, subject.second);
  if (first === undefined || second === undefined) return undefined;
  const sketch = createSketch();
  const scene: Scene = { subject, index, sketch, first, second, ...frame(subject, index, first, second) };

  // Of two points at one time the one made first stands first: causes before effects.
  const omittedFaults = drawFaults(scene);
  const [grant1, expiry1] = [drawGrant(scene, 'first'), drawExpiry(scene, 'first')];
  const [grant2, expiry2] = [drawGrant(scene, 'second'), drawExpiry(scene, 'second')];
  drawOperations(scene);
  const holds = { first: drawHold(scene, 'first', grant1), second: drawHold(scene, 'second', grant2) };
  const expiries = { first: expiry1, second: expiry2 };
  drawOwners(scene, holds, expiries);
  if (subject.kind === 'overlapping-sections') drawOverlap(scene);
  else drawGap(scene, expiries.first, holds.first.beliefEnds);
  return {
    zero: first.grantedAt,
    laneNames: {
      first: ['client 1', where(first)],
      etcd: ['etcd', 'owner of the lock'],
      storage: ['storage', subject.key === undefined ? '' : shorten(value(subject.key), 18)],
      second: ['client 2', where(second)],
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
  second: SectionFacts,
): { from: number; to: number } {
  const named = new Set([...first.witness.operations, ...second.witness.operations]);
  const times = [...first.operations, ...second.operations]
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
  const to = Math.max(second.grantedAt, subject.to, ...times);
  const notice = first.loss !== undefined && first.loss.time <= to + NOTICE_NS ? first.loss.time : 0;
  return { from: Math.min(first.grantedAt, second.grantedAt, causeEnds, ...early), to: Math.max(to, notice) };
}

function remarks({ first, second }: Scene, omittedFaults: number): string[] {
  const list: string[] = [];
  const omitted = first.omitted + second.omitted;
  if (omitted > 0)
    list.push(
      `${plural(omitted, 'further operation')} of these sections ${omitted === 1 ? 'is' : 'are'} left out of the picture.`,
    );
  if (omittedFaults > 0)
    list.push(
      `${plural(omittedFaults, 'further fault')} in force at this time ${omittedFaults === 1 ? 'is' : 'are'} left out of the picture.`,
    );
  const unseen = [first.key === undefined ? 'client 1' : '', second.key === undefined ? 'client 2' : ''].filter(
    (name) => name !== '',
  );
  if (unseen.length > 0) list.push(`The watch on etcd has no record of the lock key of ${unseen.join(' and ')}.`);
  return list;
}
