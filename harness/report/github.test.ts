import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import {
  annotations,
  jobReport,
  type JobReport,
  jobRun,
  type JobRun,
  jobSummary,
  MAX_SUMMARY,
  missingRun,
} from './github.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';

const run = (over: Partial<JobRun> = {}): JobRun => ({
  name: 'mutex',
  summary: 'The storage refused all.',
  exitCode: 0,
  unmet: [],
  ...over,
});

const report = (runs: JobRun[]): JobReport => ({ title: 'all', exitCode: 0, unmet: [], command: 'again', runs });

/** As GitHub's runner undoes it. */
function read(line: string): { level: string; title: string; message: string } {
  const found = /^::(\w+) title=([^,:]*)::(.*)$/.exec(line) ?? expect.fail(`no command: ${line}`);
  const undo = (text = ''): string =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  return { level: found[1] ?? '', title: undo(found[2]), message: undo(found[3]) };
}

describe('annotations', () => {
  it('are an error, a warning or a notice by the exit code, the worst first', () => {
    const lines = annotations([
      run(),
      run({ exitCode: 2, unmet: ['too few holds'] }),
      run({ exitCode: 1, unmet: ['the data came to harm'], command: 'npx leasebreaker run --seed 1' }),
      missingRun('gone', { message: 'no engine\n  -> mend', code: 3 }),
    ]);
    expect(lines.map((line) => read(line).level)).toEqual(['error', 'error', 'warning', 'notice']);
    expect(read(lines[0] ?? '').message).toBe(
      'The storage refused all.\nNot as expected: the data came to harm. Exit code 1.\nCarry it out again: npx leasebreaker run --seed 1',
    );
  });

  it('cannot be broken out of', () => {
    const hostile = 'a%0Ab\r\n::error::x, y: z%25 ##[error]';
    const [line = ''] = annotations([run({ name: hostile, summary: hostile })]);
    expect(line).not.toMatch(/[\r\n]/);
    expect(read(line).title).toBe(`leasebreaker: ${hostile}`);
    expect(read(line).message).toContain(hostile);
  });

  it('are ten at most, and the last says how many are left out', () => {
    const many = Array.from({ length: 25 }, (_, n) => run({ name: `run ${n}`, exitCode: n === 24 ? 1 : 0 }));
    const lines = annotations(many).map(read);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatchObject({ level: 'error', title: 'leasebreaker: run 24' });
    expect(lines[9]?.message).toContain('16 more runs');
    expect(annotations(many.slice(0, 10))).toHaveLength(10);
  });
});

describe('the summary of a job', () => {
  it('tells a run with its numbers and first violations', () => {
    const writer = lateWriter('off');
    const verdict = toVerdictJson({
      record: tablesOf(writer.record),
      judgement: judgementOf(writer),
      meta: metaOf('off'),
    });
    const text = jobSummary(jobReport(verdict.name, [jobRun(verdict)], verdict.command), MAX_SUMMARY);
    expect(text).toContain('<h2>leasebreaker: mutex-http-fencing-off</h2>');
    expect(text).toContain('<tr><td>Stale writes</td><td align="right">37</td></tr>');
    expect(text).toContain('<li>v1: Process 5 had a write of &quot;counter-0&quot; accepted');
    expect(text).toContain('<code>npx leasebreaker run --fencing off --seed 1 --time 30</code>');
  });

  it('takes what the system under test says literally, and leaves no blank line in a block', () => {
    const evil = '\n\n<img src=x>\n# [link](javascript:1)\u0000';
    const text = jobSummary(
      report([run({ name: evil, summary: evil, unmet: [evil], exitCode: 1, command: evil, violations: [evil] })]),
      MAX_SUMMARY,
    );
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img src=x&gt;');
    for (const block of text.trimEnd().split('\n\n')) expect(block).toMatch(/^<h[23]>.*>$/s);
  });

  it.each([0, 100, 1000, 20_000, MAX_SUMMARY])('keeps within %i bytes, and says what is cut', (room) => {
    const runs = Array.from({ length: 3000 }, (_, n) => run({ name: `run ${n}`, summary: 'é'.repeat(900) }));
    const text = jobSummary(report(runs), room);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(room);
    expect(text.includes('Cut here')).toBe(room >= 1000);
    const shown = text.split('<h3>').length - 1;
    if (room >= 1000) expect(text).toContain(`${3000 - shown} of 3000 runs are not shown`);
  });
});
