import { describe, expect, it } from 'vitest';
import { leaseOfKey } from './key-lease.js';

describe('the lease of a lock key', () => {
  it.each([
    ['lock/lane-0/abc', { lease: 0xdefn, value: '' }, 'def'],
    ['lock/lane-0', { lease: -1n, value: '12' }, 'ffffffffffffffff'],
    ['lock/lane-0', { lease: 0n, value: '7ae3' }, '7ae3'],
    ['lock/lane-0/abc', { lease: 0n, value: '' }, 'abc'],
    ['lock/lane-0/abc', undefined, 'abc'],
  ])('%s, %o: %s', (key, kv, lease) => expect(leaseOfKey(key, kv)).toBe(lease));

  it.each([[{ lease: 0n, value: 'client 3' }], [{ lease: 0n, value: '0' }], [undefined]])(
    'never makes a bare key without a name look like one that ends with its lease: %o',
    (kv) => {
      for (const key of ['lock/lane-0', 'lock/lane-10', 'lock/lane-15']) {
        const lease = leaseOfKey(key, kv);
        expect(lease).toMatch(/^[1-9a-f][0-9a-f]{0,15}$/);
        expect(key.endsWith(lease)).toBe(false);
      }
    },
  );
});
