/**
 * Recipes of our own against a real etcd, as the command line runs them: each shows what it is known to break under, and nothing is laid
 * at etcd's door.
 */
import { describe, expect, it } from 'vitest';
import { type Judged, judged } from './support/judged.js';

/** A short run without faults, unless others are given. */
const run = (recipe: string, ...more: string[]): Promise<Judged> =>
  judged('--recipe', recipe, '--seed', '3', '--etcd-nodes', '3', '--time', '8', '--faults', 'none', ...more);

/** Entries of etcd's log for each acquire that got the lock. */
function costOf({ checkers }: Judged): number {
  return checkers.find(({ checker }) => checker === 'raft-cost')?.figures['raftEntriesPerAcquire'] ?? Number.NaN;
}

const VIOLATED = { verdict: 'violated', exclusion: 'violated' };

describe.concurrent('without any fault', () => {
  it.each(['naive', 'naive-wait', 'lease-keepalive'])(
    '%s lets two clients in with one create revision',
    async (recipe) => {
      // Its word is not asked for, as it is the recipe itself that breaks it.
      const { code, ...verdict } = await run(recipe, '--expect', 'violation');
      expect(verdict).toMatchObject({ ...VIOLATED, service: 'violated' });
      expect(verdict.counts['shared-revision']).toBeGreaterThan(0);
      expect(code).toBe(0);
    },
  );

  it('lease-fixed breaks when the section outlasts the TTL, and etcd keeps its word', async () => {
    const { code, ...verdict } = await run('lease-fixed', '--ttl', '2', '--think', '4000', '--time', '12');
    expect(verdict).toMatchObject({ exclusion: 'violated', service: 'clean' });
    expect(verdict.counts['overlapping-sections']).toBeGreaterThan(0);
    expect([1, 2]).toContain(code);
  });

  it("trylock-spin and trylock-wait are exclusive, and the first burns etcd's log", async () => {
    const clean = { code: 0, verdict: 'clean', exclusion: 'clean', service: 'clean', liveness: 'clean' };
    const [spin, wait] = [
      await run('trylock-spin', '--expect', 'clean'),
      await run('trylock-wait', '--expect', 'clean'),
    ];
    expect(spin).toMatchObject(clean);
    expect(wait).toMatchObject(clean);
    expect(costOf(spin)).toBeGreaterThan(2 * costOf(wait));
    expect(spin.checkers.find(({ checker }) => checker === 'raft-cost')?.series?.[0]?.points.length).toBeGreaterThan(3);
  });

  it('txn-guard never excludes, and guards what is written to etcd', async () => {
    const { code, counts, refused, ...verdict } = await run('txn-guard', '--storage', 'etcd', '--fencing', 'guard');
    expect(verdict).toMatchObject({ exclusion: 'violated', service: 'clean' });
    expect(counts['overlapping-sections']).toBeGreaterThan(10);
    expect(refused.writes).toBeGreaterThan(10);
    expect({ stale: counts['stale-write'], lost: counts['lost-update'] }).toEqual({ stale: 0, lost: 0 });
    // Reads are not guarded: sections get between the operations of each other.
    expect(code).toBe(1);
  });
});

describe.concurrent('under faults', () => {
  it.each(['trylock-spin', 'trylock-wait'])('%s harms the data when holders are paused', async (recipe) => {
    // Stopped between read and write until the lease is gone, each time.
    const paused = ['--faults', 'pause:on=before-write:for=1.6ttl', '--time', '10'];
    const verdict = await run(recipe, ...paused, '--expect', 'violation');
    expect(verdict).toMatchObject({ ...VIOLATED, code: 0, service: 'clean' });
    expect(verdict.counts['stale-write']).toBeGreaterThan(0);
  });

  it('trylock-wait with fencing does not', async () => {
    const fenced = ['--fencing', 'on', '--expect', 'clean'];
    const verdict = await run('trylock-wait', '--faults', 'pause', '--time', '12', ...fenced);
    expect(verdict).toMatchObject({ code: 0, verdict: 'clean', exclusion: 'violated', service: 'clean' });
  });

  it('lease-bare-delete lets clients in beside each other that no fault has hit', async () => {
    // Sections so long that there is a holder whenever one that was paused comes back and unlocks.
    const paused = ['--faults', 'pause', '--think', '1000', '--time', '24'];
    const verdict = await run('lease-bare-delete', ...paused, '--expect', 'violation');
    expect(verdict).toMatchObject({ ...VIOLATED, code: 0, service: 'clean' });
    const overlaps = verdict.violations.filter(({ kind }) => kind === 'overlapping-sections');
    expect(overlaps.some(({ fault }) => fault === undefined)).toBe(true);
  });

  it('no-lease is locked for ever by a holder that is killed', async () => {
    const verdict = await run('no-lease', '--faults', 'kill:at=2s:for=2s@holder', '--storage', 'http');
    expect(verdict).toMatchObject({ code: 1, service: 'clean', liveness: 'violated', recovery: 'violated' });
    expect(verdict.exclusion).not.toBe('violated');
    expect(verdict.counts['never-free']).toBeGreaterThan(0);
  });
});
