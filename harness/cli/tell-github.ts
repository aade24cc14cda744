/** Tells a GitHub job what came of it: annotations on standard output, and its summary in the file that GitHub names. */
import { appendFile, stat } from 'node:fs/promises';
import { annotations, type JobReport, jobSummary, MAX_SUMMARY } from '../report/github.js';

/** Does nothing outside of GitHub Actions. A summary that cannot be written changes nothing about the run, and is said. */
export async function tellGithub(report: JobReport, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!isOnGithub(env)) return;
  for (const line of annotations(report.runs)) process.stdout.write(`${line}\n`);
  const file = env['GITHUB_STEP_SUMMARY'] ?? '';
  if (file === '') return;
  try {
    const there = await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
    const text = jobSummary(report, MAX_SUMMARY - there - 1);
    // What another step left may end without a newline, and then the block would be part of its paragraph.
    if (text === '') process.stderr.write(`leasebreaker: the job's summary is full: ${file}\n`);
    else await appendFile(file, there === 0 ? text : `\n${text}`);
  } catch (error) {
    process.stderr.write(`leasebreaker: the job's summary cannot be written: ${(error as Error).message}\n`);
  }
}

function isOnGithub(env: NodeJS.ProcessEnv): boolean {
  const value = env['GITHUB_ACTIONS'] ?? '';
  return value !== '' && value !== 'false';
}
