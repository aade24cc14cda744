/** `leasebreaker doctor`: whether this machine can do a run, and what mends what is missing. */
import type { Command } from 'commander';
import type { FaultAbilities } from '../cluster/abilities.js';
import { prepare } from '../cluster/cluster.js';
import { examine, type Finding } from '../cluster/doctor.js';
import { availabilities } from './availability.js';
import { EXIT, type Ended } from './exit-codes.js';
import { withMending } from './execute.js';

const MARK: Record<Finding['status'], string> = { ok: 'ok', warn: 'WARN', missing: 'MISSING' };

/** One line a finding, and the mending command below it. Pure. */
export function findingLines({ name, status, detail, mend }: Finding): string {
  const line = `${MARK[status].padEnd(8)}${name.padEnd(18)}${detail}`;
  return mend === undefined ? line : `${line}\n${' '.repeat(8)}-> ${mend}`;
}

/** Every fault with what this machine makes of it. Pure. */
export function faultLines(abilities: FaultAbilities | undefined): string[] {
  if (abilities === undefined)
    return ['Faults: not tried without an engine and images', `${' '.repeat(8)}-> npx leasebreaker doctor --provision`];
  return [
    'Faults (--faults)',
    ...availabilities(abilities).map(({ name, status, why }) => `${status.padEnd(13)}${name.padEnd(18)}${why}`),
  ];
}

export function addDoctorCommand(program: Command, ended: Ended): void {
  program
    .command('doctor')
    .description('look at everything that a run needs of this machine, and say what mends what is missing')
    .option(
      '--provision',
      'first install and start what is missing, and build the images, as a run does (default: off)',
    )
    .action(async (flags: { provision?: boolean }) => {
      if (flags.provision === true) {
        const say = (line: string): void => void process.stderr.write(`${line}\n`);
        const prepared = await prepare(say, { etcdImage: process.env['ETCD_IMAGE'] });
        if (prepared.kind !== 'ready') {
          process.stderr.write(`leasebreaker: ${withMending(prepared.message, prepared.commands)}\n`);
          return ended(EXIT.environment);
        }
      }
      const { findings, abilities } = await examine();
      process.stdout.write(`${findings.map(findingLines).join('\n')}\n\n${faultLines(abilities).join('\n')}\n`);
      ended(findings.some(({ status }) => status === 'missing') ? EXIT.environment : EXIT.asExpected);
    });
}
