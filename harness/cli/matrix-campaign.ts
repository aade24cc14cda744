/** `leasebreaker campaign --matrix fencing`: every recipe with every fencing scheme, each in a run of its own, all from one seed. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RECIPES } from '../../workloads/recipes/index.js';
import { FENCING, type Fencing, schemesOf, type Storage } from '../history/decision.js';
import { wallClock } from '../history/clock.js';
import { makePlan, type PlanOptions } from '../plan/make-plan.js';
import { type JobRun, jobRun, missingRun } from '../report/github.js';
import { type JunitSuite, junitSuite, junitXml, missingSuite } from '../report/junit.js';
import {
  emptyCell,
  type Matrix,
  type MatrixCell,
  matrixCell,
  matrixHtml,
  matrixMarkdown,
  withTable,
} from '../report/matrix.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import { FILES, timeStamp, writeJson } from '../run/results.js';
import { EXIT, type ExitCode, worst } from './exit-codes.js';
import { execute } from './execute.js';
import { replayLine, traitsOf } from './options.js';
import type { Session } from './session.js';
import { tellGithub } from './tell-github.js';

export interface MatrixOptions {
  base: PlanOptions;
  /** Names, separated by commas; all of them where it is missing. */
  recipes?: string;
  schemes?: string;
  output: string;
  /** A Markdown document that gets the table, too. */
  table?: string;
  subnet?: string;
  /** `history.edn` of every run too. */
  edn: boolean;
  command: string;
  session: Session;
}

const NAME = 'recipes and fencing schemes';

interface Pair {
  recipe: string;
  fencing: Fencing;
  options: PlanOptions;
}

export type Pairs = { kind: 'pairs'; pairs: Pair[] } | { kind: 'invalid'; message: string };

/** What `--recipes` and `--schemes` come to; nothing is expected of a pair: it is measured. */
export function pairsOf({ base, recipes, schemes }: Pick<MatrixOptions, 'base' | 'recipes' | 'schemes'>): Pairs {
  const can = schemesOf(base.storage as Storage);
  const known = RECIPES.map(({ name }) => name);
  const wanted = {
    recipes: recipes?.split(',') ?? known,
    schemes: schemes?.split(',').map((scheme) => (scheme === 'fenced-reads' ? 'on' : scheme)) ?? [...can],
  };
  const strange = wanted.recipes.find((name) => !known.includes(name));
  if (strange !== undefined)
    return { kind: 'invalid', message: `--recipes: there is no "${strange}"; there are ${known.join(', ')}` };
  const impossible = wanted.schemes.find((name) => !(can as readonly string[]).includes(name));
  if (impossible !== undefined)
    return {
      kind: 'invalid',
      message: `--schemes: the storage ${base.storage} has no "${impossible}"; it has ${can.join(', ')}`,
    };
  const fencings = FENCING.filter((scheme) => wanted.schemes.includes(scheme));
  const pairs = wanted.recipes.flatMap((recipe) =>
    fencings.map((fencing): Pair => {
      return { recipe, fencing, options: { ...base, recipe, fencing, expect: {}, ...traitsOf(recipe) } };
    }),
  );
  for (const { options } of pairs) {
    const made = makePlan(options);
    if (made.kind === 'invalid') return made;
  }
  return { kind: 'pairs', pairs };
}

/** Runs the pairs one after the other, and writes what is known after each: an interrupted matrix is not lost. */
export async function runMatrix(
  pairs: readonly Pair[],
  { base, output, table, subnet, edn, command, session }: MatrixOptions,
): Promise<ExitCode> {
  const { screen, interrupts } = session;
  const date = wallClock();
  const folder = join(output, `${timeStamp(date)}-matrix`);
  await mkdir(folder, { recursive: true });
  const matrix: Matrix = {
    schemaVersion: 1,
    date: date.toISOString(),
    command,
    versions: {},
    environment: {},
    cells: [],
  };
  const codes: ExitCode[] = [];
  const suites: JunitSuite[] = [];
  const told: JobRun[] = [];
  for (const [n, { recipe, fencing, options }] of pairs.entries()) {
    screen.say(`pair ${n + 1} of ${pairs.length}: ${recipe}, fencing ${fencing}`);
    const made = makePlan(options);
    if (made.kind === 'invalid') throw new Error(made.message);
    const executed = await execute({
      plan: made.plan,
      replay: replayLine(options),
      output,
      ...(subnet === undefined ? {} : { subnet }),
      edn,
      ...session,
    });
    if (executed.kind === 'refused') {
      process.stderr.write(`leasebreaker: ${executed.message}\n`);
      codes.push(executed.code);
      matrix.cells.push(emptyCell(recipe, fencing, base.seed, executed.message.split('\n')[0] ?? ''));
      suites.push(missingSuite(made.plan.name, matrix.date, { ...executed, exitCode: executed.code }));
      told.push(missingRun(made.plan.name, executed));
    } else {
      const { run, verdict, answer } = executed.judged;
      matrix.versions = run.run.versions;
      matrix.environment = run.run.environment;
      matrix.cells.push(matrixCell(verdict, `../${basename(run.dir)}`));
      const code = codeOf(answer.code, matrix.cells.at(-1));
      codes.push(code);
      const measured = measuredOnly(verdict, code);
      suites.push(junitSuite(measured, { isMeasured: true }));
      told.push(jobRun(measured));
      screen.say(verdict.summary);
    }
    await writeMatrix(folder, matrix, suites);
    const code = codes.at(-1);
    if (interrupts.signal.aborted || code === EXIT.environment || code === EXIT.interrupted) break;
  }
  if (interrupts.signal.aborted) codes.push(EXIT.interrupted);
  // Half a matrix does not take the place of a whole one.
  if (table !== undefined && matrix.cells.length === pairs.length)
    await writeFile(table, withTable(await textOf(table), matrix));
  process.stdout.write(`\n${matrixMarkdown(matrix)}\nreport: ${join(folder, 'report.html')}\n`);
  const exitCode = worst(codes);
  const unmet = told.flatMap((run) => (run.exitCode === 0 ? [] : run.unmet.map((why) => `${run.name}: ${why}`)));
  await tellGithub({ title: NAME, exitCode, unmet, command, runs: told });
  return exitCode;
}

/** The verdict as the matrix takes it: what is unsafe is measured, and no failure. */
function measuredOnly(verdict: VerdictJson, exitCode: ExitCode): VerdictJson {
  const { unmet } = verdict.expectation;
  return { ...verdict, exitCode, expectation: { met: exitCode === 0, unmet: exitCode === 0 ? [] : unmet } };
}

async function textOf(path: string): Promise<string> {
  return existsSync(path) ? readFile(path, 'utf8') : '';
}

/** A pair that is unsafe is a finding, and not a failure; one of which nobody knows is unknown. */
function codeOf(code: ExitCode, cell: MatrixCell | undefined): ExitCode {
  if (code !== EXIT.notAsExpected && code !== EXIT.unknown) return code;
  return cell?.data === 'unknown' ? EXIT.unknown : EXIT.asExpected;
}

async function writeMatrix(folder: string, matrix: Matrix, suites: readonly JunitSuite[]): Promise<void> {
  await writeJson(join(folder, FILES.matrix), matrix);
  await writeFile(join(folder, FILES.junit), junitXml(NAME, suites));
  await writeFile(join(folder, 'matrix.md'), matrixMarkdown(matrix));
  await writeFile(join(folder, FILES.report), matrixHtml(matrix));
}
