/** The clients' lanes of a story: waiting, the hold as the client believes it, and how it ends. */
import { shorten } from './format.js';
import { clientName, factsOf, type Role, type Scene } from './scene.js';
import type { SectionFacts } from './section-facts.js';
import type { Point } from './sketch.js';
import * as say from './story-steps.js';

export interface DrawnGrant {
  /** Where etcd begins to see this client as the owner. */
  owns: Point;
  granted: Point;
}

export interface DrawnHold extends DrawnGrant {
  /** Where etcd takes in the release; missing if that lies behind the picture. */
  released: Point | undefined;
  /** Where the client learns or decides that it no longer has the lock; missing if that lies behind the picture. */
  beliefEnds: Point | undefined;
}

const MISORDERED: ReadonlySet<string> = new Set(['token-reused', 'token-order', 'shared-revision']);

/** When the client stops believing that it has the lock: it releases it, or its library says that it is lost. */
export function beliefEnd({ loss, release }: SectionFacts): number {
  return Math.min(loss?.time ?? Number.POSITIVE_INFINITY, release?.invocation.time ?? Number.POSITIVE_INFINITY);
}

export function drawGrant(scene: Scene, role: Role): DrawnGrant {
  const { sketch, from } = scene;
  const facts = factsOf(scene, role);
  const asked = facts.askedAt >= from ? drawRequest(scene, role) : null;
  // The observer may tell of a grant later than the client that got it.
  const owned = Math.max(facts.askedAt, facts.key?.owned?.from ?? facts.grantedAt);
  const owns = sketch.point(Math.max(from, Math.min(facts.grantedAt, owned)));
  const granted = sketch.point(
    facts.grantedAt,
    role,
    say.granted(
      clientName(role),
      facts,
      role === 'second' ? scene.first : undefined,
      MISORDERED.has(scene.subject.kind),
    ),
  );
  const text = `ok, token ${shorten(facts.witness.token, 20)}`;
  sketch.arrow({
    from: { lane: 'etcd', at: owns },
    to: { lane: role, at: granted },
    tone: 'plain',
    answer: true,
    text,
  });
  sketch.bar({ lane: role, kind: 'waiting', from: asked, to: granted, texts: ['waits'] });
  return { owns, granted };
}

export function drawHold(scene: Scene, role: Role, grant: DrawnGrant): DrawnHold {
  const { sketch, to, index } = scene;
  const facts = factsOf(scene, role);
  const end = beliefEnd(facts);
  const goesOn = facts.operations.some(({ operation }) => operation.invocation.time >= end);
  const lost =
    facts.loss !== undefined && facts.loss.time === end && end <= to
      ? sketch.point(
          end,
          role,
          say.lossNoticed(
            clientName(role),
            facts.loss.message ?? reasonOf(facts.loss.value),
            index.record.settings.onLoss,
            goesOn,
          ),
        )
      : undefined;
  const release = drawRelease(scene, role);
  const beliefEnds = lost ?? release?.sent;
  sketch.bar({
    lane: role,
    kind: 'hold',
    from: grant.granted,
    to: beliefEnds ?? null,
    texts: ['believes that it holds the lock', 'believes it holds', 'holds'],
  });
  if (lost !== undefined && goesOn) {
    sketch.bar({
      lane: role,
      kind: 'lost',
      from: lost,
      to: release?.sent ?? null,
      texts: ['goes on without the lock', 'goes on'],
    });
  }
  return { ...grant, released: release?.arrived, beliefEnds };
}

function drawRequest({ sketch, ...scene }: Scene, role: Role): Point {
  const { askedAt } = factsOf(scene, role);
  const asked = sketch.point(askedAt);
  const to = { lane: 'etcd' as const, at: sketch.point(askedAt) };
  sketch.arrow({ from: { lane: role, at: asked }, to, tone: 'plain', answer: false });
  return asked;
}

function drawRelease({ sketch, to, ...scene }: Scene, role: Role): { sent: Point; arrived: Point } | undefined {
  const { release, expired } = factsOf(scene, role);
  if (release === undefined || release.invocation.time > to) return undefined;
  const sent = sketch.point(release.invocation.time, role, say.released(clientName(role), expired));
  const arrived = sketch.point(Math.min(to, release.completion?.time ?? to));
  sketch.arrow({ from: { lane: role, at: sent }, to: { lane: 'etcd', at: arrived }, tone: 'plain', answer: false });
  return { sent, arrived };
}

function reasonOf(data: unknown): string | undefined {
  if (typeof data === 'string') return data;
  if (typeof data === 'object' && data !== null && 'reason' in data && typeof data.reason === 'string')
    return data.reason;
  return undefined;
}
