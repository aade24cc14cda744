/**
 * Updates of the workloads whose values are no counts: `set` and `append`, whose sections each add one unique element to what they
 * have read, and `register`, whose sections each write a unique value. lost-updates.ts says what is claimed and why.
 */
import { valueAt } from '../harness/history/value-columns.js';
import type { Evidence } from './evidence.js';
import type { Findings } from './findings.js';
import type { JudgedKey } from './judged-keys.js';
import type { KeySteps, LostStep, WrongStep } from './key-steps.js';
import { followElements } from './lost-elements.js';
import { followRegister } from './register-values.js';
import { countUpdate, lossWitness, type Sums } from './update-sums.js';
import { tell } from './witness.js';

interface Followed {
  lost: LostStep[];
  wrong: WrongStep[];
  objection?: string | undefined;
  present: number;
}

/** Workloads, as the settings name them. */
const FOLLOWED: Readonly<Record<string, (steps: KeySteps) => Followed>> = {
  set: (steps) => followElements(steps, false),
  append: (steps) => followElements(steps, true),
  register: followRegister,
  leader: followRegister,
};

/** How to judge a key under that workload; undefined where its values are counts. */
export function followerOf(workload: string): ((steps: KeySteps) => Followed) | undefined {
  return Object.hasOwn(FOLLOWED, workload) ? FOLLOWED[workload] : undefined;
}

export function judgeValues(
  evidence: Evidence,
  { key, lane, entries }: JudgedKey,
  follow: (steps: KeySteps) => Followed,
  findings: Findings,
  sums: Sums,
): void {
  const { log, tables } = evidence;
  const place = (at: number): number => entries[at] as number;
  if (entries.some((entry) => log.again[entry] === 1))
    return findings.doubt(`an operation on key ${key} was decided twice`);
  const { lost, wrong, objection, present } = follow({
    length: entries.length,
    isWrite: Uint8Array.from(entries, (entry) => (log.isWrite(entry) ? 1 : 0)),
    section: entries.map((entry) => log.hold(entry)),
    value: (at) => valueAt(tables.decisions, log.row(place(at))),
  });
  if (objection !== undefined) return findings.doubt(`${objection}: key ${key}`);
  for (const step of wrong) findings.violation('wrong-value', lane, () => wrongWitness(evidence, key, step, place));
  const isLost = new Uint8Array(entries.length);
  for (const { at, undoneBy, base } of lost) {
    isLost[at] = 1;
    const places = { read: place(base), gone: place(at), late: place(undoneBy) };
    findings.violation('lost-update', lane, () => lossWitness(evidence, key, places));
  }
  entries.forEach((entry, at) => {
    if (log.isWrite(entry)) countUpdate(evidence, sums, entry, isLost[at] === 1);
  });
  sums.present += present;
}

function wrongWitness(evidence: Evidence, key: string, { at, from, why }: WrongStep, place: (at: number) => number) {
  const { log } = evidence;
  const entry = place(at);
  return {
    key,
    ...tell(evidence, { hold: log.hold(entry), operations: [log.operation[entry] as number] }),
    detail: why,
    decisions: (from === -1 ? [entry] : [place(from), entry]).map((place) => log.seq(place)),
    numbers: {},
  };
}
