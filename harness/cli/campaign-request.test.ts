import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { optionsOf, seedOf } from '../campaign/cells.js';
import { estimateSeconds, weightOf } from '../campaign/estimate.js';
import type { CampaignPlan } from '../campaign/journal.js';
import type { Ledger } from '../campaign/ledger.js';
import { inShard } from '../campaign/shard.js';
import { makePlan } from '../plan/make-plan.js';
import { certainStates } from '../report/reachable-states.js';
import { clusterOf } from './campaign-cells.js';
import { addCampaignOptions } from './campaign-options.js';
import { campaignRequest, PRESETS } from './campaign-request.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campaign-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function request(args: readonly string[], definition?: string): ReturnType<typeof campaignRequest> {
  const file = join(folder, 'definition.yaml');
  if (definition !== undefined) await writeFile(file, definition);
  const called = addCampaignOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  called.parse([...args], { from: 'user' });
  return campaignRequest(called, definition === undefined ? undefined : file);
}

async function plan(args: readonly string[], definition?: string): Promise<CampaignPlan> {
  const made = await request(args, definition);
  if (made.kind === 'invalid') throw new Error(made.message);
  return made.plan;
}

async function refusal(args: readonly string[], definition?: string): Promise<string> {
  const made = await request(args, definition);
  return made.kind === 'invalid' ? made.message : 'nothing';
}

describe('the campaigns that are there', () => {
  it.each(PRESETS)('%s can be carried out as it is', async (name) => {
    const { cells, skipped } = await plan(['--matrix', name]);
    expect(cells.length).toBeGreaterThan(1);
    expect(skipped).toEqual([]);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  });

  it('smoke is the default, with its two expectations', async () => {
    const { cells, command, wanted } = await plan(['--seed', '3']);
    expect(cells.map(({ id, expect: { data } }) => [id, data])).toEqual([
      ['fencing=off', 'violated'],
      ['fencing=on', 'clean'],
    ]);
    expect(command).toBe('npm run test:chaos -- --seed 3');
    expect(wanted).toContain('two-holders');
  });

  it('nightly takes each of four shards less than 50 minutes', async () => {
    const { cells } = await plan(['--matrix', 'nightly']);
    for (const index of [1, 2, 3, 4]) {
      const seconds = estimateSeconds(inShard(cells, { index, of: 4 }, weightOf), clusterOf, 1) ?? expect.fail();
      expect(seconds).toBeLessThan(35 * 60);
    }
  });
});

const DEFINITION = `
name: mine
options: {lanes: 2, ttl: 3}
axes:
  recipe: [mutex, naive]
  ttl: [2, 4]
exclude:
  - {recipe: naive, ttl: [4]}
expect:
  - {when: {ttl: 4}, data: clean}
`;

describe('a definition', () => {
  it('makes cells of its axes, less what is excluded', async () => {
    const { cells } = await plan([], DEFINITION);
    expect(cells.map(({ id, isMeasured }) => [id, isMeasured])).toEqual([
      ['recipe=mutex ttl=2', true],
      ['recipe=mutex ttl=4', false],
      ['recipe=naive ttl=2', true],
    ]);
    expect(cells.map(({ source }) => source.kind === 'drawn' && source.options.lanes)).toEqual([2, 2, 2]);
  });

  it('gives way to the command line, which takes the place of an axis', async () => {
    const { cells, command, seed } = await plan(['--ttl', '5', '--recipes', 'mutex'], DEFINITION);
    expect(cells.map(({ id, source }) => [id, source.kind === 'drawn' && source.options.ttlSeconds])).toEqual([
      ['recipe=mutex', 5],
    ]);
    expect(command).toBe(
      `npx leasebreaker campaign ${join(folder, 'definition.yaml')} --seed ${seed} --ttl 5 --recipes mutex`,
    );
  });

  it('has one seed for all shards, drawn or given', async () => {
    const [first, second] = [await plan(['--shard', '1/2'], DEFINITION), await plan(['--shard', '2/2'], DEFINITION)];
    expect(first.seed).toBe(second.seed);
    expect((await plan(['--shard', '1/2', '--seed', '9'], DEFINITION)).seed).toBe(9);
  });

  it('goes on until a failure without an end of its seeds', async () => {
    const { cells, definition } = await plan(['--until-failure'], DEFINITION);
    expect(cells.every(({ planned }) => planned === null)).toBe(true);
    expect(definition).toMatchObject({ stop: 'first-unexpected', 'budget-is-goal': true });
  });

  it('wants of swarms what the faults of each run reach, and not those of the first run over and over', async () => {
    const swarm = 'name: n\nseeds: 8\noptions: {swarm: true, lanes: 2, time: 20}\n';
    for (let seed = 1; seed <= 12; seed++) {
      const { cells, wanted } = await plan(['--seed', `${seed}`], swarm);
      const [source] = cells.flatMap((cell) => (cell.source.kind === 'drawn' ? [cell.source] : []));
      if (source === undefined) throw new Error('no cell is drawn');
      const plans = Array.from({ length: 8 }, (_, n) => {
        const made = makePlan(optionsOf(source, seedOf(seed, n)));
        return made.kind === 'plan' ? made.plan : expect.fail(made.message);
      });
      expect(wanted, `seed ${seed}`).toEqual(certainStates(plans));
    }
  });

  it('knows an option in a match by what it means, however it is written', async () => {
    const { cells } = await plan(
      [],
      "name: n\naxes: {fencing: [fenced-reads], ttl: [2, 3]}\nexclude: [{ttl: '3.0'}]\nexpect: [{when: {fencing: 'on'}, data: clean}]\n",
    );
    expect(cells.map(({ id, isMeasured }) => [id, isMeasured])).toEqual([['fencing=fenced-reads ttl=2', false]]);
  });

  it('may leave out what cannot be', async () => {
    const impossible = "name: n\naxes:\n  storage: [http, etcd]\n  fencing: [guard, 'on']\n";
    expect(await refusal([], impossible)).toContain('storage=http fencing=guard: --storage http cannot do');
    const { cells, skipped } = await plan([], `${impossible}skip-impossible: true\n`);
    expect(cells).toHaveLength(3);
    expect(skipped).toMatchObject([{ id: 'storage=http fencing=guard' }]);
  });

  it.each<[string, string[], string | undefined, string]>([
    ['a value that is none', [], 'name: n\noptions:\n  lanes: many', 'line 3: "many" is nothing for lanes'],
    ['an option that is none', [], 'name: n\naxes:\n  colour: [red]', 'line 3: unknown option "colour"'],
    ['a name in a match that is none', [], 'name: n\nexclude:\n  - {colour: red}', 'line 3: "colour" is no option'],
    [
      'a match that nothing can fit',
      [],
      "name: n\nexpect:\n  - {when: {fencing: 'onn'}}",
      'line 3: "onn" is nothing for',
    ],
    ['a cell that is there twice', [], "name: n\naxes:\n  ttl: [2, '2']", '"ttl=2" is there twice'],
    ['all of what has no list', [], 'name: n\naxes: {ttl: all}', 'axis ttl'],
    ['an axis that is not there', ['--recipes', 'mutex'], undefined, 'has no axis "recipe"'],
    ['a recipe that is not there', ['--matrix', 'fencing', '--recipes', 'x'], undefined, 'there is no "x"'],
    ['a shard that is none', ['--shard', '3/2'], undefined, 'a part such as 2/4'],
    ['two campaigns', ['--matrix', 'smoke'], 'name: n', 'give one of them'],
    ['nothing left', ['--matrix', 'fencing', '--schemes', 'guard'], undefined, 'no cell'],
  ])('is refused for %s', async (_, args, definition, message) => {
    expect(await refusal(args, definition)).toContain(message);
  });
});

describe('a ledger', () => {
  const LEDGER = fileURLToPath(new URL('../../regressions/ledger.json', import.meta.url));
  const { findings } = JSON.parse(readFileSync(LEDGER, 'utf8')) as Ledger;

  it('gives each finding a cell with its plan, beside those of the campaign', async () => {
    const { cells, command, definition } = await plan(['--ledger', LEDGER, '--seed', '3']);
    const known = cells.filter(({ id }) => id.startsWith('regression='));
    const tallies = known.map(({ id, planned }) => `${id} ${planned}`);
    expect(tallies.sort()).toEqual(findings.map(({ id, runs }) => `regression=${id} ${runs}`).sort());
    expect(cells).toHaveLength(2 + findings.length);
    for (const { expect: wanted, source } of known)
      expect(source).toMatchObject({ kind: 'stored', plan: { expect: wanted } });
    expect(definition.ledger).toBe(LEDGER);
    expect(command).toContain(`--ledger ${LEDGER}`);
  });

  it('can be all that there is', async () => {
    const { cells, wanted } = await plan([], `name: n\nexclude: [{}]\nreach: none\nledger: ${LEDGER}\n`);
    expect(cells.map(({ id }) => id).every((id) => id.startsWith('regression='))).toBe(true);
    expect(wanted).toEqual([]);
  });

  it('must be there', async () => {
    expect(await refusal(['--ledger', join(folder, 'none.json')])).toContain('there is no ledger');
    expect(await refusal([], 'name: n\nexclude: [{}]\n')).toContain('no cell of the campaign n is left');
  });
});
