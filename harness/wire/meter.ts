/** Measures a link from inside a container: how much it carries, how long a server's answer takes. */
import { connect, createServer, type Socket } from 'node:net';
import { monotonicMs } from '../history/clock.js';
import type { WireModes } from './protocol.js';

/** Swallows what arrives and answers with the total so far, a line for every piece. Resolves with its port. */
export function startSink(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      let total = 0;
      socket.on('data', (chunk) => {
        total += chunk.length;
        socket.write(`${total}\n`);
      });
      socket.on('error', () => undefined);
    });
    server.once('error', reject);
    server.listen(0, () => resolve((server.address() as { port: number }).port));
  });
}

/** What counts is what the sink says has arrived; the sender's own kernel takes far more than the link carries. */
export function sendTo({ host, port, bytes, limitMs }: WireModes['send']['ask']): Promise<WireModes['send']['print']> {
  return new Promise((resolve, reject) => {
    let startMs = 0;
    let arrived = 0;
    let tail = '';
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => finish(), limitMs);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      const ms = monotonicMs() - startMs;
      socket.destroy();
      if (startMs > 0) resolve({ bytes: arrived, ms });
      else reject(error ?? new Error(`no connection to ${host}:${port} in ${limitMs} ms`));
    };
    socket.on('connect', () => {
      startMs = monotonicMs();
      socket.write(Buffer.alloc(bytes));
    });
    socket.on('data', (chunk) => {
      const lines = (tail + chunk.toString()).split('\n');
      tail = lines.pop() ?? '';
      arrived = Number(lines.at(-1) ?? arrived);
      if (arrived >= bytes) finish();
    });
    socket.on('error', finish);
  });
}

/** Ms from the start of a connection to the first byte that comes back, whatever the server says, several times. */
export async function askOften(asked: WireModes['ask']['ask']): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < asked.times; n++) took.push(await askOnce(asked));
  return took;
}

function askOnce({ host, port, limitMs }: WireModes['ask']['ask']): Promise<number> {
  return new Promise((resolve, reject) => {
    const startMs = monotonicMs();
    // Every server has an answer to this: a page, or a complaint about the protocol, or it hangs up.
    const socket: Socket = connect({ host, port }, () => socket.write('GET /version HTTP/1.0\r\n\r\n'));
    const timer = setTimeout(() => fail(new Error(`no answer from ${host}:${port} in ${limitMs} ms`)), limitMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const answered = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(monotonicMs() - startMs);
    };
    socket.once('data', answered).once('end', answered).once('error', fail);
  });
}
