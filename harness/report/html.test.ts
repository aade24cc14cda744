import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { campaignHtml } from './campaign-html.js';
import { campaignOfRuns, runFigures, toCampaignJson } from './campaign.js';
import { reportHtml } from './html.js';
import { escapeHtml, html, trusted } from './markup.js';
import { MAX_PICTURES_PER_KIND, pageModel } from './model.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';

function modelOf(fencing: 'off' | 'on') {
  const writer = lateWriter(fencing);
  return pageModel({ record: tablesOf(writer.record), judgement: judgementOf(writer), meta: metaOf(fencing) });
}

describe('html', () => {
  it('escapes every part that is not markup', () => {
    expect(
      html`<p title="${'"><script>'}">${"<b>'&"}${trusted('<br>')}${[html`<i>${1}</i>`, html`<u></u>`]}${undefined}</p>`
        .markup,
    ).toBe('<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&#39;&amp;<br><i>1</i><u></u></p>');
  });

  it('makes visible what would not be seen or would turn the text round', () => {
    expect(escapeHtml('a\u0000\u202eb\u2028c\ud800d\ufeff')).toBe('a\\u{0}\\u{202e}b\\u{2028}c\\u{d800}d\\u{feff}');
    expect(escapeHtml('tab\tline\nemoji \u{1f512}')).toBe('tab\tline\nemoji \u{1f512}');
  });
});

describe('reportHtml', () => {
  it('is one file: no script, nothing to fetch, and a policy that forbids both', () => {
    const text = reportHtml(modelOf('off'));
    expect(text).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:"`);
    expect(text).not.toMatch(/<script|<img|<link(?! rel="icon" href="data:)|url\((?!#)|@import|https?:\/\//);
  });

  it('lets its own program run, by its hash, and no other; the data beside it is none', () => {
    const program = 'document.title = "run"';
    const text = reportHtml(modelOf('off'), { program, data: 'AAAA' });
    const hash = createHash('sha256').update(program).digest('base64');
    expect(text).toContain(
      `content="default-src &#39;none&#39;; script-src &#39;sha256-${hash}&#39;; style-src &#39;unsafe-inline&#39;; img-src data:"`,
    );
    expect([...text.matchAll(/<script[^]*?<\/script>/g)].map(([element]) => element)).toEqual([
      '<script type="application/octet-stream" id="page-data">AAAA</script>',
      `<script>${program}</script>`,
    ]);
  });

  it('shows the verdict, the plan, the replay line, versions, environment and expectations', () => {
    const text = reportHtml(modelOf('off'));
    for (const part of [
      'With fencing off the storage accepted 37 writes',
      'recipe mutex, TTL 2 s · fencing off · loss of the lock: ignore · 8 lanes of 4 clients',
      'npx leasebreaker run --fencing off --seed 1 --time 30',
      '3.5.16',
      'Debian GNU/Linux 12',
      'Expected: data violated, exclusion violated, etcd&#39;s word kept. <strong>✓ As expected. Exit code 0.</strong>',
      'assumptions: hand overs per minute',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('counts faults by kind, and shows what did not recover in the head, the numbers and a part of its own', () => {
    const writer = lateWriter('off');
    const judgement = judgementOf(writer);
    const recovery = { entry: 1, withinMs: 40_000, lanesNotLocked: [3], cluster: ['etcd2 does not answer'] };
    judgement.recovery = 'violated';
    judgement.results.push({
      ...{ checker: 'recovery', outcome: 'violated', counts: { 'not-recovered': 1 }, doubts: [], figures: {} },
      violations: [{ kind: 'not-recovered', lane: -1, recovery, decisions: [], from: 0, to: 1, numbers: {} }],
    });
    const settings = { ...writer.record.settings, faultKinds: ['pause', 'clock'] };
    const record = { ...writer.record, settings };
    const text = reportHtml(pageModel({ record: tablesOf(record), judgement, meta: metaOf('off') }));
    for (const part of [
      '1 planned fault (pause, clock)',
      'Recovery: <span class="chip-outcome violated">✗ not recovered</span>',
      '<th scope="row">pause</th><td class="number">1</td><td class="number">1</td><td class="number">1</td>',
      '<th scope="row">clock</th><td class="number">0</td><td class="number">0</td><td class="number">0</td>',
      'Not recovered: 1',
      'Within 40 s of the last heal the system was not itself again: nobody got the lock of lane 3; etcd2 does not answer.',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('gives every picture an address of its own', () => {
    const text = reportHtml(modelOf('off'));
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['v1', 'v2', 'v3']));
  });

  it('says that nothing is proven where the verdict is unknown, and never that it is clean', () => {
    const writer = lateWriter('on');
    const judgement = {
      ...judgementOf(writer),
      data: 'unknown' as const,
      exclusion: 'unknown' as const,
      assumptions: 'unknown' as const,
    };
    judgement.results[0]?.doubts.push('no lease expired under a fault');
    judgement.results[1] = {
      checker: 'overlap',
      outcome: 'clean',
      violations: [],
      counts: {},
      doubts: [],
      figures: {},
    };
    const meta = {
      ...metaOf('on'),
      expectation: { data: 'clean' as const, met: false, unmet: ['not enough evidence'] },
      exitCode: 2,
    };
    const text = reportHtml(pageModel({ record: tablesOf(writer.record), judgement, meta }));
    expect(text).toContain('This run proves nothing either way, because');
    expect(text).toContain('? Not known whether as expected: not enough evidence. Exit code 2.');
    expect(text).not.toMatch(/✓ clean|✓ As expected/);
  });

  it('shows a few pictures of many violations and gives the true number', () => {
    const writer = lateWriter('off');
    const judgement = judgementOf(writer);
    const stale = judgement.results[2]?.violations[0] ?? expect.fail('no violation');
    judgement.results[2]?.violations.push(...Array.from({ length: 50 }, () => stale));
    const model = pageModel({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(model.groups[0]?.pictures).toHaveLength(MAX_PICTURES_PER_KIND);
    expect(reportHtml(model)).toContain(`There are 37; ${MAX_PICTURES_PER_KIND} pictures of them are here.`);
  });

  it('draws one at the top that there is a picture of, though others come before it in the list', () => {
    const writer = lateWriter('off');
    const judgement = judgementOf(writer);
    const { first: _, ...bare } = judgement.results[2]?.violations[0] ?? expect.fail('no violation');
    judgement.results[2]?.violations.push({ ...bare, from: 0 });
    const { groups, example } = pageModel({ record: tablesOf(writer.record), judgement, meta: metaOf('off') });
    expect(groups[0]?.pictures.map(({ id, story }) => [id, story !== undefined])).toEqual([
      ['v1', false],
      ['v2', true],
    ]);
    expect(example?.picture.id).toBe('v2');
  });
});

describe('campaignHtml', () => {
  it('links to the reports of its runs without letting a path be an address', () => {
    const model = modelOf('off');
    const { name, date, command, versions, environment } = metaOf('off');
    const meta = {
      name,
      date,
      command,
      versions,
      environment,
      met: false,
      unmet: ['off: no lost updates'],
      exitCode: 1,
    };
    const campaign = toCampaignJson(
      campaignOfRuns(meta, [runFigures({ verdict: model.verdict, path: 'javascript:alert(1)/a b' })]),
    );
    const text = campaignHtml(campaign, [model]);
    expect(text).toContain('href="./javascript%3Aalert(1)/a%20b/report.html"');
    expect(text).toContain('✗ Not as expected: off: no lost updates. Exit code 1.');
  });
});
