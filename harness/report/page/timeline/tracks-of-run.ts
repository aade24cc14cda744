/** The tracks of a run: which of its operations and holds are drawn as what. Pure. */
import { DECISION, OUTCOME, type PageData } from '../../page-data.js';
import { makeTrack, type Track } from './tracks.js';

export interface RunTracks {
  /** Acquires, granted or not. Ids are rows of `operations`; grade 1: it failed, 2: nobody knows. */
  readonly waits: Track;
  /** All other operations; grades as above. */
  readonly requests: Track;
  /** What the storage decided on writes, and on reads that it refused or should have refused, at the moment of the answer. */
  readonly marks: Track;
  /** Holds as the clients believed. Ids are rows of `holds`. */
  readonly beliefs: Track;
  /** Holds as etcd had them. */
  readonly owned: Track;
  /** From the end of a hold in etcd to the end of the belief in it, where that is more than normal. */
  readonly gaps: Track;
}

/** Grades of `waits` and `requests`, beside 0. */
export const FAILED = 1;
export const UNSURE = 2;
/** Grades of `marks` are those of DECISION. */
const GRADES = 4;

export function tracksOfRun(data: PageData): RunTracks {
  const { operations, holds, functions, clients } = data;
  const rows = clients.length;
  const [acquire, read] = [functions.indexOf('acquire'), functions.indexOf('read')];
  const client = (n: number): number => operations.client[n] ?? -1;
  const spans = {
    length: operations.length,
    start: (n: number) => operations.start[n]!,
    end: (n: number) => operations.end[n]!,
    grade: (n: number) => gradeOf(operations.outcome[n]!),
    grades: 3,
  };
  const isMark = (n: number): boolean => {
    const decision = operations.decision[n]!;
    return decision > DECISION.accepted || (decision === DECISION.accepted && operations.f[n] !== read);
  };
  const holder = (n: number): number => holds.client[n] ?? -1;
  return {
    waits: makeTrack(rows, { ...spans, row: (n) => (operations.f[n] === acquire ? client(n) : -1) }),
    requests: makeTrack(rows, { ...spans, row: (n) => (operations.f[n] === acquire ? -1 : client(n)) }),
    marks: makeTrack(rows, {
      length: operations.length,
      row: (n) => (isMark(n) ? client(n) : -1),
      start: spans.end,
      end: spans.end,
      grade: (n) => operations.decision[n]!,
      grades: GRADES,
    }),
    beliefs: makeTrack(rows, {
      length: holds.length,
      row: holder,
      start: (n) => holds.from[n]!,
      end: (n) => holds.to[n]!,
    }),
    owned: makeTrack(rows, {
      length: holds.length,
      row: (n) => (holds.etcdFrom[n]! >= 0 ? holder(n) : -1),
      start: (n) => holds.etcdFrom[n]!,
      end: (n) => etcdEnd(data, n),
    }),
    gaps: makeTrack(rows, {
      length: holds.length,
      row: (n) => (gapOf(data, n) > 0 ? holder(n) : -1),
      start: (n) => Math.max(holds.from[n]!, holds.etcdTo[n]!),
      end: (n) => holds.to[n]!,
    }),
  };
}

function gradeOf(outcome: number): number {
  if (outcome === OUTCOME.ok) return 0;
  return outcome === OUTCOME.fail ? FAILED : UNSURE;
}

/** A hold that etcd was not seen to end lasted to the end of the run, as far as anybody knows. */
function etcdEnd({ holds, endNs }: PageData, n: number): number {
  const to = holds.etcdTo[n]!;
  return to >= 0 ? to : endNs;
}

/** How long the client believed in a hold that etcd had ended, where that is more than normal; else 0. */
export function gapOf({ holds }: PageData, n: number): number {
  const to = holds.etcdTo[n]!;
  if (holds.late[n] !== 1 || to < 0) return 0;
  return Math.max(0, holds.to[n]! - Math.max(holds.from[n]!, to));
}
