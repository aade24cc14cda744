import { describe, expect, it } from 'vitest';
import { shrinkHtml, shrinkText, type ShrinkStory } from './shrink-html.js';

const story: ShrinkStory = {
  name: 'haystack',
  date: '2026-11-22T16:28:07.000Z',
  source: 'results/<latest>',
  finding: 'a stale write',
  headline: '47 faults became 1, 2 x 3 clients became 1 x 2.',
  steps: [
    { title: 'The suspects', text: '46 of 47 faults went, 1 stayed.', tries: 1, faults: 1 },
    { title: 'Fewer clients', text: '2 clients a lock instead of 3 will do.', tries: 2, faults: 1 },
  ],
  minimal: ['2 clients want one lock.', 'pause of the holder for 2.5 s.'],
  file: 'seed: 5\nclient: "<b>&"\n',
  share: 'reproduced 5 of 5 (95 % interval 57 to 100 %)',
  tries: 8,
  seconds: 91.4,
  again: 'npx leasebreaker replay x/minimal.plan.json',
  command: 'npx leasebreaker shrink results/x',
  example: 'runs/a b#1/report.html',
};

describe('shrinkHtml', () => {
  it('tells every step, what is left and how often it shows', () => {
    const page = shrinkHtml(story);
    for (const text of [
      '46 of 47 faults went',
      'instead of 3 will do',
      'reproduced 5 of 5',
      'pause of the holder',
      '91 s',
    ])
      expect(page).toContain(text);
    expect(page).toContain('href="./runs/a%20b%231/report.html"');
    expect(page).not.toContain('through');
  });

  it('takes nothing for markup that is data', () => {
    const page = shrinkHtml(story);
    expect(page).toContain('results/&lt;latest&gt;');
    expect(page).toContain('client: &quot;&lt;b&gt;&amp;&quot;');
    expect(page).not.toContain('<script');
  });

  it('says what it could not do', () => {
    const { file: _, share: __, example: ___, ...rest } = story;
    const page = shrinkHtml({ ...rest, over: 'the budget of 5 minutes is used up' });
    for (const text of ['the budget of 5 minutes is used up', 'was not measured', 'No plan file shows it'])
      expect(page).toContain(text);
    expect(page).not.toContain('report.html');
    expect(page).not.toContain('minimal.yaml');
  });
});

describe('shrinkText', () => {
  it('is the same for terminals', () => {
    expect(shrinkText(story)).toBe(`47 faults became 1, 2 x 3 clients became 1 x 2.

  The suspects   46 of 47 faults went, 1 stayed. (1 try)
  Fewer clients  2 clients a lock instead of 3 will do. (2 tries)

  2 clients want one lock.
  pause of the holder for 2.5 s.

    seed: 5
    client: "<b>&"

What is left: reproduced 5 of 5 (95 % interval 57 to 100 %).
8 tries in 91 s.
again: npx leasebreaker replay x/minimal.plan.json`);
  });
});
