import { describe, expect, it } from 'vitest';
import { judgeHealth, readStatus } from './etcd-admin.js';
import { readGrant, readMembers, readRemaining } from './etcdctl.js';

const MEMBERS = [
  { name: 'etcd1', address: '10.213.7.11' },
  { name: 'etcd2', address: '10.213.7.12' },
];

describe('judgeHealth', () => {
  it('has nothing to say of a healthy cluster', () => {
    const answer =
      '[{"endpoint":"10.213.7.12:2379","health":true,"took":"5ms"},{"endpoint":"10.213.7.11:2379","health":true,"took":"6ms"}]';
    expect(judgeHealth(answer, '', MEMBERS)).toEqual([]);
  });
  it('names each member that is not, with its error, and the one that did not answer', () => {
    const answer = '[{"endpoint":"10.213.7.11:2379","health":false,"took":"2s","error":"context deadline exceeded"}]';
    expect(judgeHealth(answer, '{"level":"warn"}', MEMBERS)).toEqual([
      'etcd1 (10.213.7.11): context deadline exceeded',
      'etcd2 (10.213.7.12): no answer',
    ]);
  });
  it('passes on what etcdctl says if it cannot work at all', () => {
    expect(judgeHealth('', 'Error: no such flag', MEMBERS)).toEqual(['etcdctl says: Error: no such flag']);
  });
});

describe('readStatus', () => {
  it('tells the leader by ids wider than a number keeps', () => {
    const member = (endpoint: string, id: string) =>
      `{"Endpoint":"${endpoint}:2379","Status":{"header":{"cluster_id":14294348591782327506,"member_id":${id},"revision":7,"raft_term":2},` +
      '"version":"3.5.16","dbSize":28672,"leader":12167215930895670559,"raftIndex":8,"raftTerm":2,"raftAppliedIndex":8,"dbSizeInUse":20480}}';
    const answer = `[${member('10.213.7.11', '12532757134368845567')},${member('10.213.7.12', '12167215930895670559')}]`;
    expect(readStatus(answer, MEMBERS)).toEqual([
      { name: 'etcd1', leader: false, version: '3.5.16', revision: 7, raftIndex: 8, raftTerm: 2, dbSize: 28672 },
      { name: 'etcd2', leader: true, version: '3.5.16', revision: 7, raftIndex: 8, raftTerm: 2, dbSize: 28672 },
    ]);
  });
  it('leaves members out that gave none', () => {
    expect(readStatus('[]', MEMBERS)).toEqual([]);
    expect(readStatus('not JSON', MEMBERS)).toEqual([]);
  });
});

describe('readGrant', () => {
  it('keeps all digits of the id', () => {
    expect(readGrant('{"cluster_id":1,"ID":7587896352311541254,"TTL":2}')).toEqual({ id: '694d9f87b002fe06', ttl: 2 });
  });
  it('knows a refusal', () => {
    expect(readGrant('')).toBeUndefined();
  });
});

describe('readRemaining', () => {
  it('gives the seconds left, and -1 for a lease that is gone', () => {
    expect(readRemaining('{"cluster_id":1,"id":7587896352311541254,"ttl":3,"granted-ttl":5,"keys":null}')).toBe(3);
    expect(readRemaining('{"cluster_id":1,"id":7587896352311541254,"ttl":-1,"granted-ttl":0}')).toBe(-1);
    expect(readRemaining('')).toBeUndefined();
  });
});

describe('readMembers', () => {
  it('reads a list with a member that has not started', () => {
    const list =
      '8e9e05c52164694d, started, etcd1, http://10.213.7.11:2380, http://10.213.7.11:2379, false\n' +
      '91bc3c398fb3c146, unstarted, , http://10.213.7.12:2380, , false';
    expect(readMembers(list)).toEqual([
      { id: '8e9e05c52164694d', name: 'etcd1', started: true, peerUrl: 'http://10.213.7.11:2380' },
      { id: '91bc3c398fb3c146', name: '', started: false, peerUrl: 'http://10.213.7.12:2380' },
    ]);
  });
  it('finds none in something else', () => {
    expect(readMembers('Error: context deadline exceeded, a, b, c')).toEqual([]);
  });
});
