/** What an answer of the storage, or the lack of one, says about the operation. Pure. */
import { completionType, type ErrorCode } from '../../harness/history/errors.js';
import type { Accepted, Refused } from '../storages/protocol.js';

export type StorageOutcome =
  | { type: 'ok'; value: unknown }
  | { type: 'fail' | 'info'; error: ErrorCode; message: string };

/** `connect` failed with these, so that the request never left. */
const NOT_CONNECTED: readonly string[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
];

export function fromResponse(status: number, body: string): StorageOutcome {
  if (status === 200) {
    const accepted = parse<Accepted>(body);
    return accepted === undefined
      ? failed('unavailable', `200 with ${quote(body)}`)
      : { type: 'ok', value: accepted.value };
  }
  const reason = parse<Refused>(body)?.reason ?? quote(body);
  if (status === 409) return failed('fenced', reason);
  if (status >= 400 && status < 500) return failed('bad-request', `${status}: ${reason}`);
  return failed('unavailable', `${status}: ${reason}`);
}

/** `error` is what undici rejected with. */
export function fromError(error: object): StorageOutcome {
  const { code = '', syscall, message = '' } = error as { code?: string; syscall?: string; message?: string };
  const text = `${code} ${message}`.trim();
  // Of several addresses tried, undici reports an AggregateError without a system call, but with the code.
  const whileConnecting = syscall === undefined || syscall === 'connect' || syscall === 'getaddrinfo';
  if (whileConnecting && NOT_CONNECTED.includes(code)) return failed('connection-refused', text);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return failed('connection-refused', text);
  return failed('unavailable', text);
}

export function failed(error: ErrorCode, message: string): StorageOutcome {
  return { type: completionType(error), error, message };
}

function parse<T extends object>(body: string): T | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null ? (json as T) : undefined;
  } catch {
    return undefined;
  }
}

function quote(body: string): string {
  return JSON.stringify(body.slice(0, 200));
}
