import { describe, expect, it } from 'vitest';
import { tablesOf } from '../history/table-builders.js';
import { indexLockKeys } from './lock-keys.js';
import { recordBuilder, SETTINGS } from './testing/records.js';

const MS = 1e6;

/** One lease has two keys, one after the other; between them another lease has one. */
function keysOf() {
  const { record, own } = recordBuilder(SETTINGS, 'clients1');
  own('put', 10, '33', '33');
  own('put', 20, '35', '35');
  own('delete', 30, '33', '37');
  own('delete', 50, '35', '38');
  own('put', 900, '41', '41');
  const ownership = record.ownership.map((event) =>
    event.createRevision === '41' ? { ...event, lease: '33a' } : event,
  );
  return indexLockKeys(tablesOf({ ...record, ownership }));
}

const LEASE = Number.parseInt('33a', 16);
const rounded = (span: { from: number; to: number | undefined } | undefined) =>
  span && [Math.round(span.from / MS), span.to && Math.round(span.to / MS)];

describe('lock keys', () => {
  it('say when the key of a token came to own the lock and ceased to, by text and by code alike', () => {
    const keys = keysOf();
    for (const [token, span] of [
      [33, [10, 30]],
      [35, [30, 50]],
      [41, [900, undefined]],
    ] as const) {
      expect(rounded(keys.ownedBy(0, token, 1000 * MS))).toEqual(span);
      expect(rounded(keys.keyOf(0, String(token), 1000 * MS)?.owned)).toEqual(span);
    }
    expect([keys.ownedBy(0, 34, 0), keys.ownedBy(1, 33, 0)]).toEqual([undefined, undefined]);
  });

  it('take the id of a lease for its last key that was there at the grant', () => {
    const keys = keysOf();
    expect(rounded(keys.ownedBy(0, LEASE, 12 * MS))).toEqual([10, 30]);
    expect(rounded(keys.ownedBy(0, LEASE, 905 * MS))).toEqual([900, undefined]);
    expect(keys.keyOf(0, String(LEASE), 905 * MS)?.revision).toBe('41');
  });
});
