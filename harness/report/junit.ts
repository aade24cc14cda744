/**
 * `junit.xml`, for dashboards of CI systems: a suite a run, in it a case for each checker and one for the run itself. Pure.
 *
 * What fails follows what was expected, never the mere finding: a campaign whose run without fencing finds stale writes is a success, and
 * a dashboard that is always red is one that nobody reads. The run's own case fails exactly when its exit code is 1; a
 * checker's fails where its part of the judgement was expected to be clean and is not. A violation that was expected, or of which
 * nothing was expected, passes, and its `system-out` tells it. `unknown` is skipped; an environment that could not carry the run out,
 * an interrupt and a defect are errors.
 *
 * There is no standard; the elements are those of Ant's JUnit task that Jenkins, GitLab and GitHub actions read.
 */
import type { Outcome } from '../../checkers/verdict.js';
import { CHECKERS } from '../../checkers/registry.js';
import type { CampaignJson } from './campaign.js';
import { COLOUR_MEANINGS, type Colour } from './colour-names.js';
import { count, plural } from './format.js';
import { KINDS } from './kinds.js';
import type { VerdictJson, VerdictViolation } from './verdict-schema.js';
import { witnessLines } from './witness-text.js';
import { xmlAttribute, xmlText } from './xml.js';

export type JunitResult =
  | { kind: 'passed' }
  /** `message` is one line, `text` the whole story. */
  | { kind: 'failure' | 'error'; type: string; message: string; text: string }
  | { kind: 'skipped'; message: string };

export interface JunitCase {
  name: string;
  result: JunitResult;
  /** `system-out`. */
  told?: string;
}

export interface JunitSuite {
  name: string;
  /** ISO 8601. */
  date: string;
  seconds: number;
  properties: Record<string, string>;
  cases: JunitCase[];
}

/** Name of the case of the run itself. */
export const RUN_CASE = 'the run as a whole';

/** Violations of a checker whose sentences are told; the report has more. */
const MAX_TOLD = 5;

/** A run as a suite. `isMeasured`: it is there to be measured, and whatever is found is no failure. */
export function junitSuite(verdict: VerdictJson, { isMeasured = false } = {}): JunitSuite {
  const { name, date, settings, seed, command, versions } = verdict;
  const { recipe, storage, workload, fencing, timeMs } = settings;
  return {
    name,
    date,
    seconds: timeMs / 1000,
    properties: { recipe, storage, workload, fencing, seed: String(seed), command, ...versions },
    cases: [runCase(verdict), ...verdict.checkers.map((checker) => checkerCase(checker, verdict, isMeasured))],
  };
}

/** What was to be a run and is none: an error. */
export function missingSuite(
  name: string,
  date: string,
  { message, exitCode }: { message: string; exitCode: number },
): JunitSuite {
  const [first = ''] = message.split('\n');
  const result = { kind: 'error', type: errorOf(exitCode), message: first, text: message } as const;
  return { name, date, seconds: 0, properties: {}, cases: [{ name: RUN_CASE, result }] };
}

/** Cells of a campaign as a suite: a case each, which fails or errs as its colour says. What a cell's runs came to is in their own suites. */
export function cellsSuite({ name, date, cells, command }: CampaignJson): JunitSuite {
  const cases = cells.map(({ id, colour, why, expect }): JunitCase => {
    const message = why[0] ?? COLOUR_MEANINGS[colour];
    const text = [`${colour}: ${COLOUR_MEANINGS[colour]}`, `expected: ${expect || 'nothing'}`, ...why].join('\n');
    return { name: id, result: cellResult(colour, message, text) };
  });
  return { name: `${name}: cells`, date, seconds: 0, properties: { command }, cases };
}

function cellResult(colour: Colour, message: string, text: string): JunitResult {
  switch (colour) {
    case 'green':
      return { kind: 'passed' };
    case 'red':
      return { kind: 'failure', type: 'not as expected', message, text };
    case 'yellow':
      return { kind: 'skipped', message: `unknown: ${message}` };
    case 'blind':
    case 'harness':
    case 'environment':
      return { kind: 'error', type: colour, message, text };
  }
}

function runCase(verdict: VerdictJson): JunitCase {
  const { expectation, exitCode, summary } = verdict;
  const text = [summary, ...expectation.unmet, again(verdict)].join('\n');
  const message = expectation.unmet[0] ?? summary;
  return { name: RUN_CASE, told: `${summary}\n${again(verdict)}`, result: resultOf(exitCode, message, text) };
}

const ERRORS: Record<number, string> = { 3: 'environment', 70: 'defect', 130: 'interrupted' };

const errorOf = (exitCode: number): string => ERRORS[exitCode] ?? `exit code ${exitCode}`;

function resultOf(exitCode: number, message: string, text: string): JunitResult {
  if (exitCode === 0) return { kind: 'passed' };
  if (exitCode === 1) return { kind: 'failure', type: 'not as expected', message, text };
  if (exitCode === 2) return { kind: 'skipped', message: `unknown: ${message}` };
  return { kind: 'error', type: errorOf(exitCode), message, text };
}

type CheckerJson = VerdictJson['checkers'][number];

function checkerCase(result: CheckerJson, verdict: VerdictJson, isMeasured: boolean): JunitCase {
  const { checker: name, outcome } = result;
  const story = storyOf(result, verdict);
  if (outcome === 'unknown') {
    const doubts = verdict.doubts.flatMap(({ checker, doubt }) => (checker === name ? [doubt] : []));
    return { name, result: { kind: 'skipped', message: `unknown: ${doubts.join('; ') || 'not enough evidence'}` } };
  }
  if (outcome === 'clean') return { name, result: { kind: 'passed' } };
  const expected = isMeasured ? undefined : expectedOf(name, verdict);
  const message = found(result);
  if (expected === 'clean')
    return { name, result: { kind: 'failure', type: 'violation', message, text: story.join('\n') } };
  const why = expected === 'violated' ? 'Expected, and so no failure' : 'Nothing was expected of it';
  return { name, result: { kind: 'passed' }, told: [`${why}: ${message}.`, ...story].join('\n') };
}

/** What was expected of the part of the judgement that the checker decides. */
function expectedOf(checker: string, { expectation }: VerdictJson): Outcome | undefined {
  const decides = CHECKERS.find(({ name }) => name === checker)?.decides;
  switch (decides) {
    case 'data':
    case 'exclusion':
    case 'service':
      return expectation[decides];
    case 'recovery':
      return 'clean';
    case 'assumptions':
    case 'liveness':
    case 'nothing':
    case undefined:
      return undefined;
  }
}

/** `37 stale writes, 12 lost updates`. */
function found({ counts, checker }: CheckerJson): string {
  const parts = KINDS.flatMap(({ kind, title }) => {
    const n = counts[kind] ?? 0;
    return n === 0 ? [] : [`${title.toLowerCase()}: ${count(n)}`];
  });
  return parts.join(', ') || `${checker}: violated`;
}

/** The first witness with its proof, some more in a sentence, and how to have it again. */
function storyOf({ counts }: CheckerJson, verdict: VerdictJson): string[] {
  const own = verdict.violations.filter(({ kind }) => (counts[kind] ?? 0) > 0);
  const total = Object.values(counts).reduce((sum: number, n = 0) => sum + n, 0);
  const [first, ...rest] = own;
  if (first === undefined) return [again(verdict)];
  const more = rest.slice(0, MAX_TOLD - 1);
  const untold = total - 1 - more.length;
  return [
    ...witnessLines(first),
    ...more.map(({ id, sentence }: VerdictViolation) => `${id}: ${sentence}`),
    ...(untold > 0 ? [`and ${plural(untold, 'more', 'more')}: see report.html`] : []),
    again(verdict),
  ];
}

const again = ({ command }: VerdictJson): string => `Carry it out again: ${command}`;

/** The file; `name` is what all suites are together. */
export function junitXml(name: string, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const seconds = suites.reduce((sum, suite) => sum + suite.seconds, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...totals(cases), time: String(seconds) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines({ name, date, seconds, properties, cases }: JunitSuite): string[] {
  const listed = Object.entries(properties);
  return [
    // A timestamp of this format has no zone and no fractions: it is UTC.
    `  <testsuite ${attributes({ name, ...totals(cases), time: String(seconds), timestamp: date.slice(0, 19) })}>`,
    ...(listed.length === 0 ? [] : ['    <properties>']),
    ...listed.map(([key, value]) => `      <property ${attributes({ name: key, value })}/>`),
    ...(listed.length === 0 ? [] : ['    </properties>']),
    ...cases.flatMap((each) => caseLines(each, name, each.name === RUN_CASE ? seconds : 0)),
    '  </testsuite>',
  ];
}

function caseLines({ name, result, told }: JunitCase, suite: string, seconds: number): string[] {
  const open = `    <testcase ${attributes({ classname: `leasebreaker.${suite}`, name, time: String(seconds) })}`;
  const inner = [
    ...resultLines(result),
    ...(told === undefined ? [] : [`      <system-out>${xmlText(told)}</system-out>`]),
  ];
  return inner.length === 0 ? [`${open}/>`] : [`${open}>`, ...inner, '    </testcase>'];
}

function resultLines(result: JunitResult): string[] {
  switch (result.kind) {
    case 'passed':
      return [];
    case 'skipped':
      return [`      <skipped ${attributes({ message: result.message })}/>`];
    case 'failure':
    case 'error': {
      const { kind, type, message, text } = result;
      return [`      <${kind} ${attributes({ message, type })}>${xmlText(text)}</${kind}>`];
    }
  }
}

function totals(cases: readonly JunitCase[]): Record<string, string> {
  const number = (kind: JunitResult['kind']): string =>
    String(cases.filter(({ result }) => result.kind === kind).length);
  return {
    tests: String(cases.length),
    failures: number('failure'),
    errors: number('error'),
    skipped: number('skipped'),
  };
}

function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${xmlAttribute(value)}"`)
    .join(' ');
}
