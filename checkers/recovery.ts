/**
 * Recovery: was the system itself again once all faults were healed? Leases, queues and members may keep a scar that no stale
 * write shows: a lock that nobody gets any more, a member that stays away.
 *
 * `not-recovered`: after the final heal the lock of some lane could not be taken again, or the cluster was not healthy, within
 * the stated time. Whoever carried out the run tried it and recorded one entry of it; this checker reads that entry.
 *
 * Sound as far as that entry is: it names what was tried in vain, and the time that it was given. It is no statement about
 * the lock's guarantee, which `data` and `exclusion` decide, and it does not depend on the assumptions: a run with little
 * traffic can fail to recover, too. Complete for what was tried; of what comes after the entry it knows nothing.
 *
 * A fault whose heal is not proven may still be in force: then it, and not the system, may be to blame, and the answer is
 * `unknown`. Where faults were injected and nobody looked, the answer is `unknown`; where there were none, there is nothing to recover
 * from. Cost: O(entries), once for all checkers.
 */
import type { RecoveryEntry } from '../harness/history/operation.js';
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
    const unhealed = faults.filter(({ heal }) => heal?.value.receipt.proven !== true).length;
    if (!isWell && unhealed > 0)
      findings.doubt(`the system was not well again, but ${unhealed} faults were not healed for certain`);
    else if (!isWell || (tookMs !== undefined && tookMs > withinMs))
      findings.violation('not-recovered', NO_LANE, () => witness(evidence, entry));
    else if (tookMs === undefined) findings.doubt('recovery was not seen, and nothing is named that was wrong');
    return findings.result({ recoveryWithinMs: withinMs, ...(tookMs === undefined ? {} : { recoveryMs: tookMs }) });
  },
};

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
