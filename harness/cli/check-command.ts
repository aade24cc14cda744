/** `leasebreaker check`: the verdict again, from the files of a run alone; or that on a history file of any tool. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { MODELS } from '../../checkers/linearizability/operations.js';
import { FORMATS, KNOWN_EXTENSIONS } from '../formats/formats.js';
import type { Plan } from '../plan/plan.js';
import { summaryText } from '../report/summary.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import { FILES } from '../run/results.js';
import { checkFile, type FileFlags } from './check-file.js';
import { EXIT, type Ended } from './exit-codes.js';
import { judgeRun, readShown } from './judge-run.js';
import { number } from './options.js';
import { createScreen, useColor } from './progress.js';
import { expectation } from './run-command.js';

interface Flags extends FileFlags {
  expect?: 'violation' | 'clean';
}

export function addCheckCommand(program: Command, ended: Ended): void {
  program
    .command('check')
    .description('judge a stored run again, or whether a history file is linearizable; needs nothing else')
    .argument('<run-or-file>', 'results folder of a run, such as results/latest; or a history file with --model')
    .addOption(
      new Option('--expect <what>', 'what becomes of the guarded data (default: what the plan expected)').choices([
        'violation',
        'clean',
      ]),
    )
    .addOption(
      new Option('--format <name>', `format of the file (default: what ${KNOWN_EXTENSIONS} say)`).choices(FORMATS),
    )
    .addOption(new Option('--model <name>', 'object that the operations of the file are on').choices(MODELS))
    .addOption(new Option('--json', 'print the verdict as JSON (default: as text)'))
    .addOption(
      new Option('--budget-s <s>', 'seconds after which a search in the file answers unknown')
        .argParser(number)
        .default(60),
    )
    .addHelpText(
      'after',
      '\nA file: 0 linearizable, 1 not linearizable, 2 unknown, 64 unreadable. docs/history-formats.md has formats and models.',
    )
    .action(async (dir: string, flags: Flags) => {
      const isFolder = await stat(dir).then(
        (found) => found.isDirectory(),
        () => undefined,
      );
      const misplaced = misplacedFlag(dir, flags, isFolder);
      if (misplaced !== undefined) {
        process.stderr.write(`leasebreaker: ${misplaced}\n`);
        return ended(EXIT.badArguments);
      }
      if (isFolder === false || flags.model !== undefined || flags.format !== undefined)
        return ended(await checkFile(dir, flags));
      const screen = createScreen(process.stderr, process.env);
      const stored = await readShown(dir, screen);
      if (stored.kind === 'unreadable') {
        process.stderr.write(`leasebreaker: ${stored.message}\n`);
        return ended(EXIT.badArguments);
      }
      const { run } = stored;
      const judged = await judgeRun(
        run,
        screen,
        flags.expect === undefined
          ? run.plan.expect
          : {
              ...serviceOf(run.plan),
              ...expectation(flags.expect, { faults: run.plan.faults, workload: run.plan.settings.workload }),
            },
      );
      const color = useColor(process.stdout, process.env);
      process.stdout.write(
        `${summaryText(judged.verdict, { color })}\n\n${await compareWithStored(dir, judged.verdict)}\n`,
      );
      ended(judged.answer.code);
    });
}

/** An option that a folder, or a file, has no use for. */
function misplacedFlag(path: string, flags: Flags, isFolder: boolean | undefined): string | undefined {
  if (isFolder === false && flags.expect !== undefined)
    return `--expect is for the folder of a run, and ${path} is a file: it is linearizable or not`;
  if (isFolder !== true) return undefined;
  if (flags.model !== undefined || flags.format !== undefined)
    return `--model and --format are for history files, and ${path} is a folder; a run's own history is in ${join(path, FILES.history)}`;
  return undefined;
}

/** Whether etcd's word is expected to be kept is for the plan to say, whatever becomes of the data. */
function serviceOf({ expect: { service } }: Plan): Pick<Plan['expect'], 'service'> {
  return service === undefined ? {} : { service };
}

/** Whether the verdict that lies in the folder says the same. */
async function compareWithStored(dir: string, now: VerdictJson): Promise<string> {
  const path = join(dir, FILES.verdict);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return `${path} is not there; \`npx leasebreaker report ${dir}\` writes it`;
  const before = JSON.parse(text) as VerdictJson;
  const essence = ({
    verdict,
    exclusion,
    assumptions,
    service,
    liveness,
    recovery,
    counts,
    violations,
  }: VerdictJson): string =>
    JSON.stringify({ verdict, exclusion, assumptions, service, liveness, recovery, counts, violations });
  return essence(before) === essence(JSON.parse(JSON.stringify(now)) as VerdictJson)
    ? `the same verdict as in ${path}`
    : `another verdict than in ${path}, which another version wrote; \`npx leasebreaker report ${dir}\` writes it again`;
}
