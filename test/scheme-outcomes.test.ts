/**
 * Fencing schemes, tokens and storages in whole runs with the queue lock: each scheme with a hole shows it, the one that closes the hole
 * does not, and storages that are struck themselves keep what they have acknowledged. What each decides in every order of requests:
 * databases.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { thingsOf } from './support/cluster.js';
import { leasebreaker } from './support/command.js';
import { type Judged, judged } from './support/judged.js';

/** Holders are stopped between read and write until their lease is gone, again and again in each lane. */
const PAUSES = 'pause:on=before-write:for=1.6ttl';

describe.concurrent('the first-write hole', () => {
  // The next holder reads about 2 s into a pause of 3.2 s and thinks for up to 3 s, so that most late writes come before its own.
  const HOLE = ['--faults', PAUSES, '--lanes', '4', '--think', '3000', '--time', '12'];

  it('is open with monotonic: what comes before the first write of the next holder is accepted', async () => {
    const { code, ...verdict } = await judged(...HOLE, '--fencing', 'monotonic', '--expect', 'violation');
    expect(verdict).toMatchObject({ verdict: 'violated', exclusion: 'violated', service: 'clean' });
    expect(verdict.counts['interleaved-sections']).toBeGreaterThan(0);
    expect(code).toBe(0);
  });

  it('is closed with monotonic+register: the same writes are refused', async () => {
    const { code, ...verdict } = await judged(...HOLE, '--fencing', 'monotonic+register', '--expect', 'clean');
    expect(verdict).toMatchObject({ verdict: 'clean', exclusion: 'violated', service: 'clean' });
    expect(verdict.counts['interleaved-sections']).toBe(0);
    expect(verdict.refused.writes).toBeGreaterThan(0);
    expect(code).toBe(0);
  });
});

it.concurrent('asking etcd before each write leaves the time between the answer and the write', async () => {
  const asking = ['--fencing', 'ask-etcd', '--faults', PAUSES, '--time', '10'];
  const { code, ...verdict } = await judged(...asking, '--expect', 'violation');
  expect(verdict).toMatchObject({ verdict: 'violated', exclusion: 'violated', service: 'clean' });
  expect(verdict.counts['stale-write']).toBeGreaterThan(0);
  expect(code).toBe(0);
});

describe.concurrent('the rightful owner is refused, without any fault', () => {
  const CALM = ['--faults', 'none', '--ttl', '5', '--time', '5'];
  const CLEAN = { stale: 0, lost: 0, overlapping: 0 };
  const harm = ({ counts }: Pick<Judged, 'counts'>) => ({
    stale: counts['stale-write'],
    lost: counts['lost-update'],
    overlapping: counts['overlapping-sections'],
  });

  it('by equality: the first writer pins the key for ever', async () => {
    const verdict = await judged(...CALM, '--fencing', 'equality');
    expect(verdict).toMatchObject({ verdict: 'clean', exclusion: 'clean', liveness: 'violated' });
    expect(harm(verdict)).toEqual(CLEAN);
    expect(verdict.counts['refused-owner']).toBeGreaterThan(1);
  });

  it('by any order of lease ids, which is that of the grants and not of the holders', async () => {
    const verdict = await judged(...CALM, '--fencing', 'on', '--token', 'lease-id');
    expect(harm(verdict)).toEqual(CLEAN);
    expect(verdict.counts['token-order']).toBeGreaterThan(0);
    expect(verdict.refused.reads).toBeGreaterThan(0);
    // Tokens that say nothing of the order of the holders prove nothing either.
    expect(verdict).toMatchObject({ verdict: 'unknown', assumptions: 'unknown', service: 'violated', code: 2 });
  });
});

it('http, which forgets the highest token when it ends, is not killed', async () => {
  const { code, stderr } = await leasebreaker(['run', '--faults', 'kill@storage']);
  expect(stderr).toContain('the storage http forgets everything when it is killed');
  expect(code).toBe(64);
});

// Killed and stopped while late writes come in: the highest token has to be there again when the storage is.
it.concurrent.each(['http-durable', 'postgres', 'redis'])(
  '%s, struck itself, refuses every late write',
  async (storage) => {
    const struck = `kill:at=2s:for=1s@storage,pause:at=6s:for=2s@storage,${PAUSES}`;
    const { code, ...verdict } = await judged(
      '--storage',
      storage,
      '--fencing',
      'on',
      '--lanes',
      '3',
      '--faults',
      struck,
    );
    // Whether sections meet is chance; that late writes came, the refusals show.
    expect(verdict).toMatchObject({ verdict: 'clean', service: 'clean', recovery: 'clean' });
    expect(verdict.refused.writes).toBeGreaterThan(0);
    const { injected, proven, healed } = verdict.faults;
    expect(injected).toBeGreaterThan(3);
    expect({ proven, healed }).toEqual({ proven: injected, healed: injected });
    expect(code).toBe(0);
    expect(await thingsOf(verdict.runId)).toEqual([]);
  },
);
