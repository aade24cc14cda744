import { describe, expect, it } from 'vitest';
import { createLockQueue } from './lock-queue.js';

const key = (lease: string, createRevision: string, type: 'put' | 'delete' = 'put') => ({
  type,
  lane: 0,
  key: `lock/${lease}`,
  createRevision,
  lease,
});

describe('lock queue', () => {
  it('names the client behind the holder, in the order of the revisions as numbers', () => {
    const queue = createLockQueue();
    ['a', 'b', 'c'].forEach((lease, slot) => queue.opened(slot, lease));
    queue.see(key('c', '10'));
    queue.see(key('a', '9'));
    queue.see(key('b', '100'));
    expect(queue.nextAfterHolder(0)).toBe(2);
    queue.see(key('a', '9', 'delete'));
    expect(queue.nextAfterHolder(0)).toBe(1);
    queue.see(key('c', '10', 'delete'));
    expect(queue.nextAfterHolder(0)).toBeUndefined();
    expect(queue.nextAfterHolder(7)).toBeUndefined();
  });

  it('does not bring a deleted key back for a member that lags behind', () => {
    const queue = createLockQueue();
    ['a', 'b'].forEach((lease, slot) => queue.opened(slot, lease));
    queue.see(key('a', '5'));
    queue.see(key('b', '6'));
    queue.see(key('b', '6', 'delete'));
    queue.see(key('b', '6'));
    expect(queue.nextAfterHolder(0)).toBeUndefined();
    // The same client queues again, under a new revision.
    queue.see(key('b', '8'));
    queue.see(key('b', '6', 'delete'));
    expect(queue.nextAfterHolder(0)).toBe(1);
  });

  it('has nobody behind the holder of a bare key, whoever puts it', () => {
    const queue = createLockQueue();
    ['a', 'b'].forEach((lease, slot) => queue.opened(slot, lease));
    const bare = { type: 'put', lane: 1, key: 'leasebreaker/run/lane-1', createRevision: '5' } as const;
    queue.see({ ...bare, lease: 'a' });
    queue.see({ ...bare, lease: 'b' });
    expect([queue.nextAfterHolder(1), queue.isUnordered(1)]).toEqual([undefined, true]);
    queue.see({ ...bare, type: 'delete', lease: 'b' });
    queue.see({ ...bare, createRevision: '9', lease: 'a' });
    expect([queue.nextAfterHolder(1), queue.isUnordered(1)]).toEqual([undefined, true]);
    queue.see(key('a', '9'));
    expect(queue.isUnordered(0)).toBe(false);
  });
});
