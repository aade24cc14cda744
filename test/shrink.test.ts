/** A plan of many faults, one of which does the harm, made smaller on a real cluster until only that one is left. */
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Plan } from '../harness/plan/plan.js';
import { leasebreaker, resultsFolder } from './support/command.js';
import { leftovers, NOTHING } from './support/docker.js';

/** All but the pause are over long before a lease is, and none is enough to make etcd elect another leader. */
const HAYSTACK = `name: haystack
seed: 5
fencing: 'off'
lanes: 2
clients: 3
time: 24
rate: 100
expect: violation
faults:
  - pause:on=before-write:at=4s:for=1.75ttl:lane=1@holder
  - partition:single-link:for=200ms:at=1s:every=2500ms@follower
  - loss:percent=1:for=400ms:at=1500ms:every=2500ms@follower
  - delay:ms=5:jitter=1:for=400ms:at=2s:every=2500ms@follower
  - bandwidth:kbit=10000:for=400ms:at=2500ms:every=2500ms@follower
  - cpu:percent=10:for=400ms:at=3s:every=2500ms@follower
`;

const LIMIT_MS = 15 * 60_000;

it(
  'comes down from more than 40 faults of 6 kinds to the one that is needed, and to two clients',
  async () => {
    const output = await resultsFolder();
    const haystack = join(output, 'haystack.yaml');
    await writeFile(haystack, HAYSTACK);
    const found = await leasebreaker(['run', '--plan', haystack, '--output', output]);
    expect(found.code, found.stderr).toBe(0);
    const dir = join(output, await readlink(join(output, 'latest')));
    const whole = JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')) as Plan;
    expect(whole.faults.length).toBeGreaterThanOrEqual(40);
    expect(new Set(whole.faults.map(({ kind }) => kind)).size).toBe(6);

    const ended = await leasebreaker([
      'shrink',
      dir,
      '--replays',
      '3',
      '--times',
      '2',
      '--budget',
      '12',
      '--output',
      output,
    ]);
    expect(ended.code, ended.stderr).toBe(0);
    const folder = join(output, (await readdir(output)).find((name) => name.includes('-shrink-')) ?? expect.fail());
    const least = JSON.parse(await readFile(join(folder, 'minimal.plan.json'), 'utf8')) as Plan;
    expect(least.faults, ended.stdout).toMatchObject([{ kind: 'pause', target: 'holder', lane: 0 }]);
    expect(least.settings).toMatchObject({ lanes: 1, clients: 2 });
    expect(least.processes).toHaveLength(2);
    expect(ended.stdout).toMatch(/What is left: reproduced [1-3] of [1-3]/);

    const report = await readFile(join(folder, 'report.html'), 'utf8');
    expect(report).toContain('47 faults became 1');
    const [, example] = /href="\.\/([^"]*report\.html)"/.exec(report) ?? expect.fail(report);
    expect(await readFile(join(folder, example ?? ''), 'utf8')).toContain('<svg');

    // The few lines of the file make the very plan.
    const file = await readFile(join(folder, 'minimal.yaml'), 'utf8');
    expect(file.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    const dry = await leasebreaker(['run', '--plan', join(folder, 'minimal.yaml'), '--dry-run']);
    expect(JSON.parse(dry.stdout)).toEqual(least);

    // Broken off before its end, it goes on from the answers that it has: all of them, so that no run is needed.
    const about = JSON.parse(await readFile(join(folder, 'shrink.json'), 'utf8')) as { complete: boolean };
    expect(about.complete).toBe(true);
    await writeFile(join(folder, 'shrink.json'), JSON.stringify({ ...about, complete: false }));
    const tries = await readFile(join(folder, 'shrink.jsonl'), 'utf8');
    await writeFile(join(folder, 'shrink.jsonl'), `${tries}{"key":"torn`);
    const again = await leasebreaker(['shrink', dir, '--replays', '3', '--times', '2', '--output', output], {
      DOCKER_HOST: 'tcp://127.0.0.1:1',
    });
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'minimal.plan.json'), 'utf8'))).toEqual(least);
    expect(await leftovers()).toEqual(NOTHING);
  },
  LIMIT_MS,
);
