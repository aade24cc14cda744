/**
 * What holds did wrong, found by comparing each with every other, on the entries as they stand. It trusts the record. For tests;
 * not part of the program.
 */
import type { OperationEntry } from '../../harness/history/operation.js';
import type { RunRecord } from '../../harness/history/run-record.js';

export interface PlainHold {
  process: number;
  lane: number;
  token: number;
  asked: number;
  granted: number;
  /** Index of what ended it; infinite if nothing did. */
  ended: number;
  /** How the release that ended it was answered; missing if none did. */
  release?: OperationEntry['type'];
}

export function plainHolds({ history }: RunRecord): PlainHold[] {
  const entries = history.filter((entry): entry is OperationEntry => entry.process !== 'nemesis' && entry.f !== 'lost');
  return entries
    .filter(({ f, type }) => f === 'acquire' && type === 'ok')
    .map((granted) => {
      const mine = entries.filter(({ process }) => process === granted.process);
      const after = mine.filter(({ index, type }) => index > granted.index && type === 'invoke');
      const answerTo = (asked: OperationEntry) => mine.find(({ index }) => index > asked.index)?.type ?? 'info';
      const end = after.find(
        (entry) =>
          ['acquire', 'open', 'close'].includes(entry.f) || (entry.f === 'release' && answerTo(entry) !== 'fail'),
      );
      return {
        process: granted.process,
        lane: granted.lane,
        token: Number(granted.token),
        asked: mine.findLast(({ index }) => index < granted.index)?.index ?? -1,
        granted: granted.index,
        ended: end?.index ?? Number.POSITIVE_INFINITY,
        ...(end?.f === 'release' ? { release: answerTo(end) } : {}),
      };
    });
}

/** `late-write SEQ` and `stale-read SEQ`. Of tokens that are create revisions. */
export function plainLateEffects(run: RunRecord): string[] {
  const holds = plainHolds(run);
  const holdOf = ({ op, process }: { op: number; process: number }) =>
    holds.find((hold) => hold.process === process && hold.granted < op && op < hold.ended);
  const accepted = run.decisions.filter(({ verdict }) => verdict === 'accepted');
  return accepted.flatMap((decision, at) => {
    const hold = holdOf(decision);
    if (hold === undefined) return [];
    const isNewer = (other: PlainHold) =>
      other.lane === hold.lane && (other.token > hold.token || other.asked > hold.granted);
    const isReplaced = holds.some(
      (other) => isNewer(other) && hold.granted < other.granted && other.granted < decision.op,
    );
    if (!isReplaced) return [];
    if (decision.f === 'read') return [`stale-read ${decision.seq}`];
    const isStale = accepted
      .slice(0, at)
      .some(({ f, key, token }) => f === 'write' && key === decision.key && Number(token) > Number(decision.token));
    return isStale ? [] : [`late-write ${decision.seq}`];
  });
}

/** `token-reused` and `token-order`, with the index of the acquire of the hold that breaks the rule. */
export function plainTokenFaults(run: RunRecord): string[] {
  const holds = plainHolds(run).sort((a, b) => a.asked - b.asked);
  const slots = run.settings.lanes * run.settings.clients;
  return holds.flatMap((hold, at) => {
    const inLane = holds.filter(({ lane }) => lane === hold.lane);
    const owner = holds.slice(0, at).findLast(({ lane, token }) => lane === hold.lane && token === hold.token);
    const isSame = owner !== undefined && (hold.process - owner.process) % slots === 0 && owner.release !== 'ok';
    const falls = inLane.some(({ granted, token }) => granted < hold.asked && token > hold.token);
    return [
      ...(owner === undefined || isSame ? [] : [`token-reused ${hold.asked}`]),
      ...(falls ? [`token-order ${hold.asked}`] : []),
    ];
  });
}

/** `acquire: how many holds were asked for after it and granted before its answer`, for those that were granted. */
export function plainOvertaken(run: RunRecord): string[] {
  const holds = plainHolds(run);
  return holds.map(({ asked, granted, lane }) => {
    const others = holds.filter((other) => other.lane === lane && other.asked > asked && other.granted < granted);
    return `${asked}: ${others.length}`;
  });
}
