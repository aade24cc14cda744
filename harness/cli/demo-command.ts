/** `leasebreaker demo expired-lease`: one story on a real cluster, both transcripts side by side as they happen. */
import { type Command, Option } from 'commander';
import { startCluster } from '../cluster/cluster.js';
import { monotonicMs, wallClock } from '../history/clock.js';
import { FENCING, type Fencing } from '../history/decision.js';
import { DEFAULTS } from '../plan/make-plan.js';
import { tearDown } from '../run/surroundings.js';
import { tellExpiredLease, type Speaker } from '../run/expired-lease.js';
import { EXIT, type ExitCode, type Ended } from './exit-codes.js';
import { withMending } from './execute.js';
import { number, subnetOption } from './options.js';
import { startSession } from './session.js';

interface Flags {
  fencing: Fencing;
  stall: 'stop' | 'gc';
  ttl: number;
  etcdNodes: string;
  etcdImage?: string;
  subnet?: string;
}

const TIME_WIDTH = 10;
const COLUMN = 52;

/** One line of the transcript: each client has its column, etcd speaks across both. Pure. */
export function transcriptLine(atMs: number, who: Speaker, text: string): string {
  const time = `${(atMs / 1000).toFixed(2)} s`.padStart(TIME_WIDTH - 2).padEnd(TIME_WIDTH);
  if (who === 'etcd') return `${time}-- etcd: ${text} `.padEnd(TIME_WIDTH + 2 * COLUMN, '-');
  return who === 'client 1' ? `${time}${text}` : `${time}${' '.repeat(COLUMN)}${text}`;
}

export function addDemoCommand(program: Command, ended: Ended): void {
  const demo = program.command('demo').description('short stories on a real cluster, told as they happen');
  demo
    .command('expired-lease')
    .description(
      "client 1 locks and stops, its lease expires, client 2 locks and writes, client 1 goes on and writes (etcd's contrib/lock example, made executable)",
    )
    .addOption(
      new Option(
        '--fencing <mode>',
        'how the storage checks tokens; with equality the tokens are lease ids, as in the published example',
      )
        .choices(FENCING)
        .default('off'),
    )
    .addOption(
      new Option('--stall <how>', 'how client 1 stops: by SIGSTOP, or in a real garbage collection of 3 x TTL')
        .choices(['stop', 'gc'])
        .default('stop'),
    )
    .addOption(
      new Option('--ttl <s>', 'lease TTL in seconds; etcd grants 2 at least')
        .argParser(number)
        .default(DEFAULTS.ttlSeconds),
    )
    .addOption(
      new Option('--etcd-nodes <n>', 'etcd members').choices(['1', '3', '5']).default(String(DEFAULTS.etcdNodes)),
    )
    .addOption(
      new Option('--etcd-image <image>', 'etcd image, such as an official one (default: etcd 3.5 from Debian)').env(
        'ETCD_IMAGE',
      ),
    )
    .addOption(subnetOption())
    .action(async (flags: Flags) => ended(await tell(flags)));
}

async function tell(flags: Flags): Promise<ExitCode> {
  if (!Number.isInteger(flags.ttl) || flags.ttl < 1 || flags.ttl > 60) {
    process.stderr.write(`leasebreaker: --ttl takes a whole number from 1 to 60 s here, not ${flags.ttl}\n`);
    return EXIT.badArguments;
  }
  const { screen, interrupts } = startSession();
  const runId = `demo-${wallClock().getTime().toString(36)}-${process.pid.toString(36)}`;
  const started = await startCluster(
    {
      runId,
      etcdNodes: Number(flags.etcdNodes) as 1 | 3 | 5,
      ...(flags.etcdImage === undefined || flags.etcdImage === '' ? {} : { etcdImage: flags.etcdImage }),
      etcdData: 'tmpfs',
      fencing: flags.fencing,
      clientHosts: 2,
      ...(flags.subnet === undefined ? {} : { subnet: flags.subnet }),
    },
    screen.say,
  );
  if (started.kind === 'environment') {
    process.stderr.write(`leasebreaker: ${withMending(started.message, started.mend)}\n`);
    interrupts.dispose();
    return EXIT.environment;
  }
  const { cluster } = started;
  try {
    const out = (line: string): void => void process.stdout.write(`${line}\n`);
    out(`${' '.repeat(TIME_WIDTH)}${'client 1'.padEnd(COLUMN)}client 2`);
    let begunMs: number | undefined;
    const end = await tellExpiredLease({
      cluster,
      runId,
      ttlSeconds: flags.ttl,
      how: flags.stall,
      token: flags.fencing === 'equality' ? 'lease-id' : 'create-revision',
      tell(who, text) {
        begunMs ??= monotonicMs();
        out(transcriptLine(monotonicMs() - begunMs, who, text));
      },
      interrupt: interrupts.signal,
    });
    if (end.kind === 'broken') {
      process.stderr.write(`leasebreaker: the story broke off: ${end.message}\n`);
      return interrupts.signal.aborted ? EXIT.interrupted : EXIT.environment;
    }
    out('');
    out(`late write ${end.lateWrite}: ${end.message}`);
    out(`final value: ${JSON.stringify(end.value)}`);
    const expected = flags.fencing === 'off' ? 'accepted' : 'refused';
    out(
      flags.fencing === 'off'
        ? 'With --fencing on the storage refuses it: npx leasebreaker demo expired-lease --fencing on'
        : '',
    );
    return end.lateWrite === expected ? EXIT.asExpected : EXIT.notAsExpected;
  } finally {
    await tearDown(cluster, screen.say);
    interrupts.dispose();
  }
}
