import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFaults } from '../plan/fault-grammar.js';
import { DEFAULTS, makePlan, type PlanOptions } from '../plan/make-plan.js';
import { someKinds } from '../plan/testing/arbitrary-fault.js';
import { addRunOptions, replayLine } from './options.js';
import { planRequest, type PlanRequest } from './plan-request.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasebreaker-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What comes of a command line, and of a plan file where one is given. */
async function request(args: readonly string[], file?: string): Promise<PlanRequest> {
  const command = addRunOptions(new Command('run').exitOverride());
  const path = join(folder, 'plan.yaml');
  if (file !== undefined) await writeFile(path, file);
  command.parse([...args, ...(file === undefined ? [] : ['--plan', path])], { from: 'user' });
  return planRequest(command);
}

async function optionsOf(args: readonly string[], file?: string): Promise<PlanOptions> {
  const asked = await request(args, file);
  if (asked.kind === 'invalid') throw new Error(asked.message);
  return asked.options;
}

/** As a shell would take the line apart. */
function words(line: string): string[] {
  return line
    .split(' ')
    .slice(3)
    .map((word) => word.replace(/^'(.*)'$/, '$1'));
}

describe('replayLine', () => {
  it('makes the same plan again, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat({ max: 2 ** 31 }),
          faults: fc.oneof(fc.constant([]), someKinds),
          swarm: fc.boolean(),
          impossibleClocks: fc.boolean(),
          timeSeconds: fc.integer({ min: 150, max: 200 }),
          etcdNodes: fc.constantFrom(3, 5),
          storage: fc.constantFrom('http', 'http-durable'),
        }),
        async ({ seed, faults, swarm, impossibleClocks, timeSeconds, etcdNodes, storage }) => {
          const asked = [
            ...[
              '--seed',
              String(seed),
              '--time',
              String(timeSeconds),
              '--etcd-nodes',
              String(etcdNodes),
              '--lanes',
              '2',
            ],
            ...['--storage', storage, '--faults', renderFaults(faults)],
            ...(swarm && faults.length > 0 ? ['--swarm'] : []),
            ...(impossibleClocks ? ['--impossible-clocks'] : []),
          ];
          const options = await optionsOf(asked);
          const again = await optionsOf(words(replayLine(options)));
          const made = makePlan(options);
          expect(made.kind).toBe('plan');
          expect(JSON.stringify(makePlan(again))).toBe(JSON.stringify(made));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('makes the same plan again of faults that a plan file says more than once', async () => {
    const lines = ['pause@holder', 'kill@leader', 'pause:for=5s'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.nat({ max: 1_000_000 }),
        async (said, swarm, seed) => {
          const file = `swarm: ${swarm}\nfaults:\n${said.map((line) => `  - ${line}\n`).join('')}`;
          const options = await optionsOf(['--seed', String(seed), '--time', '150', '--lanes', '2'], file);
          const made = makePlan(options);
          expect(made.kind).toBe('plan');
          expect(makePlan(await optionsOf(words(replayLine(options))))).toEqual(made);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('names what was drawn instead of the swarm', async () => {
    const options = await optionsOf(['--swarm', '--seed', '5', '--time', '120']);
    expect(options.faults).not.toEqual(DEFAULTS.faults);
    const line = replayLine(options);
    expect(line).toContain(`--faults ${renderFaults(options.faults)}`);
    expect(line).not.toContain('--swarm');
  });
});

describe('a plan file', () => {
  it('says what the command line leaves open, and the command line wins', async () => {
    const file = 'ttl: 5\nlanes: 3\nfencing: on\nimpossible-clocks: true\nfaults:\n  - kill@leader\n';
    const options = await optionsOf(['--lanes', '2', '--time', '90'], file);
    expect(options).toMatchObject({
      ttlSeconds: 5,
      lanes: 2,
      timeSeconds: 90,
      fencing: 'on',
      impossibleClocks: true,
      faults: [{ kind: 'kill', target: 'leader' }],
    });
    expect(await optionsOf(['--faults', 'none'], file)).toMatchObject({ faults: [], lanes: 3 });
  });

  it.each([
    ['tll: 5', 'line 1: unknown option "tll"; known: recipe, client, client-image'],
    ['ttl: 5\nfencing: perhaps', 'line 2: "perhaps" is nothing for fencing: Allowed choices are off'],
    ['ttl: soon', 'line 1: "soon" is nothing for ttl: It takes a number'],
    ['swarm: 3', 'line 1: "3" is nothing for swarm: It takes true or false'],
    ['ttl: 5\nfaults: earthquake', 'line 2: unknown fault "earthquake"'],
    ['plan: other.yaml', 'line 1: unknown option "plan"'],
  ])('is refused: %j', async (file, message) => {
    expect(await request([], file)).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(message) as string,
    });
  });

  it('that is not there is named', async () => {
    expect(await request(['--plan', '/no/such/plan.yaml'])).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('/no/such/plan.yaml') as string,
    });
  });
});

describe('--swarm', () => {
  it('draws from --faults as they are, and refuses what could not work if it were drawn', async () => {
    const options = await optionsOf(['--swarm', '--faults', 'pause@holder,kill@etcd2,cpu', '--seed', '1']);
    for (const { kind } of options.faults) expect(['pause', 'kill', 'cpu']).toContain(kind);
    expect(await request(['--swarm', '--faults', 'kill@storage'])).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('http-durable') as string,
    });
  });
});
