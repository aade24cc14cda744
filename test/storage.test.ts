/** The storage in its container: data on the test network, health and the decision log nowhere but inside. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster/cluster.js';
import { STORAGE_ADMIN_SOCKET, STORAGE_PORT } from '../workloads/storages/protocol.js';

let cluster: Cluster | undefined;

beforeAll(async () => {
  const outcome = await startCluster(
    { runId: `test-storage-${process.pid}`, etcdNodes: 1, etcdData: 'tmpfs', fencing: 'on', clientHosts: 1 },
    () => undefined,
  );
  if (outcome.kind !== 'up') throw new Error(`${outcome.message}\n${outcome.mend.join('\n')}`);
  cluster = outcome.cluster;
});
afterAll(() => cluster?.down());

/** Runs a program on a node to its end. */
async function run(node: string, ...command: string[]): Promise<{ code: number | undefined; lines: string[] }> {
  if (!cluster) throw new Error('there is no cluster');
  const program = await cluster.openProgram(node, command);
  const lines: string[] = [];
  program.onLine((line) => lines.push(line));
  program.onStderr((line) => lines.push(`stderr: ${line}`));
  const { code } = await program.closed;
  return { code, lines };
}

/** One HTTP request from a client host to the storage's address on the test network. */
async function request(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  const address = cluster?.nodes.find((node) => node.role === 'storage')?.address;
  const init = { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) };
  const script = `fetch('http://${address}:${STORAGE_PORT}${path}', ${JSON.stringify(init)}).then(async (answer) =>
    console.log(JSON.stringify({ status: answer.status, text: await answer.text() })))`;
  const { code, lines } = await run('clients1', 'node', '-e', script);
  if (code !== 0 || lines[0] === undefined) throw new Error(lines.join('\n'));
  return JSON.parse(lines[0]) as { status: number; text: string };
}

const write = (token: string, value: unknown) =>
  request('POST', '/write', { op: -1, process: -1, key: 'r0', token, value });

describe('the storage in its container', () => {
  it('takes and fences data from the test network, and tells its log only inside', async () => {
    expect(await write('34', 'new')).toEqual({ status: 200, text: '{"seq":1,"value":"new","token":"34"}' });
    expect(await write('33', 'old')).toMatchObject({ status: 409 });
    const log = await run('storage', 'node', '/opt/leasebreaker/storage-admin.mjs', 'log');
    expect(log.code).toBe(0);
    expect(log.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ seq: 1, token: '34', verdict: 'accepted' }),
      expect.objectContaining({ seq: 2, token: '33', verdict: 'refused' }),
    ]);
  });

  it.each(['/log', '/health', '/summary'])('has no %s for the test network', async (path) => {
    expect(await request('GET', path)).toMatchObject({ status: 404 });
    expect(await request('POST', path, {})).toMatchObject({ status: 404 });
  });

  it('listens on the test network with its data port and nothing else', async () => {
    // proc(5): local address in hex, the word of an IPv4 address in the machine's order; state 0A is listening.
    const { lines } = await run('storage', 'cat', '/proc/net/tcp', '/proc/net/tcp6');
    const listening = lines
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && !/^[0-9A-F]{6}7F:/.test(fields[1] ?? ''))
      .map((fields) => parseInt(fields[1]?.split(':')[1] ?? '', 16));
    expect(listening).toEqual([STORAGE_PORT]);
  });

  it('keeps its admin socket to its own pod', async () => {
    expect((await run('storage', 'test', '-S', STORAGE_ADMIN_SOCKET)).code).toBe(0);
    expect((await run('clients1', 'test', '-e', STORAGE_ADMIN_SOCKET)).code).toBe(1);
  });
});
