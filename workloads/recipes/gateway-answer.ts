/**
 * What etcd's JSON gateway answers (etcd Documentation, "gRPC gateway"): bytes in base64, int64 as decimal strings, fields of value 0 left
 * out, errors as `{error, message, code}` with gRPC's codes (3.6: `{message, code}`). Pure.
 */
import type { ErrorCode } from '../../harness/history/errors.js';
import type { Failure } from './recipe.js';

export type GatewayAnswer = { ok: true; body: GatewayBody } | Failure;

/** The fields that are used here, of all messages. */
export interface GatewayBody {
  header?: { revision?: string };
  ID?: string;
  TTL?: string;
  key?: string;
  leader?: { name?: string; key?: string; rev?: string; lease?: string };
  /** Around each message of a stream. */
  result?: GatewayBody;
}

export const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
export const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString();

/** `status`: of the HTTP response. Of a stream, its first message counts. */
export function parseGatewayAnswer(status: number, text: string): GatewayAnswer {
  const body = parseJson(text.split('\n', 1)[0] ?? '') ?? parseJson(text);
  if (status === 200 && body !== undefined && !('error' in body)) return { ok: true, body: body as GatewayBody };
  const { error, message, code } = (body ?? {}) as { error?: unknown; message?: unknown; code?: unknown };
  // A stream's error is an object of its own.
  const inner = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  const said = [message, inner].find((each): each is string => typeof each === 'string' && each !== '');
  const words = said ?? `${status}: ${text.slice(0, 200)}`;
  return { ok: false, error: errorOf(typeof code === 'number' ? code : undefined, words), message: words };
}

/** gRPC's codes (grpc/codes): 3 invalid argument, 12 unimplemented. */
function errorOf(code: number | undefined, words: string): ErrorCode {
  if (words.includes('requested lease not found')) return 'lease-not-found';
  if (words.includes('session is expired')) return 'session-expired';
  if (code === 3) return 'bad-request';
  if (code === 12) return 'unsupported';
  // etcd gives up waiting for consensus under these, while the proposal may still go through.
  if (words.includes('request timed out') || words.includes('deadline exceeded')) return 'timeout';
  return 'unavailable';
}

/** `connect` failed with these, so that the request never left. */
const NOT_CONNECTED = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENOTFOUND', 'EAI_AGAIN'];

/** What undici rejected with. */
export function fromTransport(error: object): Failure {
  const { code = '', syscall, message = '' } = error as { code?: string; syscall?: string; message?: string };
  const whileConnecting = syscall === undefined || syscall === 'connect' || syscall === 'getaddrinfo';
  const isRefused = code === 'UND_ERR_CONNECT_TIMEOUT' || (whileConnecting && NOT_CONNECTED.includes(code));
  return { ok: false, error: isRefused ? 'connection-refused' : 'unavailable', message: `${code} ${message}`.trim() };
}

function parseJson(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
