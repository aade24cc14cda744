import { describe, expect, it } from 'vitest';
import { hindered } from './hindered.js';
import { node, RememberedClient } from './testing/world.js';

const of = (names: string[], clients: RememberedClient[] = []) => hindered({ nodes: names.map(node), clients });

describe('hindered', () => {
  it.each(['storage', 'etcd1', 'etcd3'])('is everybody where %s is hit', (name) => {
    expect(of([name])).toBe('all');
  });

  it('is the clients that are hit, by the numbers that they have now', () => {
    const client = new RememberedClient(1);
    client.process = 7;
    expect(of(['clients2'], [client])).toEqual([7]);
  });
});
