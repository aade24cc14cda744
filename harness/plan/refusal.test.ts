import { describe, expect, it } from 'vitest';
import { parseFaults } from './fault-grammar.js';
import type { PARTITION_SHAPES } from './fault-kinds.js';
import { targetsOf } from './fault-spec.js';
import { type Circumstances, refuseFaults } from './refusal.js';

const usual: Circumstances = {
  lanes: 8,
  clients: 4,
  ttlMs: 2000,
  storage: 'http',
  etcdNodes: 3,
  etcdData: 'tmpfs',
  impossibleClocks: false,
};

function refuse(text: string, changes: Partial<Circumstances>): string | undefined {
  const parsed = parseFaults(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return refuseFaults(parsed.faults, { ...usual, ...changes });
}

describe('refuseFaults', () => {
  it.each<[string, Partial<Circumstances>, string, Partial<Circumstances>]>([
    ['pause', { clients: 2 }, '--clients 3 or more', {}],
    ['freeze@holder', { clients: 2 }, '--clients 3 or more', {}],
    ['pause:lane=0', { clients: 1 }, '--clients 3 or more', { clients: 2 }],
    ['pause:lane=3', { lanes: 3 }, 'the lanes 0 to 2 with --lanes 3', { lanes: 4 }],
    ['kill', { etcdNodes: 1 }, 'one member alone is the leader and has no follower', {}],
    ['pause@minority', { etcdNodes: 1 }, 'has no minority', {}],
    ['pause@etcd4', {}, 'there is no etcd4 with --etcd-nodes 3', { etcdNodes: 5 }],
    ['etcd', { etcdNodes: 1 }, 'nobody to hand the leadership to', {}],
    ['etcd:replace-member', { etcdNodes: 1 }, 'cannot be replaced', {}],
    ['disk:lost', { etcdNodes: 1 }, "takes the whole cluster's with it", {}],
    ['disk:full', { etcdData: 'disk' }, '--etcd-data tmpfs', {}],
    ['kill@storage', {}, '--storage http-durable', { storage: 'http-durable' }],
    ['disk@storage', {}, '--storage http-durable', { storage: 'http-durable' }],
    ['pause@storage', { storage: 'etcd' }, 'no container of its own', { storage: 'postgres' }],
    ['kill@storage', { storage: 'etcd' }, 'no container of its own', { storage: 'redis' }],
    ['partition:isolate-holder-from-storage', { storage: 'etcd' }, 'no container of its own', { storage: 'http' }],
    ['delay:link=storage@holder', { storage: 'etcd' }, 'no container of its own', { storage: 'redis' }],
    ['partition:majorities-ring', { etcdNodes: 1 }, 'cuts members off from members', {}],
    ['partition', { etcdNodes: 1 }, 'cuts members off from members', {}],
    ['clock:jump=-1000', {}, '--impossible-clocks', { impossibleClocks: true }],
  ])('%s with %j: %s; not so with %j', (text, changes, message, better) => {
    expect(refuse(text, changes)).toContain(message);
    expect(refuse(text, changes)).toContain(`${text}: `);
    expect(refuse(text, better)).toBeUndefined();
  });

  it.each([
    ['disk:lost@majority', "takes the whole cluster's with it"],
    ['etcd:replace-member@all', 'cannot lose a majority'],
    ['etcd:replace-member@majority', 'cannot lose a majority'],
    ['clock:drift=1', 'changes nothing: give drift other than 1'],
    ['clock:step=0', 'changes nothing'],
    ['clock:jump=0@leader', 'changes nothing'],
    ['clock:drift=1:step=0:jump=0', 'changes nothing'],
    ['pause:for=0.1ms', 'for= takes 1ms or more'],
    ['kill:lane=1@leader', 'lane= is for what a client of one lane suffers'],
    ['pause:every=0.1ms', 'every= takes 100ms or more'],
    ['pause:weight=2:at=1s', 'weight= shares out the turns'],
    ['pause:weight=2:every=1s', 'weight= shares out the turns'],
    ['kill,pause:after=kill:weight=2', 'weight= shares out the turns'],
    ['cpu:for=5s:every=2s', 'injected again before it is healed'],
    ['pause:for=5s:every=2s@leader', 'injected again before it is healed'],
    ['loss:link=etcd9', 'link= names the other end: etcd, storage, clients, etcd1'],
    ['loss:link=etcd1@etcd1', 'is the target itself'],
    ['pause@clients4', 'client hosts are clients1 to clients3'],
    ['kill,pause:after=kill:on=acquired', 'it goes without on='],
    ['pause:jitter=1s', 'varies every='],
    ['pause:every=1s:jitter=1s', 'must be shorter than every='],
    ['pause:every=1ms', 'takes 100ms or more'],
    ['pause:after=kill', 'asked for: pause'],
    ['pause:after=pause', 'waits for itself'],
    ['pause:after=kill,kill:after=cpu,cpu:after=pause', 'waits for itself'],
  ])('%s: %s', (text, message) => {
    expect(refuse(text, {})).toContain(message);
  });

  it.each([
    'kill@leader',
    'loss:link=clients@storage,delay:link=etcd2@etcd1',
    'etcd:compact',
    'pause@storage,clock@storage',
    'partition:isolate-one@storage,partition:clients-from-members@holder,partition:isolate-leader@leader',
    'clock:step=-1000,clock:drift=4@leader,clock:drift=1:step=5,clock:drift=1:strobe=5',
    'etcd:replace-member@leader,etcd:replace-member@minority,etcd:defragment@all',
    'partition:for=5s:every=2s,loss:for=5s:every=2s,pause:for=5s:every=2s@holder,kill:for=2s:every=2s',
    'kill,pause:after=kill:wait=1s,cpu:after=kill',
    'kill:lane=1:on=acquired@leader,pause:lane=7:pick=3,freeze:lane=0@holder,kill:lane=2@all-clients',
  ])('has nothing against %s', (text) => {
    expect(refuse(text, {})).toBeUndefined();
  });

  it('lets a single member be cut off from what is no member', () => {
    for (const text of ['isolate-holder', 'clients-from-members', 'isolate-one@storage'])
      expect(refuse(`partition:${text}`, { etcdNodes: 1 })).toBeUndefined();
  });

  it.each<[shape: (typeof PARTITION_SHAPES)[number], possible: string]>([
    ['isolate-one', 'leader follower holder storage etcd1 clients1'],
    ['isolate-leader', 'leader'],
    ['isolate-holder', 'holder clients1'],
    ['isolate-holder-from-etcd', 'holder clients1'],
    ['isolate-holder-from-storage', 'holder clients1'],
    ['halves', 'all'],
    ['majority-with-leader', 'leader'],
    ['majority-without-leader', 'leader'],
    ['majorities-ring', 'all'],
    ['bridge', 'all'],
    ['single-link', 'leader follower etcd1'],
    ['clients-from-members', 'holder clients1'],
  ])('partition:%s takes no target, or one of %s', (shape, possible) => {
    expect(refuse(`partition:${shape}`, {})).toBeUndefined();
    for (const target of targetsOf('partition').map((each) => each.replace(/N$/, '1'))) {
      const message = refuse(`partition:${shape}@${target}`, {});
      if (possible.split(' ').includes(target)) expect(message).toBeUndefined();
      else expect(message).toContain(`the shape ${shape} has no use for the target ${target}; possible: `);
    }
  });
});
