/** The storage's lane of a story: every operation's way there and back, and what the storage decided. */
import { duration, shorten, value } from './format.js';
import { clientName, otherRole, ROLES, type Role, type Scene } from './scene.js';
import { decisionTimes, type TimedOperation } from './section-facts.js';
import type { Mark } from './story.js';
import * as say from './story-steps.js';

/** In the order of the decisions, so that those of one time keep it. */
export function drawOperations(scene: Scene): void {
  const times = decisionTimes([...scene.first.operations, ...scene.second.operations]);
  const drawn = ROLES.flatMap((role) =>
    scene[role].operations.map((timed) => {
      const { index } = timed.operation.invocation;
      const decided = times.get(index);
      return {
        role,
        timed,
        decided,
        at: decided ?? timed.leaves,
        rank: timed.decision?.seq ?? Number.MAX_SAFE_INTEGER,
        index,
      };
    }),
  );
  drawn.sort((a, b) => a.at - b.at || a.rank - b.rank || a.index - b.index);
  for (const { role, timed, decided } of drawn)
    if (timed.leaves <= scene.to) drawOperation(scene, role, timed, decided);
}

function drawOperation(scene: Scene, role: Role, timed: TimedOperation, decidedAt: number | undefined): void {
  const { sketch, to } = scene;
  const before = meets(scene, role, timed);
  const sentence = say.storageStep(clientName(role), scene[role].witness.token, timed, before);
  const leaves = sketch.point(Math.min(timed.leaves, decidedAt ?? timed.leaves), role, sentence);
  // Nothing was sent, or nothing arrived: the sentence alone tells it.
  if (decidedAt === undefined || timed.decision === undefined) return;
  const tone = sentence.tone;
  const text = label(timed, scene[role].witness.token);
  const decided = sketch.point(decidedAt);
  const { answered } = timed;
  const isHeard = answered !== undefined && answered <= to && timed.operation.completion?.type !== 'info';
  // The label stands behind the whole exchange, so that its second arrow does not run through it.
  const go = { from: { lane: role, at: leaves }, to: { lane: 'storage' as const, at: decided }, tone, answer: false };
  sketch.arrow(isHeard ? go : { ...go, text });
  sketch.mark({ lane: 'storage', ...decision(timed, role, before), moment: decided });
  if (isHeard)
    sketch.arrow({
      from: { lane: 'storage', at: decided },
      to: { lane: role, at: sketch.point(answered) },
      tone,
      answer: true,
      text,
    });
}

function label({ operation: { invocation }, decision }: TimedOperation, token: string): string {
  if (invocation.f === 'write') return `write ${value(invocation.value, 14)}, token ${shorten(token, 20)}`;
  return decision?.verdict === 'accepted' ? `read: ${value(decision.value, 14)}` : `read, token ${shorten(token, 20)}`;
}

function decision({ decision: taken }: TimedOperation, role: Role, before: say.Before): Pick<Mark, 'kind' | 'text'> {
  if (taken?.verdict === 'refused') return { kind: 'refused', text: 'REFUSED' };
  if (before.larger !== undefined) return { kind: 'stale', text: 'STALE WRITE ACCEPTED' };
  if (before.undoes) return { kind: 'stale', text: `UNDOES ${clientName(otherRole(role)).toUpperCase()}` };
  return { kind: 'accepted' };
}

/** What a write meets: a larger token, the other client's write just before it, a read of its own from before that. */
function meets({ index, ...scene }: Scene, role: Role, { decision: taken }: TimedOperation): say.Before {
  const nothing = { larger: undefined, other: undefined, undoes: false };
  if (taken === undefined || taken.f !== 'write' || taken.verdict !== 'accepted') return nothing;
  const earlier = (side: Role, f: 'read' | 'write'): TimedOperation['decision'] =>
    scene[side].operations
      .map((op) => op.decision)
      .findLast((d) => d?.f === f && d.verdict === 'accepted' && d.key === taken.key && d.seq < taken.seq);
  const theirs = earlier(otherRole(role), 'write');
  const read = earlier(role, 'read');
  const mine = earlier(role, 'write');
  const undoes =
    theirs !== undefined &&
    read !== undefined &&
    read.seq < theirs.seq &&
    (mine === undefined || mine.seq < theirs.seq);
  const adjacent = theirs !== undefined && index.replacedBy(taken.seq)?.seq === theirs.seq;
  return {
    larger: index.staleAgainst(taken.seq),
    other:
      theirs !== undefined && (adjacent || undoes)
        ? { by: clientName(otherRole(role)), value: theirs.value }
        : undefined,
    undoes,
  };
}

/** The time that both clients certainly spent inside their sections, as the checker measured it. */
export function drawOverlap({ sketch, subject, first, second }: Scene): void {
  const ns = subject.numbers.overlapNs;
  if (ns === undefined) return;
  const start = Math.max(first.grantedAt, second.grantedAt);
  const [from, to] = [sketch.closest(start), sketch.closest(start + ns)];
  if (from !== undefined && to !== undefined)
    sketch.bracket({ from, to, text: `both clients are inside their sections: ${duration(ns)}` });
}
