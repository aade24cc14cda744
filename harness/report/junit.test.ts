import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { junitSuite, junitXml, missingSuite, RUN_CASE } from './junit.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';
import type { VerdictJson } from './verdict-schema.js';

function makeVerdict(fencing: 'off' | 'on'): VerdictJson {
  const writer = lateWriter(fencing);
  return toVerdictJson({
    record: tablesOf(writer.record),
    judgement: judgementOf(writer),
    meta: metaOf(fencing),
  });
}

const VERDICTS = { off: makeVerdict('off'), on: makeVerdict('on') };

function verdictOf(fencing: 'off' | 'on', over: Partial<VerdictJson> = {}): VerdictJson {
  return { ...VERDICTS[fencing], ...over };
}

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

/** By a parser that refuses whatever XML 1.0 does. */
function parse(xml: string): Element {
  const root: Element = { name: '', attributes: {}, text: '', children: [] };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: { ...attributes } as Record<string, string>, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  return root.children[0] ?? expect.fail('no element');
}

function casesOf(verdict: VerdictJson, isMeasured = false): Record<string, Element> {
  const [suite] = parse(junitXml('all', [junitSuite(verdict, { isMeasured })])).children;
  const cases = suite?.children.filter(({ name }) => name === 'testcase') ?? [];
  return Object.fromEntries(cases.map((each) => [each.attributes['name'], each]));
}

const kinds = (cases: Record<string, Element>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(cases).map(([name, { children }]) => [
      name,
      children.map((child) => child.name).find((name) => name !== 'system-out') ?? 'passed',
    ]),
  );

describe('junit.xml', () => {
  it('passes what was expected, were it a violation, and tells it', () => {
    const cases = casesOf(verdictOf('off'));
    expect(kinds(cases)).toEqual({
      [RUN_CASE]: 'passed',
      assumptions: 'passed',
      overlap: 'passed',
      'stale-writes': 'passed',
      'lost-updates': 'passed',
    });
    const told = cases['stale-writes']?.children[0]?.text ?? '';
    expect(told).toContain('Expected, and so no failure: stale writes: 37.');
    expect(told).toContain('v1: Process 5 had a write of "counter-0" accepted with token 33');
    expect(told).toContain('and 36 more: see report.html');
  });

  it('fails what was to be clean, with the witness in words and the line that carries it out again', () => {
    const unmet = ['the guarded data: expected clean, found violated'];
    const cases = casesOf(
      verdictOf('off', { expectation: { data: 'clean', exclusion: 'violated', met: false, unmet }, exitCode: 1 }),
    );
    expect(kinds(cases)).toMatchObject({
      [RUN_CASE]: 'failure',
      overlap: 'passed',
      'stale-writes': 'failure',
      'lost-updates': 'failure',
    });
    const failure = cases['stale-writes']?.children[0];
    expect(failure?.attributes).toEqual({ message: 'stale writes: 37', type: 'violation' });
    for (const part of [
      '+5.634 s process 5: write "counter-0" = 7 with token 33; ok at +5.639 s',
      'decision 4: accepted the write of "counter-0" = 7 by process 5 with token 33',
      'fault: pause on client 5, injected at +1.026 s, healed at +5.637 s; receipt: proven',
      'Carry it out again: npx leasebreaker run --fencing off --seed 1 --time 30',
    ])
      expect(failure?.text).toContain(part);
    expect(cases[RUN_CASE]?.children[0]?.attributes['message']).toBe(unmet[0]);
  });

  it('fails nothing of a run that is there to be measured', () => {
    const verdict = verdictOf('off', {
      expectation: { data: 'clean', service: 'clean', met: true, unmet: [] },
      exitCode: 0,
    });
    expect(new Set(Object.values(kinds(casesOf(verdict, true))))).toEqual(new Set(['passed']));
  });

  it('skips what is unknown, and says why', () => {
    const verdict = verdictOf('on');
    const [first, ...rest] = verdict.checkers;
    const cases = casesOf({
      ...verdict,
      checkers: [{ ...(first ?? expect.fail()), outcome: 'unknown' }, ...rest],
      doubts: [{ checker: 'assumptions', doubt: '1 of 2 faults has no receipt' }],
      expectation: { data: 'clean', met: false, unmet: ['nobody knows'] },
      exitCode: 2,
    });
    expect(cases['assumptions']?.children).toMatchObject([
      { name: 'skipped', attributes: { message: 'unknown: 1 of 2 faults has no receipt' } },
    ]);
    expect(kinds(cases)[RUN_CASE]).toBe('skipped');
  });

  it.each([
    [3, 'environment'],
    [70, 'defect'],
    [130, 'interrupted'],
  ])('counts exit code %i as an error: %s', (exitCode, type) => {
    const cases = casesOf(verdictOf('on', { exitCode, expectation: { met: false, unmet: ['no room'] } }));
    expect(cases[RUN_CASE]?.children[0]).toMatchObject({ name: 'error', attributes: { type, message: 'no room' } });
  });

  it('adds up, over runs that came about and those that did not', () => {
    const missing = missingSuite('gone', '2026-01-31T12:00:00.000Z', { message: 'no engine\n  -> mend', exitCode: 3 });
    const root = parse(junitXml('all', [junitSuite(verdictOf('off')), junitSuite(verdictOf('on')), missing]));
    expect(root.attributes).toMatchObject({ tests: '11', failures: '0', errors: '1', skipped: '0' });
    expect(root.children.map(({ attributes }) => attributes['timestamp'])).toEqual(
      Array(3).fill('2026-01-31T12:00:00'),
    );
    expect(root.children[2]?.children[0]?.children[0]).toMatchObject({
      name: 'error',
      attributes: { message: 'no engine', type: 'environment' },
      text: 'no engine\n  -> mend',
    });
  });

  it('is well-formed whatever the strings are, and keeps them', () => {
    const strange = fc.string({ unit: 'binary', maxLength: 20 });
    const mean = fc.constantFrom(
      ']]>',
      '<!--',
      '&#0;',
      '"\'',
      '\u0000\u001f',
      '\ud800',
      '\ufffe\uffff',
      'a\n\tb',
      '</failure>',
    );
    fc.assert(
      fc.property(fc.oneof(strange, mean), fc.oneof(strange, mean), (name, text) => {
        const verdict = verdictOf('off', {
          name,
          command: text,
          summary: text,
          versions: { [name]: text },
          expectation: { data: 'clean', met: false, unmet: [text] },
          exitCode: 1,
        });
        const root = parse(junitXml(name, [junitSuite(verdict)]));
        const isPlain = /^[\x20-\x7e\n\t]*$/.test(text);
        const failure = root.children[0]?.children.find((each) => each.attributes['name'] === RUN_CASE)?.children[0];
        if (isPlain) expect(failure?.attributes['message']).toBe(text);
        if (isPlain) expect(failure?.text).toContain(`Carry it out again: ${text}`);
      }),
      { numRuns: 50 },
    );
  });
});
