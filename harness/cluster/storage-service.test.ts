import { describe, expect, it } from 'vitest';
import { STORAGES } from '../history/decision.js';
import { storageAdminCommand, storageService, storageUrl } from './storage-service.js';

const NODES = [
  { role: 'etcd', address: '10.0.0.11' },
  { role: 'etcd', address: '10.0.0.12' },
  { role: 'storage', address: '10.0.0.21' },
] as const;

describe('storageUrl', () => {
  it.each([
    ['http', 'http://10.0.0.21:8080'],
    ['http-durable', 'http://10.0.0.21:8080'],
    ['postgres', 'postgres://postgres@10.0.0.21:5432/leasebreaker'],
    ['redis', 'redis://10.0.0.21:6379'],
    ['etcd', 'etcd:'],
  ])('%s is reached by %s', (kind, url) => {
    expect(storageUrl(kind, NODES)).toBe(url);
    expect(new URL(url).port).toBe(String(storageService(kind).port ?? ''));
  });

  it('there is one for every storage, and none for another name', () => {
    for (const kind of STORAGES) expect(() => storageService(kind)).not.toThrow();
    expect(() => storageService('mongo')).toThrow(/there are: http, /);
  });
});

describe('storageAdminCommand', () => {
  it('asks a storage beside it, and etcd by all its members', () => {
    const command = (kind: string) => storageAdminCommand({ kind, fencing: 'on', nodes: NODES }, 'log').join(' ');
    expect(command('redis')).toContain('STORAGE_URL=redis://127.0.0.1:6379 ');
    expect(command('etcd')).toContain('STORAGE_URL=http://10.0.0.11:2379,http://10.0.0.12:2379 ');
    expect(command('http')).toMatch(/^env STORAGE_KIND=http .* log$/);
  });
});
