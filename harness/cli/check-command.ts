/** `leasebreaker check`: the verdict again, from the files of a run alone. */
import type { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { judgeRun, reportJudged } from './judge-run.js';
import type { Ended } from './main.js';
import { readRun } from './read-run.js';

export function addCheckCommand(program: Command, ended: Ended): void {
  program
    .command('check')
    .description('judge a stored run again; needs its folder and nothing else')
    .argument('<run>', 'results folder of a run, such as results/latest')
    .action(async (dir: string) => {
      const stored = await readRun(dir);
      if (stored.kind === 'unreadable') {
        process.stderr.write(`leasebreaker: ${stored.message}\n`);
        return ended(EXIT.badArguments);
      }
      const judged = await judgeRun(stored.run);
      reportJudged(judged, (line) => process.stdout.write(`${line}\n`));
      ended(judged.answer.code);
    });
}
