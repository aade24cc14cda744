import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { campaignOfRuns, runFigures, toCampaignJson } from './campaign.js';
import { campaignText, summaryText } from './summary.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { toVerdictJson } from './verdict-json.js';

function verdictOf(fencing: 'off' | 'on') {
  const writer = lateWriter(fencing);
  return toVerdictJson({ record: tablesOf(writer.record), judgement: judgementOf(writer), meta: metaOf(fencing) });
}

describe('summaryText', () => {
  it('gives verdict, counts, expectation and the replay line', () => {
    expect(summaryText(verdictOf('off'), { color: false }).split('\n')).toEqual([
      'VIOLATED  With fencing off the storage accepted 37 writes by clients that no longer held the lock, and 12 updates were lost. Sections overlapped 33 times.',
      '  Stale writes                                       37',
      '  Lost updates                                       12',
      '  Interleaved sections                               0',
      '  Values that do not add up                          0',
      '  Overlapping sections                               33',
      '  Listed violations with no fault in force           0',
      '  Writes refused by the storage                      0',
      '  Reads refused by the storage                       0',
      '  Lock hand-overs a minute (under a fault)           413 (?)',
      '  Faults injected / proven / healed                  1 / 1 / 1',
      '  Recovery after the last heal                       recovered in 1.34 s',
      '  Operations: ok / failed / unknown to their client  8 / 0 / 0',
      '  Fault pause                                        1 injected, 1 proven, 1 healed',
      'As expected. Exit code 0.',
      'Carry it out again: npx leasebreaker run --fencing off --seed 1 --time 30',
    ]);
  });

  it('colours nothing unless asked to, and passes on no control characters', () => {
    const kinds = [{ kind: 'pa\u001b[2Juse', injected: 1, proven: 1, healed: 1 }];
    const verdict = {
      ...verdictOf('off'),
      doubts: [{ checker: 'c', doubt: 'key \u001b[2Jgone\r' }],
      faults: { injected: 1, proven: 1, healed: 1, kinds },
    };
    expect(summaryText(verdict, { color: false })).not.toContain('\u001b');
    const colored = summaryText(verdict, { color: true });
    expect(colored).toContain('\u001b[1;31mVIOLATED\u001b[0m');
    expect(colored).toContain('key \\u{1b}[2Jgone\\u{d}');
  });
});

describe('campaignText', () => {
  it('sets the runs side by side', () => {
    const { name, date, command, versions, environment } = metaOf('off');
    const runs = [verdictOf('off'), verdictOf('on')].map((verdict) => runFigures({ verdict, path: verdict.name }));
    const meta = {
      name,
      date,
      command,
      versions,
      environment,
      met: false,
      unmet: ['off: no stale write'],
      exitCode: 1,
    };
    const text = campaignText(toCampaignJson(campaignOfRuns(meta, runs)), { color: false });
    expect(text).toMatch(/^ +mutex-http-fencing-off +mutex-http-fencing-on$/m);
    expect(text).toMatch(/^ {2}Fencing +off +on$/m);
    expect(text).toMatch(/^ {2}Stale writes +37 +0$/m);
    expect(text).toMatch(/^ {2}The guarded data +violated +clean$/m);
    expect(text.split('\n').at(-1)).toBe('Not as expected: off: no stale write. Exit code 1.');
  });
});
