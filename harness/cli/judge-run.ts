/** Judges a stored run, and writes its verdict and report beside it. Judging needs the files of the run and nothing else. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judgeInPool } from '../judging/judge-in-pool.js';
import { reportHtml } from '../report/html.js';
import { lazily } from '../report/lazily.js';
import { pageModel, type PageModel } from '../report/model.js';
import { indexRecord } from '../report/record-index.js';
import { type RunReport, toVerdictJson } from '../report/verdict-json.js';
import type { VerdictJson } from '../report/verdict-schema.js';
import { FILES, writeJson } from '../run/results.js';
import { holdAgainst, type Answer } from './expectation.js';
import type { Screen } from './progress.js';
import { type ReadRun, readRun, type StoredRun } from './read-run.js';

export interface JudgedRun {
  run: StoredRun;
  answer: Answer;
  /** Made when it is asked for: the verdict alone does not need it. */
  page: () => PageModel;
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
  return { run, answer, page: lazily(() => pageModel(report, index, verdict)), verdict };
}

export type Written =
  | { kind: 'written'; verdict: string; report: string }
  /** The record of the run is there all the same: `check` and `report` can be asked again. */
  | { kind: 'failed'; message: string; mend: string[] };

/** Writes `verdict.json` and `report.html` into the run's folder, and answers with their paths. */
export async function writeVerdict({ run, page, verdict }: JudgedRun): Promise<Written> {
  const files = { verdict: join(run.dir, FILES.verdict), report: join(run.dir, FILES.report) };
  try {
    await writeJson(files.verdict, verdict);
    await writeFile(files.report, reportHtml(page()));
    return { kind: 'written', ...files };
  } catch (error) {
    return {
      kind: 'failed',
      message: `verdict and report could not be written: ${(error as Error).message}`,
      mend: [`free space, then: npx leasebreaker report ${run.dir}`, 'or give another folder with --output'],
    };
  }
}
