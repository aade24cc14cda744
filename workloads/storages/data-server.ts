/**
 * The storage on the test network: `POST /read` and `POST /write`. Whatever is not a well-formed request is answered with a
 * 4xx and its reason, changes nothing and is not logged as a decision. Health and the log are in admin-server.ts.
 */
import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ZodError } from 'zod';
import { linger } from './linger.js';
import { MAX_BODY, type Refused, readRequestSchema, writeRequestSchema } from './protocol.js';
import type { Store } from './store.js';

/** Reasons quote what was sent; this keeps them short. In characters. */
const MAX_REASON = 300;

/** A server that is not listening yet. */
export function createDataServer(store: Store): Server {
  const server = createServer((request, response) => handle(store, request, response));
  // A client that was stopped for longer than the usual 5 s must find its connection open when it goes on: its late write
  // is the very request that the experiment is about.
  server.keepAliveTimeout = 0;
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    handle(store, request, response),
  );
  server.on('clientError', answerUnparsable);
  return server;
}

function handle(store: Store, request: IncomingMessage, response: ServerResponse): void {
  const refuse = (status: number, reason: string, headers: Record<string, string> = {}) => {
    answer(response, status, badRequest(reason), headers);
    linger(request, request.socket);
  };
  const path = request.url ?? '';
  if (path !== '/read' && path !== '/write') return refuse(404, `there is no ${path}, only /read and /write`);
  if (request.method !== 'POST') return refuse(405, `${path} takes POST`, { allow: 'POST' });
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse(415, 'the content type must be application/json');
  }
  readBody(request, (body) => {
    if (body === 'too-large') return refuse(413, `a body is at most ${MAX_BODY} bytes`);
    const parsed = parseJson(body);
    if ('reason' in parsed) return refuse(400, parsed.reason);
    const wanted =
      path === '/write' ? writeRequestSchema.safeParse(parsed.json) : readRequestSchema.safeParse(parsed.json);
    if (!wanted.success) return refuse(400, firstIssue(wanted.error));
    const { token } = wanted.data;
    const outcome = store.apply(
      wanted.data,
      'value' in wanted.data
        ? { f: 'write', token, value: wanted.data.value }
        : { f: 'read', token, register: wanted.data.register === true },
    );
    store.whenKept(() => {
      if ('refused' in outcome) answer(response, 409, outcome.refused);
      else answer(response, 200, outcome.accepted);
    });
  });
}

/** Calls back once, with the whole body or as soon as it is too large; not at all if the client goes away before its end. */
function readBody(request: IncomingMessage, done: (body: Buffer | 'too-large') => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY) return void chunks.push(chunk);
    request.off('data', take);
    request.off('end', finish);
    chunks = [];
    done('too-large');
  };
  const finish = () => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  request.on('data', take);
  request.once('end', finish);
  request.on('error', () => undefined); // the client went away: nothing was decided, nobody is there to be answered
}

function parseJson(body: Buffer): { json: unknown } | { reason: string } {
  if (!isUtf8(body)) return { reason: 'the body is not UTF-8' };
  try {
    return { json: JSON.parse(body.toString()) };
  } catch (error) {
    return { reason: `the body is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function firstIssue(error: ZodError): string {
  const [issue] = error.issues;
  if (!issue) return 'malformed';
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message;
}

function badRequest(reason: string): Refused {
  return { error: 'bad-request', reason: reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)} ...` : reason };
}

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': length }).end(text);
}

/** What Node's parser could not make a request of never reaches `handle`; it is answered by hand. */
function answerUnparsable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = STATUS[error.code ?? ''] ?? '400 Bad Request';
  const text = JSON.stringify(badRequest(`this is not HTTP that can be read: ${error.message}`));
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  linger(socket, socket);
}

const STATUS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
