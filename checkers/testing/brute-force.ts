/**
 * The violations of a record found in the plainest way that comes to mind, in quadratic time or worse and with nothing shared
 * with the checkers: what they are compared with. It trusts the record. For tests; not part of the program.
 */
import type { Decision } from '../../harness/history/decision.js';
import type { OperationEntry } from '../../harness/history/operation.js';
import type { RunRecord } from '../../harness/history/run-record.js';

interface Section {
  acquire: number;
  lane: number;
  start: number;
  end: number;
}

/** Pairs of overlapping sections, each as the sorted indexes of their acquires. */
export function overlappingPairs(run: RunRecord): string[] {
  const sections = definiteSections(run);
  const pairs: string[] = [];
  for (const a of sections) {
    for (const b of sections) {
      const length = Math.min(a.end, b.end) - Math.max(a.start, b.start);
      if (a.acquire < b.acquire && a.lane === b.lane && length > 0) pairs.push(`${a.acquire}-${b.acquire}`);
    }
  }
  return pairs;
}

function definiteSections({ history, decisions }: RunRecord): Section[] {
  const entries = history.filter((entry): entry is OperationEntry => entry.process !== 'nemesis');
  return entries
    .filter((entry) => entry.f === 'acquire' && entry.type === 'ok')
    .map((granted) => {
      const mine = entries.filter((entry) => entry.process === granted.process && entry.f !== 'keep-alive');
      const again = mine.find((entry) => entry.index > granted.index && entry.f === 'acquire');
      const under = mine.filter((e) => e.index > granted.index && (again === undefined || e.index < again.index));
      const acquire = mine.findLast((entry) => entry.index < granted.index)?.index ?? -1;
      let end = granted.time;
      for (const { index, f, type, time } of under) {
        if (type !== 'invoke') continue;
        const answer = under.find((e) => e.index > index && e.f === f && e.type !== 'invoke');
        const logged = decisions.some((decision) => decision.op === index);
        const left = answer?.type === 'ok' || answer?.error === 'timeout' || answer?.error === 'unavailable';
        const told = under.some((e) => (e.f === 'lost' && e.index < (answer?.index ?? 0)) || e.error === 'lock-lost');
        const counts =
          f === 'release'
            ? left && !told
            : answer?.type === 'ok' || answer?.error === 'fenced' || (answer?.type !== 'fail' && logged);
        if (counts) end = Math.max(end, time);
      }
      return { acquire, lane: granted.lane, start: granted.time, end };
    });
}

/**
 * Whether the holds, of which only acquires and releases are looked at and all of those were answered, can follow each other: some
 * order of them in which every acquire and release has a moment between its two entries.
 */
export function canFollowEachOther({ history }: RunRecord): boolean {
  const entries = history.filter((entry): entry is OperationEntry => entry.process !== 'nemesis');
  const [askedAt, grantedAt, leavingAt, leftAt] = (['acquire', 'release'] as const).flatMap((f) =>
    [true, false].map((begins) => (process: number) => {
      const half = entries.find((e) => e.process === process && e.f === f && (e.type === 'invoke') === begins);
      return half?.time ?? Number.NaN;
    }),
  ) as [At, At, At, At];
  const follow = (left: readonly number[], now: number): boolean =>
    left.length === 0 ||
    left.some((process) => {
      const acquired = Math.max(now, askedAt(process));
      const released = Math.max(acquired, leavingAt(process));
      const fits = acquired <= grantedAt(process) && released <= leftAt(process);
      return (
        fits &&
        follow(
          left.filter((other) => other !== process),
          released,
        )
      );
    });
  return follow([...new Set(entries.map(({ process }) => process))], 0);
}

type At = (process: number) => number;

const sectionOf = ({ process, token }: Decision) => `${process}/${token}`;

function acceptedOn(run: RunRecord): Decision[][] {
  const keys = [...new Set(run.decisions.map(({ key }) => key))];
  return keys.map((key) => run.decisions.filter((d) => d.key === key && d.verdict === 'accepted'));
}

/** `seq` of every accepted write that follows one with a larger token. */
export function staleSeqs(run: RunRecord): number[] {
  return acceptedOn(run).flatMap((accepted) =>
    accepted
      .filter(
        (late, at) =>
          late.f === 'write' &&
          accepted.slice(0, at).some((d) => d.f === 'write' && BigInt(d.token) > BigInt(late.token)),
      )
      .map(({ seq }) => seq),
  );
}

/** `seq` of every accepted write whose operation was accepted before. */
export function replayedSeqs({ decisions }: RunRecord): number[] {
  const accepted = decisions.filter(({ f, verdict }) => f === 'write' && verdict === 'accepted');
  return accepted.filter(({ op }, n) => accepted.slice(0, n).some((before) => before.op === op)).map(({ seq }) => seq);
}

/** `seq` of every operation at which a section comes back after another one that it does not commute with. */
export function interleavedSeqs(run: RunRecord): number[] {
  return acceptedOn(run).flatMap((accepted) =>
    accepted
      .filter((late, at) => {
        const earlier = accepted.slice(0, at).findLastIndex((d) => sectionOf(d) === sectionOf(late));
        return earlier !== -1 && accepted.slice(earlier + 1, at).some((d) => d.f === 'write' || late.f === 'write');
      })
      .map(({ seq }) => seq),
  );
}

/**
 * `lost by undoing`, as seqs: which increments the value contains is replayed as a set, write by write. An increment is lost if
 * it is not in the last set, and undone by the write that first took it out.
 */
export function losses(run: RunRecord): string[] {
  return acceptedOn(run).flatMap((accepted) => {
    const known = new Map<string, ReadonlySet<number>>();
    const undoneBy = new Map<number, number>();
    let contained: ReadonlySet<number> = new Set();
    for (const decision of accepted) {
      if (decision.f === 'write') {
        const before = contained;
        contained = new Set([...(known.get(sectionOf(decision)) ?? []), decision.seq]);
        for (const seq of before) if (!contained.has(seq) && !undoneBy.has(seq)) undoneBy.set(seq, decision.seq);
      }
      known.set(sectionOf(decision), contained);
    }
    return [...undoneBy].filter(([lost]) => !contained.has(lost)).map(([lost, by]) => `${lost} by ${by}`);
  });
}

/** `seq` of every read that does not return the last write, and every write that is not one more than its section knew. */
export function miscountedSeqs(run: RunRecord): number[] {
  return acceptedOn(run).flatMap((accepted) => {
    const known = new Map<string, unknown>();
    let value: unknown = null;
    const wrong: number[] = [];
    for (const decision of accepted) {
      const section = sectionOf(decision);
      if (decision.f === 'read' && (decision.value ?? 0) !== (value ?? 0)) wrong.push(decision.seq);
      if (decision.f === 'write') {
        if (decision.value !== ((known.get(section) as number | null) ?? 0) + 1) wrong.push(decision.seq);
        value = decision.value;
      }
      known.set(section, decision.value);
    }
    return wrong;
  });
}
