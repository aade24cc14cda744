import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../checkers/evidence.js';
import { tablesOf } from '../history/table-builders.js';
import { faultFigures } from './fault-figures.js';
import { reportHtml } from './html.js';
import { pageModel } from './model.js';
import { indexRecord } from './record-index.js';
import { judgementOf, lateWriter, metaOf } from './testing/records.js';
import { inOrder } from './verdict-json.js';

const MS = 1e6;

describe('faultFigures', () => {
  it('says of each kind what it explains, how soon, and how long belief and truth were apart', () => {
    const writer = lateWriter('off');
    const record = tablesOf(writer.record);
    const kinds = [
      { kind: 'pause', injected: 1, proven: 1, healed: 1 },
      { kind: 'clock', injected: 0, proven: 0, healed: 0 },
    ];
    const violations = inOrder(judgementOf(writer));
    const [pause, clock] = faultFigures(evidenceOf(record), indexRecord(record), violations, kinds);
    // Paused at 1026, accepted by 5639; etcd ended the hold at 3404, the client was told at 5641.
    const after = 4613 * MS;
    expect(pause).toMatchObject({ kind: 'pause', violations: 3, firstStale: { count: 1, min: after, median: after } });
    expect(pause?.gap?.count).toBe(1);
    expect(Math.round((pause?.gap?.max ?? 0) / MS)).toBe(2237);
    expect(clock).toMatchObject({ violations: 0, firstStale: undefined, gap: undefined });
  });

  it('stands in the page, with a dash for what did not come', () => {
    const writer = lateWriter('off');
    const record = { ...writer.record, settings: { ...writer.record.settings, faultKinds: ['pause', 'clock'] } };
    const page = reportHtml(
      pageModel({ record: tablesOf(record), judgement: judgementOf(writer), meta: metaOf('off') }),
    );
    const cells = (kind: string) =>
      [...(new RegExp(`<th scope="row">${kind}</th>(.*?)</tr>`).exec(page)?.[1] ?? '').matchAll(/>([^<]*)<\/td>/g)].map(
        ([, cell]) => cell,
      );
    expect(cells('pause')).toEqual(['1', '1', '1', '3', '4.61 s', '4.61 s', '2.24 s', '2.24 s', '2.24 s', '2.24 s']);
    expect(cells('clock')).toEqual(['0', '0', '0', '0', '–', '–', '–', '–', '–', '–']);
  });
});
