/** The kinds of violations in words, for people who have never heard of them. Data, and nothing else. */
import type { ViolationKind } from '../../checkers/verdict.js';

export interface KindText {
  kind: ViolationKind;
  /** The part of the judgement that it belongs to. */
  part: 'data' | 'exclusion' | 'service' | 'liveness' | 'recovery';
  title: string;
  singular: string;
  /** What this kind means. */
  meaning: string;
}

/** In the order of the report: the most telling first. */
export const KINDS: readonly KindText[] = [
  {
    kind: 'stale-write',
    part: 'data',
    title: 'Stale writes',
    singular: 'a stale write',
    meaning:
      'The storage accepted a write with a fencing token smaller than one that it had accepted before: by a client whose time with the lock was over.',
  },
  {
    kind: 'lost-update',
    part: 'data',
    title: 'Lost updates',
    singular: 'a lost update',
    meaning:
      'An update that the storage had accepted is missing from the value, because a later write was made from what had been read before it.',
  },
  {
    kind: 'replayed-write',
    part: 'data',
    title: 'Writes carried out twice',
    singular: 'a write carried out twice',
    meaning:
      'A client asked for one write, and the storage carried it out two times: a request that was sent again was taken for a new one. What others wrote in between may be gone.',
  },
  {
    kind: 'interleaved-sections',
    part: 'data',
    title: 'Interleaved sections',
    singular: 'interleaved sections',
    meaning:
      'A client used the resource, then another did, then the first again within the same section: under a lock that cannot be.',
  },
  {
    kind: 'wrong-count',
    part: 'data',
    title: 'Values that do not add up',
    singular: 'a value that does not add up',
    meaning: 'A read or a written value is not what follows from the writes that the storage accepted.',
  },
  {
    kind: 'wrong-value',
    part: 'data',
    title: 'Wrong values',
    singular: 'a wrong value',
    meaning:
      'A value holds what nobody wrote, or holds it twice, or a read did not answer with what the accepted writes come to.',
  },
  {
    kind: 'not-linearizable',
    part: 'data',
    title: 'Answers that fit no order',
    singular: 'answers that fit no order',
    meaning:
      'Whatever order one puts the operations on a resource in, each at some moment between its request and its answer, some answer is wrong: the resource did not behave like one thing that does one operation after the other (it is not linearizable).',
  },
  {
    kind: 'late-write',
    part: 'exclusion',
    title: 'Late writes that no token gave away',
    singular: 'a late write that no token gave away',
    meaning:
      'A client sent a write after another had been granted the lock, and the storage accepted it, as it had seen no larger token: mostly because the new holder had not written yet. No storage can know of a token that it has not seen.',
  },
  {
    kind: 'stale-read',
    part: 'exclusion',
    title: 'Stale reads',
    singular: 'a stale read',
    meaning:
      'A client asked for the value after another had been granted the lock, and the storage gave it: what it does with that value rests on a lock that it no longer had.',
  },
  {
    kind: 'overlapping-sections',
    part: 'exclusion',
    title: 'Overlapping sections',
    singular: 'overlapping sections',
    meaning:
      'Two clients were inside their sections under the same lock at the same time. A lease cannot rule this out, and fencing does not restore it; fencing keeps it from doing harm.',
  },
  {
    kind: 'premature-expiry',
    part: 'service',
    title: 'Locks taken away too early',
    singular: 'a lock taken away too early',
    meaning:
      "A lease is a promise: with each keep-alive that etcd answers, the lock's key stays for one more TTL. Here the key was gone before that time was over, and its holder had not given it up. This is not a lease that ran out because its client was too slow to renew it; those are counted by themselves.",
  },
  {
    kind: 'never-owned',
    part: 'service',
    title: 'Locks granted that were not there',
    singular: 'a lock granted that was not there',
    meaning:
      "A client was told that it holds the lock, but in etcd's own order of revisions its key never was the oldest one: it had been deleted before its turn came, or it never existed.",
  },
  {
    kind: 'shared-revision',
    part: 'service',
    title: 'One key for two owners',
    singular: 'one key for two owners',
    meaning: 'Two clients were told that they own the lock by the same key of etcd, and so with the same revision.',
  },
  {
    kind: 'token-reused',
    part: 'service',
    title: 'Tokens given twice',
    singular: 'a token given twice',
    meaning: 'Two holds of one lock have the same fencing token, so that no storage can tell one from the other.',
  },
  {
    kind: 'token-order',
    part: 'service',
    title: 'Tokens out of order',
    singular: 'tokens out of order',
    meaning:
      'A client was granted the lock after another, with a fencing token that is not larger: the storage would refuse the new holder and trust the old one.',
  },
  {
    kind: 'watch-anomaly',
    part: 'service',
    title: 'Watches that contradict themselves',
    singular: 'a watch that contradicts itself',
    meaning:
      'A watch on the lock keys told events out of order, twice, with one left out, from a revision that did not exist yet, or otherwise than another watch told them.',
  },
  {
    kind: 'refused-owner',
    part: 'liveness',
    title: 'Rightful holders refused',
    singular: 'a rightful holder refused',
    meaning:
      'The storage refused an operation of a client that still had the lock: its later release found its key in place. Fencing is to keep out late clients, not this one.',
  },
  {
    kind: 'never-free',
    part: 'liveness',
    title: 'Locks that were never free again',
    singular: 'a lock that was never free again',
    meaning: 'From some time on nobody got the lock any more until the end of the run, although clients asked for it.',
  },
  {
    kind: 'starved-waiter',
    part: 'liveness',
    title: 'Clients that waited in vain',
    singular: 'a client that waited in vain',
    meaning:
      'A client queued for the lock and was passed over again and again, while others that had come later got it.',
  },
  {
    kind: 'not-recovered',
    part: 'recovery',
    title: 'Not recovered',
    singular: 'a system that did not recover',
    meaning:
      'After all faults were healed, the lock of some lane could not be taken again, or the cluster was not healthy, within the stated time.',
  },
];

const USUAL: ReadonlySet<ViolationKind> = new Set([
  'stale-write',
  'lost-update',
  'interleaved-sections',
  'wrong-count',
  'overlapping-sections',
]);

/** Kinds that a table of numbers has a row for: what everybody looks for even where there is none, and what there is. */
export function countedKinds(runs: readonly Record<ViolationKind, number>[]): KindText[] {
  return KINDS.filter(
    ({ kind }) => kind !== 'not-recovered' && (USUAL.has(kind) || runs.some((counts) => counts[kind] > 0)),
  );
}
