/**
 * An etcd member or the storage as the faults on its program see it: does it answer, its end, its next start. Everything is asked
 * in its sidecar, which shares its addresses and lives on beside it.
 */
import type { Receipt } from '../history/operation.js';
import type { FaultNode, World } from './fault.js';
import { eventually, proven, unproven } from './receipts.js';

/** How long the engine may take to notice an end, and a program to serve again, in ms. */
const ENDS_WITHIN_MS = 10_000;
const SERVES_WITHIN_MS = 30_000;
/** One exchange with a server that is well, on a machine that is busy. */
const ANSWERS_WITHIN_MS = 3000;

/**
 * What is said to a server so that it answers whether it is well or not, and closes the connection. PostgreSQL gets a start-up message
 * (its manual, "Message Formats") for a user that it does not have; all bytes are ASCII.
 */
const QUESTIONS = {
  http: (path: string) => `GET ${path} HTTP/1.0\r\n\r\n`,
  postgres: () => '\0\0\0\x15\0\x03\0\0user\0nobody\0\0',
  redis: () => 'PING\r\nQUIT\r\n',
};

/** How an answer is known to be one of a server that is well. */
const WELL = {
  http: () => true,
  // 28000: it looked for the user in its tables. While it recovers it says 57P03 (manual, "PostgreSQL Error Codes").
  postgres: (answer: string) => answer.includes('\0C28000\0'),
  redis: (answer: string) => answer.startsWith('+PONG'),
};

/**
 * Asks the program one thing. `silent`: the kernel took the connection, the program sent no byte in `limitMs`; `refused`: nobody
 * listens.
 */
export async function exchange(
  { agent, role }: Pick<FaultNode, 'agent' | 'role'>,
  { storageSpeaks }: Pick<World, 'storageSpeaks'>,
  port: number,
  path: string,
  limitMs: number,
): Promise<{ kind: 'answered'; answer: string } | { kind: 'silent' | 'refused' }> {
  const question = QUESTIONS[role === 'storage' ? storageSpeaks : 'http'](path);
  const { connected, received = '' } = await agent.probe('127.0.0.1', port, limitMs, question);
  if (received !== '') return { kind: 'answered', answer: received };
  return { kind: connected ? 'silent' : 'refused' };
}

/** What a server that is well answers: etcd reads through its leader for `/health` (etcdserver/api/etcdhttp), leasebreaker's storage has no such page. */
export async function isServing(node: FaultNode, world: World, limitMs = ANSWERS_WITHIN_MS): Promise<boolean> {
  const port = world.port(node);
  if (port === undefined) return false;
  const heard = await exchange(node, world, port, '/health', limitMs);
  if (heard.kind !== 'answered') return false;
  return node.role === 'etcd' ? /^HTTP\/1\.[01] 200\b/.test(heard.answer) : WELL[world.storageSpeaks](heard.answer);
}

export function awaitServing(node: FaultNode, world: World): Promise<true | undefined> {
  return eventually(SERVES_WITHIN_MS, async () => (await isServing(node, world)) || undefined);
}

/** SIGKILL, and the end as the engine saw it. Its pids are those of the engine's machine. */
export async function killProgram(node: FaultNode): Promise<Receipt> {
  const before = await node.container.state();
  if (!before.running) return unproven('its program did not run');
  const killed = await node.agent.signalProgram('SIGKILL');
  const exit = await awaitExit(node);
  if (exit === undefined) return unproven(`pid ${before.pid} was killed, but the engine still sees it running`);
  return proven({ pid: before.pid, exitCode: exit.exitCode, tookMs: Math.round(killed.tookMs) });
}

export function awaitExit({ container }: FaultNode): Promise<{ exitCode: number } | undefined> {
  return eventually(ENDS_WITHIN_MS, async () => {
    const { running, exitCode } = await container.state();
    return running ? undefined : { exitCode };
  });
}

/** How long an election, or another fault that is just being healed, may keep the cluster from telling its members, in ms. */
const MEMBERS_WITHIN_MS = 30_000;

/** Whether the cluster counts it as a member; rejects when the cluster does not tell. */
export async function isMember(name: string, { etcd }: World): Promise<boolean> {
  const members = await eventually(MEMBERS_WITHIN_MS, () => etcd.members().catch(() => undefined));
  return (members ?? (await etcd.members())).includes(name);
}

/** Starts the program unless it runs; proven when it serves. */
export async function startProgram(node: FaultNode, world: World): Promise<Receipt> {
  if (!(await node.container.state()).running) await node.container.start();
  const serves = await awaitServing(node, world);
  const { running, pid, startedAt, exitCode } = await node.container.state();
  if (!running) return unproven(`it ended again with exit code ${exitCode}`);
  if (!serves) return unproven(`it runs with pid ${pid}, but was not healthy within ${SERVES_WITHIN_MS / 1000} s`);
  return proven({ pid, startedAt, healthy: true });
}
