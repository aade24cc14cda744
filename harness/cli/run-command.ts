/** `leasebreaker run`: one plan, carried out, judged, held against what was expected. */
import { type Command, Option } from 'commander';
import { WORKLOADS } from '../../workloads/index.js';
import { makePlan, type PlanOptions } from '../plan/make-plan.js';
import { jobReport, jobRun, missingRun } from '../report/github.js';
import { summaryText } from '../report/summary.js';
import { EXIT, type Ended } from './exit-codes.js';
import { execute } from './execute.js';
import { fitToMachine } from './fit-to-machine.js';
import { addRunOptions, replayLine, type RunFlags } from './options.js';
import { planRequest } from './plan-request.js';
import { useColor } from './progress.js';
import { startSession } from './session.js';
import { tellGithub } from './tell-github.js';

export interface RunCommandFlags extends RunFlags {
  expect: 'violation' | 'clean';
}

/**
 * `violation`: the guarded data must come to harm. `clean`: it must not; and where no fault is injected, no two sections
 * may overlap either, which under faults is expected and no fence can prevent. With a workload that touches no data, all of it
 * is about the sections. What else is expected of a plan, it adds itself.
 */
export function expectation(
  expect: RunCommandFlags['expect'],
  { faults, workload }: { faults: readonly unknown[]; workload: string },
): PlanOptions['expect'] {
  const { shows } = WORKLOADS.find(({ name }) => name === workload) ?? { shows: 'data' };
  if (shows === 'exclusion') return { exclusion: expect === 'violation' ? 'violated' : 'clean' };
  if (expect === 'violation') return { data: 'violated' };
  return faults.length === 0 ? { data: 'clean', exclusion: 'clean' } : { data: 'clean' };
}

export function expectOption(): Option {
  return new Option(
    '--expect <what>',
    "what becomes of the guarded data, or of mutual exclusion with a workload that touches none: exit 0 if so, 1 if not; etcd's word and recovery are expected to be kept beside it",
  )
    .choices(['violation', 'clean'])
    .default('clean');
}

export function addRunCommand(program: Command, ended: Ended): void {
  const command = program.command('run').description('carry out one plan against a real cluster, and judge it');
  addRunOptions(command)
    .addOption(expectOption())
    .action(async (_: unknown, called: Command) => {
      const asked = await planRequest<RunCommandFlags>(called);
      if (asked.kind === 'invalid') {
        process.stderr.write(`leasebreaker: ${asked.message}\n`);
        return ended(EXIT.badArguments);
      }
      const { flags } = asked;
      const wanted = { ...asked.options, expect: expectation(flags.expect, asked.options) };
      const first = makePlan(wanted);
      if (first.kind === 'invalid') {
        process.stderr.write(`leasebreaker: ${first.message}\n`);
        return ended(EXIT.badArguments);
      }
      if (flags.dryRun === true) {
        process.stdout.write(`${JSON.stringify(first.plan, null, 2)}\n`);
        return ended(EXIT.asExpected);
      }
      const session = startSession();
      try {
        const fitted = await fitToMachine(wanted, flags.swarm === true, session.screen.say);
        if (fitted.kind === 'refused') {
          process.stderr.write(`leasebreaker: ${fitted.message}\n`);
          return ended(EXIT.environment);
        }
        const { options } = fitted;
        const made = makePlan(options);
        if (made.kind === 'invalid') throw new Error(made.message);
        const replay = `${replayLine(options)} --expect ${flags.expect}`;
        // First, for whoever has to break it off; and last, where it can be found again.
        const seedLine = `seed ${options.seed}; again: ${replay}`;
        session.screen.say(seedLine);
        const executed = await execute({
          plan: made.plan,
          replay,
          output: flags.output,
          ...(flags.subnet === undefined ? {} : { subnet: flags.subnet }),
          edn: flags.edn === true,
          ...session,
        });
        if (executed.kind === 'refused') {
          process.stderr.write(`leasebreaker: ${executed.message}\n${seedLine}\n`);
          await tellGithub(jobReport(made.plan.name, [missingRun(made.plan.name, executed)], replay));
          return ended(executed.code);
        }
        process.stdout.write(
          `${summaryText(executed.judged.verdict, { color: useColor(process.stdout, process.env) })}\n\nreport: ${executed.report}\n${seedLine}\n`,
        );
        await tellGithub(jobReport(made.plan.name, [jobRun(executed.judged.verdict)], replay));
        ended(executed.judged.answer.code);
      } finally {
        session.interrupts.dispose();
      }
    });
}
