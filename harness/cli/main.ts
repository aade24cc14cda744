/** The command line: the only place that ends the process, and the only one that imports everything. */
import { Command, CommanderError } from 'commander';
import { addCampaignCommand } from './campaign-command.js';
import { addCheckCommand } from './check-command.js';
import { addCleanCommand } from './clean-command.js';
import { addConformCommand } from './conform-command.js';
import { addDemoCommand } from './demo-command.js';
import { addDoctorCommand } from './doctor-command.js';
import { addExportCommand } from './export-command.js';
import { EXIT, EXIT_MEANINGS, type Ended, type ExitCode } from './exit-codes.js';
import { exit } from './exit.js';
import { addListCommand } from './list-command.js';
import { addMergeCommand } from './merge-command.js';
import { addReplayCommand } from './replay-command.js';
import { addReportCommand } from './report-command.js';
import { addRunCommand } from './run-command.js';
import { addServeCommand } from './serve-command.js';
import { addShrinkCommand } from './shrink-command.js';
import { VERSION } from './version.js';

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.asExpected;
  const ended: Ended = (given) => {
    code = given;
  };
  const program = new Command('leasebreaker')
    .description('Finds out, with evidence, whether a lock resting on an etcd lease really keeps two writers apart.')
    .version(VERSION)
    .addHelpText(
      'after',
      `\nExit codes:\n${Object.entries(EXIT_MEANINGS)
        .map(([each, meaning]) => `  ${each.padEnd(4)} ${meaning}`)
        .join('\n')}\n\nStart with: npx leasebreaker demo expired-lease`,
    )
    .showHelpAfterError('(--help lists what there is)')
    .exitOverride();
  for (const add of [
    addRunCommand,
    addCampaignCommand,
    addMergeCommand,
    addReplayCommand,
    addShrinkCommand,
    addCheckCommand,
    addExportCommand,
    addReportCommand,
    addServeCommand,
    addConformCommand,
    addDemoCommand,
    addDoctorCommand,
    addCleanCommand,
    addListCommand,
  ]) {
    add(program, ended);
  }
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.asExpected : EXIT.badArguments;
    process.stderr.write(
      `leasebreaker: a defect of leasebreaker itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return EXIT.defect;
  }
  return code;
}

// A terminal that was closed or a pipe that nobody reads must not end a run before it has healed and cleaned up.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const code = await main(process.argv);
// A pipe takes 64 KB at once, less than a plan: what is left is written before the process ends.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))),
);
exit(code);
