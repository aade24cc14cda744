/**
 * Health, summary, the storage's own clocks, the decision log and a reset over HTTP on a unix socket. The socket is a file inside the
 * storage's container: clients on the test network have no address for it.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { monotonicNs, wallClock } from '../../harness/history/clock.js';
import type { Store } from './store.js';

/** A server that is not listening yet. `disconnect`: breaks off whoever is connected to the data. */
export function createAdminServer(store: Store, disconnect: () => void): Server {
  return createServer((request, response) => {
    if (request.url === '/reset' && request.method === 'POST') return reset(response, store, disconnect);
    switch (request.url) {
      case '/health':
        return answer(response, { status: 'ok', fencing: store.summary().fencing });
      case '/summary':
        return answer(response, store.summary());
      case '/clock':
        return answer(response, { wallMs: wallClock().getTime(), monotonicNs: String(monotonicNs()) });
      case '/log':
        return sendLog(response, store);
      default:
        response.writeHead(404).end();
    }
  });
}

/** Connections first: a request of somebody who is gone may lie in one, and would be decided after all. */
function reset(response: ServerResponse, store: Store, disconnect: () => void): void {
  disconnect();
  store.reset().then(
    () => answer(response, store.summary()),
    () => response.writeHead(500).end(),
  );
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

/** The length goes first, so that whoever reads can tell a whole log from one that broke off. */
function sendLog(response: ServerResponse, store: Store): void {
  const { log } = store;
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-length': log.bytes });
  pipeline(Readable.from(log.pieces()), response).catch(() => undefined); // the reader went away, and knows
}
