/**
 * `leasebreaker campaign`: the user's question, asked twice of the same plan: with fencing off, and with fencing on. With `--matrix fencing`
 * it is asked of every recipe and every fencing scheme (matrix-campaign.ts).
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { wallClock } from '../history/clock.js';
import { type PlanOptions, makePlan } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { type JobRun, missingRun } from '../report/github.js';
import { type JunitSuite, missingSuite } from '../report/junit.js';
import { campaignText } from '../report/summary.js';
import { type FinishedRun, finishedRun, writeCampaign } from './campaign-report.js';
import { EXIT, worst, type ExitCode, type Ended } from './exit-codes.js';
import { execute } from './execute.js';
import { fitToMachine } from './fit-to-machine.js';
import { pairsOf, runMatrix } from './matrix-campaign.js';
import { addRunOptions, campaignLine, replayLine, type RunFlags } from './options.js';
import { planRequest } from './plan-request.js';
import { useColor } from './progress.js';
import { startSession } from './session.js';
import { tellGithub } from './tell-github.js';

/**
 * Without fencing the pauses must do the harm that they can do, or nothing was tested; with it none may be done. Sections
 * overlap either way: no fence brings mutual exclusion back.
 */
const MATRIX: readonly Pick<PlanOptions, 'fencing' | 'expect'>[] = [
  { fencing: 'off', expect: { data: 'violated', exclusion: 'violated', kinds: ['stale-write', 'lost-update'] } },
  { fencing: 'on', expect: { data: 'clean', exclusion: 'violated' } },
];

const NAME = 'fencing off and on';

interface Flags extends RunFlags {
  matrix?: 'fencing';
  recipes?: string;
  schemes?: string;
  table?: string;
}

interface Cell {
  plan: Plan;
  replay: string;
}

/** The cells of the matrix, all from one seed: the faults fall alike in each. */
function plansOf(
  base: PlanOptions,
): { kind: 'cells'; cells: Cell[]; command: string } | { kind: 'invalid'; message: string } {
  const cells: Cell[] = [];
  for (const row of MATRIX) {
    const options = { ...base, ...row };
    const made = makePlan(options);
    if (made.kind === 'invalid') return made;
    const expect = row.expect.data === 'violated' ? 'violation' : 'clean';
    cells.push({ plan: made.plan, replay: `${replayLine(options)} --expect ${expect}` });
  }
  return { kind: 'cells', cells, command: campaignLine(base) };
}

export function addCampaignCommand(program: Command, ended: Ended): void {
  const command = program
    .command('campaign')
    .description(
      'the same plan with fencing off and with fencing on: off must find stale writes and lost updates, on none',
    );
  addRunOptions(command, { fixed: ['fencing', 'name'] })
    .addOption(
      new Option(
        '--matrix <what>',
        'measure every recipe with every fencing scheme instead, each pair in a run of its own (default: off)',
      ).choices(['fencing']),
    )
    .addOption(new Option('--recipes <names>', 'of the matrix, separated by commas (default: all)'))
    .addOption(
      new Option('--schemes <names>', 'of the matrix, separated by commas (default: all that the storage can do)'),
    )
    .addOption(new Option('--table <file>', 'Markdown document that gets the table of the matrix (default: none)'))
    .action(async (_: unknown, called: Command) => {
      const refuse = (message: string): void => {
        process.stderr.write(`leasebreaker: ${message}\n`);
        ended(EXIT.badArguments);
      };
      const asked = await planRequest<Flags>(called);
      if (asked.kind === 'invalid') return refuse(asked.message);
      const { flags } = asked;
      const { matrix, recipes, schemes, table } = flags;
      const subset = { ...(recipes === undefined ? {} : { recipes }), ...(schemes === undefined ? {} : { schemes }) };
      if (matrix === undefined && (Object.keys(subset).length > 0 || table !== undefined))
        return refuse('--recipes, --schemes and --table are about a matrix: give --matrix fencing too');
      if (table !== undefined && !existsSync(dirname(table)))
        return refuse(`--table ${table}: there is no folder ${dirname(table)}`);
      if (matrix !== undefined) {
        const found = pairsOf({ base: asked.options, ...subset });
        if (found.kind === 'invalid') return refuse(found.message);
        return ended(await measure(asked.options, flags, subset));
      }
      const planned = plansOf(asked.options);
      if (planned.kind === 'invalid') return refuse(planned.message);
      if (flags.dryRun === true) {
        process.stdout.write(
          `${JSON.stringify(
            planned.cells.map(({ plan }) => plan),
            null,
            2,
          )}\n`,
        );
        return ended(EXIT.asExpected);
      }
      const session = startSession();
      const { screen, interrupts } = session;
      try {
        const fitted = await fitToMachine(asked.options, flags.swarm === true, screen.say);
        if (fitted.kind === 'refused') {
          process.stderr.write(`leasebreaker: ${fitted.message}\n`);
          return ended(EXIT.environment);
        }
        const fitting = plansOf(fitted.options);
        if (fitting.kind === 'invalid') throw new Error(fitting.message);
        const { cells, command } = fitting;
        screen.say(`again: ${command}`);
        const runs: FinishedRun[] = [];
        const missing: JobRun[] = [];
        const errors: JunitSuite[] = [];
        const codes: ExitCode[] = [];
        const unmet: string[] = [];
        for (const [n, cell] of cells.entries()) {
          screen.say(`run ${n + 1} of ${cells.length}: fencing ${cell.plan.settings.fencing}`);
          const executed = await execute({
            ...cell,
            output: flags.output,
            ...(flags.subnet === undefined ? {} : { subnet: flags.subnet }),
            edn: flags.edn === true,
            ...session,
          });
          if (executed.kind === 'refused') {
            process.stderr.write(`leasebreaker: ${executed.message}\n`);
            codes.push(executed.code);
            missing.push(missingRun(cell.plan.name, executed));
            errors.push(
              missingSuite(cell.plan.name, wallClock().toISOString(), { ...executed, exitCode: executed.code }),
            );
            unmet.push(`${cell.plan.name} did not run: ${executed.message}`);
            break;
          }
          const { judged } = executed;
          screen.say(`${judged.verdict.summary}\nreport: ${executed.report}`);
          runs.push(finishedRun(judged));
          codes.push(judged.answer.code);
          if (interrupts.signal.aborted && n < cells.length - 1) {
            codes.push(EXIT.interrupted);
            unmet.push('interrupted before the last run');
          }
          if (interrupts.signal.aborted || judged.answer.code === EXIT.environment) break;
        }
        const code = worst(codes);
        if (runs.length > 0) {
          const { campaign, report } = await writeCampaign({
            name: NAME,
            runs,
            output: flags.output,
            command,
            code,
            unmet,
            missing: errors,
          });
          process.stdout.write(
            `\n${campaignText(campaign, { color: useColor(process.stdout, process.env) })}\n\nreport: ${report}\n`,
          );
        }
        const told = [...runs.map(({ job }) => job), ...missing];
        await tellGithub({ title: NAME, exitCode: code, unmet, command, runs: told });
        ended(code);
      } finally {
        interrupts.dispose();
      }
    });
}

/** The matrix of what this machine can inject; `options` have been found possible. */
async function measure(
  options: PlanOptions,
  flags: Flags,
  subset: { recipes?: string; schemes?: string },
): Promise<ExitCode> {
  if (flags.dryRun === true) {
    const found = pairsOf({ base: options, ...subset });
    const pairs = found.kind === 'pairs' ? found.pairs : [];
    process.stdout.write(`${pairs.map(({ recipe, fencing }) => `${recipe} ${fencing}`).join('\n')}\n`);
    return EXIT.asExpected;
  }
  const session = startSession();
  try {
    const fitted = await fitToMachine(options, flags.swarm === true, session.screen.say);
    if (fitted.kind === 'refused') {
      process.stderr.write(`leasebreaker: ${fitted.message}\n`);
      return EXIT.environment;
    }
    const found = pairsOf({ base: fitted.options, ...subset });
    if (found.kind === 'invalid') throw new Error(found.message);
    const chosen = Object.entries(subset).map(([name, names]) => ` --${name} ${names}`);
    const command = `${campaignLine(fitted.options)} --matrix fencing${chosen.join('')}`;
    const { output, subnet, table } = flags;
    return await runMatrix(found.pairs, {
      base: fitted.options,
      output,
      ...(table === undefined ? {} : { table }),
      ...(subnet === undefined ? {} : { subnet }),
      edn: flags.edn === true,
      command,
      session,
    });
  } finally {
    session.interrupts.dispose();
  }
}
