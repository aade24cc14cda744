/** The storage's lane of a story: every operation's way there and back, and what the storage decided. */
import type { Decision } from '../history/decision.js';
import { duration, shorten, value } from './format.js';
import { clientName, factsOf, otherRole, rolesOf, type Role, type Scene } from './scene.js';
import { decisionTimes, type TimedOperation } from './section-facts.js';
import type { Mark } from './story.js';
import * as say from './story-steps.js';

/** In the order of the decisions, so that those of one time keep it. */
export function drawOperations(scene: Scene): void {
  const roles = rolesOf(scene);
  const times = decisionTimes(roles.flatMap((role) => factsOf(scene, role).operations));
  const drawn = roles.flatMap((role) =>
    factsOf(scene, role).operations.map((timed) => {
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
  const { token } = factsOf(scene, role).witness;
  const before = meets(scene, role, timed);
  const sentence = say.storageStep(clientName(role), token, timed, before);
  const leaves = sketch.point(Math.min(timed.leaves, decidedAt ?? timed.leaves), role, sentence);
  // Nothing was sent, or nothing arrived: the sentence alone tells it.
  if (decidedAt === undefined || timed.decision === undefined) return;
  const tone = sentence.tone;
  const text = label(timed, token);
  const decided = sketch.estimate(decidedAt);
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

function decision(
  { decision: taken }: TimedOperation,
  role: Role,
  before: say.Before,
): Pick<Mark, 'kind' | 'text' | 'undoes'> {
  if (taken?.verdict === 'refused')
    return { kind: 'refused', text: before.judged === 'refused-owner' ? 'HOLDER REFUSED' : 'REFUSED' };
  if (before.judged === 'late-write') return { kind: 'stale', text: 'LATE WRITE ACCEPTED' };
  if (before.judged === 'stale-read') return { kind: 'stale', text: 'STALE READ' };
  const harm = before.undoes ? { undoes: true as const } : {};
  if (before.larger !== undefined) return { kind: 'stale', text: 'STALE WRITE ACCEPTED', ...harm };
  if (before.undoes) return { kind: 'stale', text: `UNDOES ${clientName(otherRole(role)).toUpperCase()}`, ...harm };
  return { kind: 'accepted' };
}

/** What a write meets at the storage. */
function meets(scene: Scene, role: Role, { operation, leaves, decision: taken }: TimedOperation): say.Before {
  const judged = judgedAs(scene, role, taken);
  if (taken?.f !== 'write' || taken.verdict !== 'accepted') {
    return { judged, larger: undefined, lateNs: undefined, other: undefined, undoes: false };
  }
  const { key, expired, witness } = factsOf(scene, role);
  const rival = scene.second && factsOf(scene, otherRole(role)).witness.token;
  const larger = scene.index.staleAgainst(taken.seq);
  const gone = expired ? key?.deleted?.time : undefined;
  const isLate = gone !== undefined && operation.invocation.time > gone;
  const by = larger === rival && rival !== witness.token ? clientName(otherRole(role)) : undefined;
  return {
    judged,
    larger: larger === undefined ? undefined : { token: larger, by },
    lateNs: isLate ? leaves - gone : undefined,
    ...overwrites(scene, role, taken),
  };
}

/** The operation that the story is about, where another than its being stale or undoing something is wrong with it. */
function judgedAs({ subject }: Scene, role: Role, taken: Decision | undefined): say.Before['judged'] {
  const { kind, decisions } = subject;
  if (kind !== 'late-write' && kind !== 'stale-read' && kind !== 'refused-owner') return undefined;
  return role === 'first' && taken !== undefined && taken.seq === decisions.at(-1) ? kind : undefined;
}

/**
 * The other client's write that this one takes the place of. It is undone where the checker says so, or where this client
 * had read before it and not since.
 */
function overwrites(
  { subject, index, ...scene }: Scene,
  role: Role,
  write: Decision,
): Pick<say.Before, 'other' | 'undoes'> {
  if (scene.second === undefined) return { other: undefined, undoes: false };
  const earlier = (side: Role, f?: 'read'): Decision | undefined =>
    factsOf(scene, side)
      .operations.flatMap(({ decision: d }) => d ?? [])
      .findLast((d) => d.f === (f ?? 'write') && d.verdict === 'accepted' && d.key === write.key && d.seq < write.seq);
  const { lostSeq, undoneBySeq } = subject.numbers;
  const isJudged = subject.kind === 'lost-update' && undoneBySeq === write.seq;
  const theirs = isJudged ? index.decision(lostSeq ?? -1) : earlier(otherRole(role));
  if (theirs === undefined) return { other: undefined, undoes: false };
  const base = Math.max(earlier(role, 'read')?.seq ?? 0, earlier(role)?.seq ?? 0);
  const undoes = isJudged || (base > 0 && base < theirs.seq);
  const replaces = index.replacedBy(write.seq)?.seq === theirs.seq;
  const other = undoes || replaces ? { by: clientName(otherRole(role)), value: theirs.value } : undefined;
  return { other, undoes };
}

/** The time that both clients certainly spent inside their sections, as the checker measured it. */
export function drawOverlap({ sketch, subject, first, second }: Scene): void {
  const ns = subject.numbers.overlapNs;
  if (ns === undefined || second === undefined) return;
  const start = Math.max(first.grantedAt, second.grantedAt);
  const [from, to] = [sketch.closest(start), sketch.closest(start + ns)];
  if (from !== undefined && to !== undefined)
    sketch.bracket({ from, to, text: `both clients are inside their sections: ${duration(ns)}` });
}
