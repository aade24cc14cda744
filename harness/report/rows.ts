/** The rows of numbers that pages and terminals show alike. */
import type { Outcome } from '../../checkers/verdict.js';
import { count, milliseconds } from './format.js';
import { countedKinds } from './kinds.js';
import type { VerdictJson } from './verdict-schema.js';

export interface Row {
  name: string;
  value: string;
}

/** Assumptions are no property of the lock: what they come to is whether the evidence is good enough. */
export function evidenceWord(assumptions: Outcome): string {
  return { clean: 'sufficient', unknown: 'insufficient', violated: 'contradictory' }[assumptions];
}

/** Whether etcd and the lock on it kept their word, for the head of a page. */
export function serviceWord(service: Outcome): string {
  return { clean: 'kept', unknown: 'unknown', violated: 'broken' }[service];
}

/** Whether free locks were handed on and their holders served. */
export function livenessWord(liveness: Outcome): string {
  return { clean: 'all were served', unknown: 'unknown', violated: 'not all were served' }[liveness];
}

type Counted = Pick<
  VerdictJson,
  'settings' | 'counts' | 'refused' | 'operations' | 'faults' | 'checkers' | 'unexplained' | 'recovery' | 'recovered'
>;

/** The system's recovery in a word, for the head of a page. */
export function recoveryWord({ recovery, recovered }: Pick<VerdictJson, 'recovery' | 'recovered'>): string {
  if (recovery === 'clean') return recovered === null ? 'nothing to recover from' : 'recovered';
  return recovery === 'violated' ? 'not recovered' : 'unknown';
}

function recoveryText(run: Pick<VerdictJson, 'recovery' | 'recovered'>): string {
  const { recovered } = run;
  if (recovered === null) return recoveryWord(run);
  const { tookMs } = recovered;
  const took = tookMs === undefined ? '' : ` in ${milliseconds(Math.round(tookMs))}`;
  return `${recoveryWord(run)}${took}`;
}

/** The same names in the same order for all `beside`, so that runs can stand side by side. */
export function rowsOf(run: Counted, beside: readonly Counted[] = [run]): Row[] {
  const { counts, refused, operations, faults, unexplained } = run;
  const figures = figuresOf(run);
  const figure = (name: string): string => (figures[name] === undefined ? '?' : count(figures[name]));
  const hasPromises = beside.some((each) => LEASE_ENDS.some((name) => figuresOf(each)[name] !== undefined));
  return [
    ...countedKinds(beside.map((each) => each.counts)).map(({ kind, title }) => ({
      name: title,
      value: count(counts[kind]),
    })),
    ...(hasPromises
      ? [{ name: 'Leases that ran out / ended too early / not decided', value: LEASE_ENDS.map(figure).join(' / ') }]
      : []),
    ...shareLost(figures, run.settings.workload, beside),
    { name: 'Listed violations with no fault in force', value: count(unexplained) },
    { name: 'Writes refused by the storage', value: count(refused.writes) },
    { name: 'Reads refused by the storage', value: count(refused.reads) },
    {
      name: 'Lock hand-overs a minute (under a fault)',
      value: `${figure('handOversPerMinute')} (${figure('handOversUnderFaultPerMinute')})`,
    },
    ...raftCosts(figure, beside),
    {
      name: 'Faults injected / proven / healed',
      value: `${count(faults.injected)} / ${count(faults.proven)} / ${count(faults.healed)}`,
    },
    { name: 'Recovery after the last heal', value: recoveryText(run) },
    {
      name: 'Operations: ok / failed / unknown to their client',
      value: `${count(operations.ok)} / ${count(operations.fail)} / ${count(operations.info)}`,
    },
  ];
}

/** Of the updates that storage and client agreed on, how many the last value does not stand on. */
function shareLost(figures: Record<string, number>, workload: string, beside: readonly Counted[]): Row[] {
  if (!beside.some((each) => (figuresOf(each)['acknowledged'] ?? 0) > 0)) return [];
  const { acknowledged = 0, lostAcknowledged = 0 } = figures;
  const share = acknowledged === 0 ? '?' : `${((100 * lostAcknowledged) / acknowledged).toFixed(1)} %`;
  // The same measure of the same workload, with pauses of etcd's servers (jepsen.io/analyses/etcd-3.4.3, 2020).
  const published = workload === 'set' ? "; Jepsen's test of etcd 3.4.3: about 18 %" : '';
  return [
    {
      name: 'Acknowledged updates lost',
      value: `${count(lostAcknowledged)} of ${count(acknowledged)} (${share}${published})`,
    },
  ];
}

function raftCosts(figure: (name: string) => string, beside: readonly Counted[]): Row[] {
  if (!beside.some((each) => figuresOf(each)['raftEntries'] !== undefined)) return [];
  const [acquire, failed, handOver] = ['PerAcquire', 'PerFailedTry', 'PerHandOver'].map((per) =>
    figure(`raftEntries${per}`),
  );
  return [
    {
      name: "Entries of etcd's log for each acquire / try in vain / hand-over",
      value: `${acquire} / ${failed} / ${handOver}`,
    },
  ];
}

/** How holds ended that their clients had not given up: by the checker of lease promises. */
const LEASE_ENDS = ['expiredHolds', 'prematureHolds', 'undecidedHolds'] as const;

function figuresOf({ checkers }: Counted): Record<string, number> {
  return Object.assign({}, ...checkers.map((each) => each.figures)) as Record<string, number>;
}
