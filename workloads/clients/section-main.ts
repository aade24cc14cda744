/**
 * The program that `etcdctl lock` runs under its lock, for the recipe `etcdctl-lock`: tells the client which key it was given
 * (ETCD_LOCK_KEY, ETCD_LOCK_REV), then reads and writes as the client asks, one request and one answer a line on file descriptor 3,
 * which etcdctl hands down untouched. Ends when the client closes that, and the lock ends with it.
 * It does nothing by itself when the lock is lost: etcdctl does not tell it.
 */
import { Socket } from 'node:net';
import { splitLines } from '../../harness/history/lines.js';
import { connectEtcd } from '../recipes/etcd3-adapter.js';
import type { Etcd } from '../recipes/ports.js';
import type { OpenOptions } from './protocol.js';
import type { SectionRequest } from './section.js';
import { connectStorage, type StorageClient } from './storage-client.js';

const CLIENT_FD = 3;

const link = new Socket({ fd: CLIENT_FD, readable: true, writable: true });
let storage: StorageClient | undefined;
let etcd: Etcd | undefined;

function send(message: object): void {
  link.write(`${JSON.stringify(message)}\n`);
}

async function receive(line: string): Promise<void> {
  const { id, message } = JSON.parse(line) as { id: number; message: SectionRequest };
  const { open } = message;
  storage ??= connect(open);
  const answer =
    message.do === 'read' ? await storage.read(message.body) : await storage.write(message.body, message.owner);
  send({ id, answer });
}

function connect({ etcd: endpoints, storage: url, fencing = 'off', deadlineMs }: OpenOptions): StorageClient {
  etcd = connectEtcd(endpoints, deadlineMs);
  const connected = connectStorage(url, { deadlineMs, fencing, etcd });
  if ('unsupported' in connected) throw new Error(connected.unsupported); // the client has refused it before
  return connected;
}

function close(): void {
  etcd?.close();
  void storage?.close();
}

link.on(
  'data',
  splitLines((line) => void receive(line)),
);
link.on('end', close);
// The client is gone, and its end of the link with it.
link.on('error', close);
const { ETCD_LOCK_KEY: key, ETCD_LOCK_REV: revision } = process.env;
send({ key, revision });
