/**
 * Recovery: was the system itself again once all faults were healed? Leases, queues and members may keep a scar that no stale
 * write shows: a lock that nobody gets any more, a member that stays away.
 *
 * `not-recovered`: after the final heal the lock of some lane was not taken again, or the cluster was not healthy, within
 * the stated time. Whoever carried out the run tried it and recorded one entry of it; this checker reads that entry.
 *
 * Sound as far as that entry is: it names what was tried in vain, and the time that it was given. It is no statement about
 * the lock's guarantee, which `data` and `exclusion` decide, and it does not depend on the assumptions: a run with little
 * traffic can fail to recover, too. Complete for what was tried; of what comes after the entry it knows nothing.
 *
 * Nobody tried where the program of every client of the lane was gone at last, as the harness's own words say: such lanes are a doubt.
 * Nor is it held against the system that all was well a little later than the stated time: what was measured is when somebody
 * looked, which is an upper bound. That is a figure.
 *
 * A fault whose heal is not proven may still be in force: then it, and not the system, may be to blame, and the answer is
 * `unknown`. Where faults were injected and nobody looked, the answer is `unknown`; where there were none, there is nothing to recover
 * from. Cost: O(entries), once for all checkers.
 */
import { slotsOf } from '../harness/history/fault-reach.js';
import type { RecoveryEntry } from '../harness/history/operation.js';
import { F, NEMESIS } from '../harness/history/tables.js';
import { type Evidence, evidenceOf } from './evidence.js';
import { createFindings } from './findings.js';
import type { Checker, Violation } from './verdict.js';

/** What belongs to no lane. */
const NO_LANE = -1;

export const recovery: Checker = {
  name: 'recovery',
  description: 'after the final heal a lock could not be taken again, or the cluster was not healthy in time',
  decides: 'recovery',
  check(tables) {
    const evidence = evidenceOf(tables);
    const findings = createFindings('recovery');
    const { damage, faults, recovery: entry } = evidence;
    if (damage !== undefined) findings.doubt(damage);
    if (entry === undefined) {
      if (faults.length > 0) findings.doubt(`nobody looked whether the system recovered from ${faults.length} faults`);
      return findings.result({});
    }
    const { withinMs, tookMs, lanesNotLocked, cluster } = entry.value;
    const isWell = lanesNotLocked.length === 0 && cluster.length === 0;
    const untried = lanesNotLocked.length === 0 ? 0 : countUntried(evidence, entry);
    const unhealed = faults.filter(({ heal }) => heal?.value.receipt.proven !== true).length;
    if (!isWell && unhealed > 0)
      findings.doubt(`the system was not well again, but ${unhealed} faults were not healed for certain`);
    else if (cluster.length > 0 || lanesNotLocked.length > untried)
      findings.violation('not-recovered', NO_LANE, () => witness(evidence, entry));
    else if (untried > 0)
      findings.doubt(`nobody tried to take the lock of ${untried} lanes: all of their programs had been given up`);
    else if (tookMs === undefined) findings.doubt('recovery was not seen, and nothing is named that was wrong');
    return findings.result({ recoveryWithinMs: withinMs, ...(tookMs === undefined ? {} : { recoveryMs: tookMs }) });
  },
};

/** Number of the named lanes in which no client had a program any more: the last word of each is that it is gone. O(rows). */
function countUntried({ tables: { history, settings } }: Evidence, { index, value }: RecoveryEntry): number {
  const slots = slotsOf(settings);
  const exited = history.errors.indexOf('client-exited');
  /** By slot: whether the last entry of it says that its program is gone. */
  const gone = new Map<number, boolean>();
  const goneOf = new Map<number, number>();
  for (let row = index - 1; row >= 0; row--) {
    const process = history.process[row] as number;
    const slot = slots > 0 ? process % slots : process;
    if (process === NEMESIS || gone.has(slot)) continue;
    const isGone = history.f[row] === F['harness-error'] && history.error[row] === exited;
    gone.set(slot, isGone);
    const lane = history.lane[row] as number;
    if (isGone) goneOf.set(lane, (goneOf.get(lane) ?? 0) + 1);
  }
  return value.lanesNotLocked.filter((lane) => (goneOf.get(lane) ?? 0) >= Math.max(1, settings.clients)).length;
}

function witness({ faults }: Evidence, entry: RecoveryEntry): Omit<Violation, 'kind' | 'lane'> {
  const healed = faults.reduce((latest, { heal }) => Math.max(latest, heal?.time ?? 0), 0);
  return {
    recovery: { entry: entry.index, ...entry.value },
    decisions: [],
    from: Math.min(healed, entry.time),
    to: entry.time,
    numbers: {},
  };
}
