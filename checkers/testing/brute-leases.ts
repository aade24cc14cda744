/**
 * What the ends of lock keys prove, found in the plainest way that comes to mind, in cubic time and with nothing shared with the
 * checkers: what they are compared with. It trusts the record, and knows small revisions only. For tests; not part of the program.
 */
import type { OperationEntry } from '../../harness/history/operation.js';
import type { RunRecord } from '../../harness/history/run-record.js';

interface Plain {
  f: string;
  process: number;
  lane: number;
  asked: OperationEntry;
  answered: OperationEntry | undefined;
}

function operationsOf({ history }: RunRecord): Plain[] {
  const entries = history.filter((entry): entry is OperationEntry => entry.process !== 'nemesis');
  return entries
    .filter(({ type }) => type === 'invoke')
    .map((asked) => {
      const { f, process, lane } = asked;
      const mine = entries.filter((entry) => entry.process === process && entry.f === f && entry.index > asked.index);
      return { f, process, lane, asked, answered: mine[0]?.type === 'invoke' ? undefined : mine[0] };
    });
}

/** The lease under which an acquire was made; undefined if its process had no session. */
function leaseOf(operations: readonly Plain[], acquire: Plain): string | undefined {
  const before = operations.findLast(
    ({ f, process, asked }) =>
      process === acquire.process && asked.index < acquire.asked.index && (f === 'open' || f === 'close'),
  );
  if (before?.f !== 'open' || before.answered?.type !== 'ok') return undefined;
  return (before.answered.value as { lease: string }).lease;
}

const isGranted = ({ f, answered }: Plain): boolean => f === 'acquire' && answered?.type === 'ok';

export interface PlainEnding {
  created: string;
  kind: 'premature' | 'expired' | 'undecided';
}

/** Ends of holds that their clients had no part in, by create revision. Of keys named by their leases only. */
export function plainEndings(run: RunRecord): PlainEnding[] {
  const operations = operationsOf(run);
  const slots = run.settings.lanes * run.settings.clients;
  const deletions = run.ownership.filter(({ type }) => type === 'delete');
  const creators = [...new Set(run.ownership.map(({ createRevision }) => createRevision))].flatMap((created) => {
    const key = run.ownership.find(({ createRevision }) => createRevision === created);
    const hold = operations.find(
      (acquire) =>
        isGranted(acquire) &&
        acquire.lane === key?.lane &&
        acquire.answered?.token === created &&
        leaseOf(operations, acquire) === key.lease,
    );
    return hold === undefined || key === undefined ? [] : [{ created, hold, key }];
  });
  return creators.flatMap(({ created, hold, key }): PlainEnding[] => {
    const deletion = deletions.find(({ createRevision }) => createRevision === created);
    const promises = operations
      .filter(({ f, answered }) => (f === 'open' || f === 'keep-alive') && answered?.type === 'ok')
      .map(({ asked, answered }) => ({ ...(answered?.value as { ttlMs: number; lease: string }), from: asked.time }))
      .filter(({ lease }) => lease === key.lease);
    if (deletion === undefined || promises.length === 0) return [];
    const until = Math.max(...promises.map(({ from, ttlMs }) => from + ttlMs * 1e6 * 0.99));
    const at = Number(deletion.revision);
    const notBefore = Math.max(
      ...creators.filter((other) => Number(other.created) <= at).map((other) => other.hold.asked.time),
    );
    const grants = creators
      .filter(
        (other) =>
          other.key.lane === key.lane &&
          Number(other.created) > Number(created) &&
          (other.hold.answered?.index ?? 0) > (hold.answered?.index ?? 0),
      )
      .sort((a, b) => (a.hold.answered?.index ?? 0) - (b.hold.answered?.index ?? 0))
      .map((other) => other.hold.answered?.time ?? 0)
      .slice(0, 1)
      .filter((granted) => granted >= notBefore);
    let notAfter = Math.min(
      ...grants,
      ...run.ownership.filter(({ revision }) => Number(revision) >= at).map(({ time }) => time),
      ...creators.filter((other) => Number(other.created) >= at).map((other) => other.hold.answered?.time ?? 0),
    );
    const acts = operations.filter(
      ({ f, process, asked }) =>
        ['release', 'close', 'open', 'acquire'].includes(f) &&
        process % slots === hold.process % slots &&
        asked.index > hold.asked.index,
    );
    const [act] = acts;
    const foundNothing =
      act?.f === 'release' &&
      act.process === hold.process &&
      act.answered?.type === 'ok' &&
      (act.answered.value as { deleted: boolean }).deleted === false;
    if (foundNothing) notAfter = Math.min(notAfter, act.answered?.time ?? 0);
    else if (acts.some(({ asked }) => asked.time <= notAfter)) return [];
    if (notAfter < until) return [{ created, kind: 'premature' }];
    const isExpired = run.settings.keepAlive === 'controller' && notBefore >= until;
    return [{ created, kind: isExpired ? 'expired' : 'undecided' }];
  });
}

/** Indexes of acquires that were answered `ok` for a key that was never the oldest one, or was gone, or never was. */
export function plainNeverOwned(run: RunRecord): number[] {
  const { ownership } = run;
  const granted = operationsOf(run).filter(isGranted);
  const isCovered = (revision: number): boolean =>
    ownership.some(({ member: by }) => {
      const told = ownership.filter(({ member }) => member === by).map((event) => Number(event.revision));
      return told.some((at) => at < revision) && told.some((at) => at > revision);
    });
  return granted
    .filter(({ asked, answered, lane }) => {
      const inLane = ownership.filter((event) => event.lane === lane);
      const own = inLane.filter(({ createRevision }) => createRevision === answered?.token);
      const token = Number(answered?.token);
      if (own.length === 0) {
        const created = inLane.map(({ createRevision }) => Number(createRevision));
        return created.some((at) => at < token) && created.some((at) => at > token) && isCovered(token);
      }
      const end = own.find(({ type }) => type === 'delete');
      if (end === undefined) return false;
      const queue = end.key.slice(0, -end.lease.length);
      return (
        own.some(({ type, time }) => type === 'delete' && time < asked.time) ||
        inLane.some(
          ({ createRevision, revision, key, lease }) =>
            key === `${queue}${lease}` && Number(createRevision) < token && Number(revision) > Number(end.revision),
        )
      );
    })
    .map(({ asked }) => asked.index);
}

/** Acquires that were told a create revision that an acquire of another client had been told first: `index after index`. */
export function plainShared(run: RunRecord): string[] {
  const slots = run.settings.lanes * run.settings.clients;
  const granted = operationsOf(run).filter(isGranted);
  return granted.flatMap((late) => {
    const first = granted.find(({ lane, answered }) => lane === late.lane && answered?.token === late.answered?.token);
    const isKnown = run.ownership.some(
      ({ lane, createRevision }) => lane === late.lane && createRevision === late.answered?.token,
    );
    if (!isKnown || first === undefined || first.process % slots === late.process % slots) return [];
    return [`${late.asked.index} after ${first.asked.index}`];
  });
}
