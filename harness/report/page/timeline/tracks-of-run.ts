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
  const [waits, requests, marks] = [
    emptyRows(operations.length),
    emptyRows(operations.length),
    emptyRows(operations.length),
  ];
  for (let n = 0; n < operations.length; n++) {
    const f = operations.f[n];
    (f === acquire ? waits : requests)[n] = operations.client[n]!;
    const decision = operations.decision[n]!;
    if (decision > DECISION.accepted || (decision === DECISION.accepted && f !== read))
      marks[n] = operations.client[n]!;
  }
  const { start, end } = operations;
  const spans = { start, end, grade: operations.outcome.map(gradeOf), grades: 3 };
  const [beliefs, owned, gaps] = [emptyRows(holds.length), emptyRows(holds.length), emptyRows(holds.length)];
  const [etcdTo, lost] = [new Float64Array(holds.length), new Float64Array(holds.length)];
  for (let n = 0; n < holds.length; n++) {
    const row = holds.client[n]!;
    beliefs[n] = row;
    if (holds.etcdFrom[n]! >= 0) owned[n] = row;
    if (gapOf(data, n) > 0) gaps[n] = row;
    etcdTo[n] = etcdEnd(data, n);
    lost[n] = Math.max(holds.from[n]!, holds.etcdTo[n]!);
  }
  return {
    waits: makeTrack(rows, { row: waits, ...spans }),
    requests: makeTrack(rows, { row: requests, ...spans }),
    marks: makeTrack(rows, { row: marks, start: end, end, grade: operations.decision, grades: GRADES }),
    beliefs: makeTrack(rows, { row: beliefs, start: holds.from, end: holds.to }),
    owned: makeTrack(rows, { row: owned, start: holds.etcdFrom, end: etcdTo }),
    gaps: makeTrack(rows, { row: gaps, start: lost, end: holds.to }),
  };
}

const emptyRows = (length: number): Int32Array => new Int32Array(length).fill(-1);

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
