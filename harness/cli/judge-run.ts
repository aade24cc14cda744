/** Judges a stored run, and writes its verdict, its report and what machines read of it beside it. Judging needs the files of the run and nothing else. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { judgeInPool } from '../judging/judge-in-pool.js';
import { reportHtml } from '../report/html.js';
import { junitSuite, junitXml } from '../report/junit.js';
import { lazily } from '../report/lazily.js';
import { pageModel, type PageModel } from '../report/model.js';
import { pageData } from '../report/page-build/page-build.js';
import type { PageData } from '../report/page-data.js';
import { encode } from '../report/page-encode.js';
import { pageProgram } from '../report/page-program.js';
import { indexRecord } from '../report/record-index.js';
import { type RunReport, toVerdictJson } from '../report/verdict-json.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import { FILES, writeJson } from '../run/results.js';
import { holdAgainst, type Answer } from './expectation.js';
import type { Screen } from './progress.js';
import { type ReadRun, readRun, type StoredRun } from './read-run.js';
import { writeEdn } from './write-edn.js';

export interface JudgedRun {
  run: StoredRun;
  answer: Answer;
  /** Made when it is asked for: the verdict alone does not need it. */
  page: () => { model: PageModel; data: PageData };
  verdict: VerdictJson;
}

/** Reads a results folder, and shows how far it is. */
export async function readShown(dir: string, screen: Screen): Promise<ReadRun> {
  const read = await readRun(dir, {
    onProgress: ({ bytes, total }) => screen.progress(`reading: ${Math.floor((100 * bytes) / total)} %`),
  });
  screen.clear();
  return read;
}

/** Judges a run, and shows how far it is. `expect` overrides what the plan expected. */
export async function judgeRun(run: StoredRun, screen: Screen, expect = run.plan.expect): Promise<JudgedRun> {
  const judgement = await judgeInPool(run.record, {
    onProgress: ({ checkers, of }) => screen.progress(`judging: ${checkers} of ${of} checkers have answered`),
  });
  screen.clear();
  const answer = holdAgainst(expect, judgement, run.record.end);
  const report: RunReport = {
    record: run.record,
    judgement,
    meta: {
      name: run.plan.name,
      date: run.run.startedAt,
      seed: run.plan.seed,
      command: run.run.replay,
      versions: run.run.versions,
      environment: run.run.environment,
      expectation: {
        ...(expect.data === undefined ? {} : { data: expect.data }),
        ...(expect.exclusion === undefined ? {} : { exclusion: expect.exclusion }),
        ...(expect.service === undefined ? {} : { service: expect.service }),
        ...(expect.kinds === undefined ? {} : { kinds: expect.kinds }),
        met: answer.code === 0,
        unmet: answer.reasons,
      },
      exitCode: answer.code,
    },
  };
  const index = indexRecord(run.record);
  const verdict = toVerdictJson(report, index);
  const page = lazily(() => {
    const model = pageModel(report, index, verdict);
    return { model, data: pageData(report, index, model) };
  });
  return { run, answer, page, verdict };
}

export type Written =
  | { kind: 'written'; verdict: string; report: string }
  /** The record of the run is there all the same: `check` and `report` can be asked again. */
  | { kind: 'failed'; message: string; mend: string[] };

export interface WriteOptions {
  /** `history.edn` too. */
  edn?: boolean;
}

/** Writes `verdict.json`, `junit.xml` and `report.html` into the run's folder, and answers with the paths of what people read. */
export async function writeVerdict(
  { run, page, verdict }: JudgedRun,
  { edn = false }: WriteOptions = {},
): Promise<Written> {
  const files = { verdict: join(run.dir, FILES.verdict), report: join(run.dir, FILES.report) };
  try {
    await writeJson(files.verdict, verdict);
    await writeFile(join(run.dir, FILES.junit), junitXml(basename(run.dir), [junitSuite(verdict)]));
    if (edn) await writeEdn(run.dir);
    const { model, data } = page();
    await writeFile(files.report, reportHtml(model, { program: pageProgram(), data: encode(data) }));
    return { kind: 'written', ...files };
  } catch (error) {
    return {
      kind: 'failed',
      message: `verdict and report could not be written: ${(error as Error).message}`,
      mend: [`free space, then: npx leasebreaker report ${run.dir}`, 'or give another folder with --output'],
    };
  }
}
