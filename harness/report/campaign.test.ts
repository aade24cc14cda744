/** A campaign of many runs: as data, as a page, as text, for dashboards and for a GitHub job. */
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { campaignHtml } from './campaign-html.js';
import { campaignSchema } from './campaign-schema.js';
import { campaignOfRuns, runColour, runFigures } from './campaign.js';
import { jobSummary, MAX_SUMMARY } from './github.js';
import { cellsSuite, junitXml } from './junit.js';
import { campaignText } from './summary.js';
import { campaignOf } from './testing/campaigns.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';

function verdictOf(fencing: 'off' | 'on') {
  const writer = lateWriter(fencing);
  return toVerdictJson({ record: tablesOf(writer.record), judgement: judgementOf(writer), meta: metaOf(fencing) });
}

const campaign = campaignOf(verdictOf('off'), { recipes: 6, runs: 3 });

describe('campaign.json', () => {
  it('is what its schema says, with figures by cell, states and the curve', () => {
    expect(campaignSchema.parse(JSON.parse(JSON.stringify(campaign)))).toEqual(campaign);
    expect(campaign.cells[0]).toMatchObject({
      colour: 'red',
      statistics: { runs: 3, handOvers: expect.any(Number), staleStops: { hits: 12, of: 18 }, stopMs: { of: 18 } },
    });
    expect(campaign.coverage.find(({ state }) => state === 'two-holders')).toMatchObject({ count: 90, runs: 30 });
    expect(campaign.curve.map(({ from, stops, stale }) => [from, stops, stale])).toEqual([
      [0.5, 30, 0],
      [0.75, 30, 0],
      [1, 30, 30],
      [2, 60, 60],
      [5, 30, 30],
    ]);
    expect(campaign.runs[0]?.checkers[0]).not.toHaveProperty('series');
  });

  it('makes cells of runs that no campaign planned', () => {
    const runs = [verdictOf('off'), verdictOf('on'), verdictOf('off')].map((verdict) =>
      runFigures({ verdict, path: 'a' }),
    );
    const made = campaignOfRuns(campaign, runs);
    expect(made.cells.map(({ axes, planned }) => [axes['fencing'], planned])).toEqual([
      ['off', 2],
      ['on', 1],
    ]);
    expect(made.runs.map(({ n }) => n)).toEqual([0, 0, 1]);
  });

  it('gives their cells the worst colour, a violation above all else', () => {
    const run = runFigures({ verdict: verdictOf('off'), path: 'a' });
    const made = campaignOfRuns(
      campaign,
      [1, 70, 3].map((exitCode) => ({ ...run, exitCode })),
    );
    expect(made.cells.map(({ colour }) => colour)).toEqual(['red']);
  });

  it.each([
    [{ exitCode: 0 }, 'green'],
    [{ exitCode: 1 }, 'red'],
    [{ exitCode: 1, verdict: 'clean' }, 'blind'],
    [{ exitCode: 1, verdict: 'clean', recovery: 'violated' }, 'red'],
    [{ exitCode: 2 }, 'yellow'],
    [{ exitCode: 3 }, 'environment'],
    [{ exitCode: 70 }, 'harness'],
    [{ exitCode: 130 }, 'yellow'],
  ] as const)('of a run with %o is %s', (over, colour) => {
    const expectation = { data: 'violated' as const, met: false, unmet: [] };
    expect(runColour({ ...runFigures({ verdict: verdictOf('off'), path: 'a' }), expectation, ...over })).toBe(colour);
  });

  it('of a run without the overlaps that must be found is blind', () => {
    const expectation = { exclusion: 'violated' as const, met: false, unmet: [] };
    const run = { ...runFigures({ verdict: verdictOf('off'), path: 'a' }), exitCode: 1, expectation };
    expect(runColour({ ...run, exclusion: 'clean' })).toBe('blind');
  });
});

describe('the page of many runs', () => {
  const text = campaignHtml(campaign, []);

  it('says what is not as expected first, the worst first, and escapes it', () => {
    const colours = [...text.matchAll(/<li><span class="chip-outcome colour-(\w+)">[^<]*<\/span> <strong>/g)].map(
      ([, c]) => c,
    );
    expect(colours).toEqual([
      'red',
      'red',
      'blind',
      'blind',
      'harness',
      'harness',
      'environment',
      'environment',
      'yellow',
      'yellow',
    ]);
    expect(text).toContain('run 0: &lt;b&gt;red&lt;/b&gt;');
    expect(text).toContain('run 0 did not come about: no engine');
    expect(text.indexOf('What is not as expected')).toBeLessThan(text.indexOf('What was reached'));
  });

  it('says that it is a part, and not complete', () => {
    expect(text).toContain('This is part 1 of 2 of the campaign.');
    expect(text).toContain('30 of 36 planned runs took place');
  });

  it('has a row for each cell and each run, that the filter knows, and links to the runs', () => {
    expect(text.match(/<tr class="row /g)).toHaveLength(12 + 36);
    expect(text).toContain('main:has(option.only-a0-3:checked) tr.row:not(.a0-3)');
    expect(text).toContain('href="./../run-0-0/report.html"');
    expect(text).toContain('All of them: storage http.');
  });

  it('draws the curve with its interval, and says which states are needed and missing', () => {
    expect(text.match(/class="dot"/g)).toHaveLength(5);
    expect(text).toMatch(/The leader of etcd changed during a hold<\/th>.*\? never/);
  });
});

describe('a campaign elsewhere', () => {
  it('is a table of cells on a terminal, with reasons and the states', () => {
    const text = campaignText(campaign, { color: false });
    expect(text).toMatch(/^ {2}recipe=recipe-0,fencing=off +red +3\/3 +3 of 3 \(44–100 %\) +12 of 18/m);
    expect(text).toContain('red: recipe=recipe-0,fencing=off: run 0: <b>red</b>');
    expect(text).toContain('Never reached, and needed: The leader of etcd changed during a hold');
    expect(text).toContain('Reached: Two clients held one lock at once (90, in 30 of 30 runs)');
    expect(text.split('\n').at(-1)).toMatch(/^Not carried out as planned: .*; and 5 more\. Exit code 70\.$/);
    expect(campaignText(campaign, { color: true })).toContain('\u001b[31mred\u001b[0m');
  });

  it('is a case for each cell on a dashboard', () => {
    const { cases } = cellsSuite(campaign);
    expect(cases.slice(0, 6).map(({ result }) => result.kind)).toEqual([
      'failure',
      'error',
      'error',
      'error',
      'skipped',
      'passed',
    ]);
    expect(junitXml('all', [cellsSuite(campaign)])).toContain(
      '<testsuite name="nightly: cells" tests="12" failures="2"',
    );
  });

  it('is a table with the worst cells first on the page of a job, as far as there is room', () => {
    const { name: title, exitCode, unmet, command, cells } = campaign;
    const report = { title, exitCode, unmet, command, cells, runs: [] };
    const summary = jobSummary(report, MAX_SUMMARY);
    expect(
      [...summary.matchAll(/<tr><td>[^<]*<\/td><td>(\w+)<\/td>/g)].map(([, colour]) => colour).slice(0, 3),
    ).toEqual(['red', 'red', 'blind']);
    expect(summary).not.toContain('<b>red</b>');
    expect(jobSummary(report, 1500)).not.toContain('<td>red</td>');
  });
});
