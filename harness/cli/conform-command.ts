/** `leasebreaker conform`: puts somebody's client program through the protocol, and says what it does wrong. */
import { Command, Option } from 'commander';
import { refuseBuildFolder, startCluster } from '../cluster/cluster.js';
import { type CheckResult, CHECKS, conform } from '../conform/conform.js';
import { openLaboratory } from '../conform/laboratory.js';
import { FENCING_ON_TRIAL } from '../conform/world.js';
import { wallClock } from '../history/clock.js';
import { tearDown } from '../run/surroundings.js';
import { EXIT, type Ended, type ExitCode } from './exit-codes.js';
import { withMending } from './execute.js';
import { addRunOptions, OWN_CLIENT } from './options.js';
import { startSession } from './session.js';

interface Flags {
  client?: string;
  clientImage?: string;
  clientBuild?: string;
  recipe?: string;
  etcdImage?: string;
  subnet?: string;
  json?: boolean;
}

/** Checks wait more than they work, and a check has up to two programs. */
const SIDE_BY_SIDE = 3;

export function addConformCommand(program: Command, ended: Ended): void {
  const command = program
    .command('conform')
    .description('try out whether a client program keeps to the protocol (docs/client-protocol.md)');
  // Said once, for `run`.
  const ofRun = addRunOptions(new Command()).options;
  for (const long of ['--client', '--client-image', '--client-build', '--etcd-image', '--subnet']) {
    const option = ofRun.find((one) => one.long === long);
    if (option !== undefined) command.addOption(option);
  }
  command
    .addOption(new Option('--recipe <name>', 'what open is to ask for').default(OWN_CLIENT))
    .option('--json', 'print the results as JSON (default: off)')
    .action(async (flags: Flags) => ended(await run(flags)));
}

async function run(flags: Flags): Promise<ExitCode> {
  const { client, clientImage: image, clientBuild: build, etcdImage = '' } = flags;
  const complain = (message: string): void => void process.stderr.write(`leasebreaker: ${message}\n`);
  const wrong = client === undefined ? "say which client: --client 'COMMAND'" : refuseOf(build);
  if (wrong !== undefined) {
    complain(wrong);
    return EXIT.badArguments;
  }
  const { screen, interrupts } = startSession();
  const started = await startCluster(
    {
      runId: `conform-${wallClock().getTime().toString(36)}-${process.pid.toString(36)}`,
      etcdNodes: 1,
      ...(etcdImage === '' ? {} : { etcdImage }),
      etcdData: 'tmpfs',
      fencing: FENCING_ON_TRIAL,
      clientHosts: 1,
      client: { image, build },
      ...(flags.subnet === undefined ? {} : { subnet: flags.subnet }),
    },
    screen.say,
  );
  if (started.kind === 'environment') {
    complain(withMending(started.message, started.mend));
    interrupts.dispose();
    return EXIT.environment;
  }
  const { cluster } = started;
  try {
    const { world, end } = await openLaboratory(cluster, { command: client, recipe: flags.recipe ?? OWN_CLIENT });
    screen.say(`trying ${CHECKS.length} checks`);
    const results = await conform(world, {
      sideBySide: SIDE_BY_SIDE,
      stop: interrupts.signal,
      onResult: ({ outcome, name, tookMs }) => screen.say(`${outcome.padEnd(8)}${name} (${tookMs} ms)`),
    });
    end();
    process.stdout.write(
      flags.json === true ? `${JSON.stringify({ client, results }, null, 2)}\n` : resultsText(results),
    );
    if (interrupts.signal.aborted) return EXIT.interrupted;
    return results.some(({ outcome }) => outcome === 'failed') ? EXIT.notAsExpected : EXIT.asExpected;
  } catch (error) {
    complain(withMending(`the trial broke off: ${(error as Error).message}`, ['npx leasebreaker doctor']));
    return interrupts.signal.aborted ? EXIT.interrupted : EXIT.environment;
  } finally {
    await tearDown(cluster, screen.say);
    interrupts.dispose();
  }
}

function refuseOf(build: string | undefined): string | undefined {
  return build === undefined ? undefined : refuseBuildFolder(build);
}

/** For people: one line each, and of what failed all that is known. Pure. */
export function resultsText(results: readonly CheckResult[]): string {
  const count = (outcome: CheckResult['outcome']): number => results.filter((one) => one.outcome === outcome).length;
  return [
    ...results.flatMap(resultLines),
    '',
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`,
    '',
  ].join('\n');
}

function resultLines(result: CheckResult): string[] {
  if (result.outcome === 'passed') return [`passed   ${result.name}`];
  if (result.outcome === 'skipped') return [`skipped  ${result.name}: ${result.why}`];
  return [
    `FAILED   ${result.name}`,
    `         ${result.says} (docs/client-protocol.md, "${result.section.replaceAll('`', '')}")`,
    `         expected: ${result.expected}`,
    `         came:     ${result.came}`,
    ...result.transcript.map((line) => `           ${line}`),
    ...result.stderr.map((line) => `           stderr: ${line}`),
  ];
}
