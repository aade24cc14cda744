/** `leasebreaker check`: the verdict again, from the files of a run alone. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { summaryText } from '../report/summary.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import { FILES } from '../run/results.js';
import { EXIT, type Ended } from './exit-codes.js';
import { judgeRun } from './judge-run.js';
import { useColor } from './progress.js';
import { readRun } from './read-run.js';
import { expectation } from './run-command.js';

interface Flags {
  expect?: 'violation' | 'clean';
}

export function addCheckCommand(program: Command, ended: Ended): void {
  program
    .command('check')
    .description('judge a stored run again; needs its folder and nothing else')
    .argument('<run>', 'results folder of a run, such as results/latest')
    .addOption(
      new Option('--expect <what>', 'what becomes of the guarded data (default: what the plan expected)').choices([
        'violation',
        'clean',
      ]),
    )
    .action(async (dir: string, flags: Flags) => {
      const stored = await readRun(dir);
      if (stored.kind === 'unreadable') {
        process.stderr.write(`leasebreaker: ${stored.message}\n`);
        return ended(EXIT.badArguments);
      }
      const { run } = stored;
      const judged = judgeRun(
        run,
        flags.expect === undefined ? run.plan.expect : expectation(flags.expect, run.plan.faults),
      );
      const color = useColor(process.stdout, process.env);
      process.stdout.write(
        `${summaryText(judged.verdict, { color })}\n\n${await compareWithStored(dir, judged.verdict)}\n`,
      );
      ended(judged.answer.code);
    });
}

/** Whether the verdict that lies in the folder says the same. */
async function compareWithStored(dir: string, now: VerdictJson): Promise<string> {
  const path = join(dir, FILES.verdict);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return `${path} is not there; \`npx leasebreaker report ${dir}\` writes it`;
  const before = JSON.parse(text) as VerdictJson;
  const essence = ({ verdict, exclusion, assumptions, recovery, counts, violations }: VerdictJson): string =>
    JSON.stringify({ verdict, exclusion, assumptions, recovery, counts, violations });
  return essence(before) === essence(JSON.parse(JSON.stringify(now)) as VerdictJson)
    ? `the same verdict as in ${path}`
    : `another verdict than in ${path}, which another version wrote; \`npx leasebreaker report ${dir}\` writes it again`;
}
