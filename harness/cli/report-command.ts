/** `leasebreaker report`: verdict.json and report.html of a stored run, made again from its files. */
import type { Command } from 'commander';
import { EXIT, type Ended } from './exit-codes.js';
import { withMending } from './execute.js';
import { judgeRun, readShown, writeVerdict } from './judge-run.js';
import { createScreen } from './progress.js';

export function addReportCommand(program: Command, ended: Ended): void {
  program
    .command('report')
    .description('write verdict.json and report.html of a stored run again; needs its folder and nothing else')
    .argument('<run>', 'results folder of a run, such as results/latest')
    .action(async (dir: string) => {
      const screen = createScreen(process.stderr, process.env);
      const stored = await readShown(dir, screen);
      if (stored.kind === 'unreadable') {
        process.stderr.write(`leasebreaker: ${stored.message}\n`);
        return ended(EXIT.badArguments);
      }
      const written = await writeVerdict(await judgeRun(stored.run, screen));
      if (written.kind === 'failed') {
        process.stderr.write(`leasebreaker: ${withMending(written.message, written.mend)}\n`);
        return ended(EXIT.environment);
      }
      process.stdout.write(`${written.report}\n`);
    });
}
