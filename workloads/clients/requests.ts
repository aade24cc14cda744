/** Decodes one request line. Pure; what is wrong with a line is an answer where its id can be read. */
import { z } from 'zod';
import type { ErrorCode } from '../../harness/history/errors.js';
import { FENCING } from '../../harness/history/decision.js';
import { KEEP_ALIVE, TOKENS } from '../../harness/history/run-record.js';
import type { ClientRequest } from './protocol.js';

export type DecodedRequest =
  | { ok: true; request: ClientRequest }
  | { ok: false; id?: number; error: Extract<ErrorCode, 'bad-request' | 'unsupported'>; message: string };

const id = z.number().int();
/** For the storage: index of the invocation and number of the process, both -1 by hand. */
const origin = { op: z.number().int().min(-1), process: z.number().int().min(-1) };
const url = z.url({ protocol: /^https?$/ });
const storage = z.url({ protocol: /^(https?|postgres|redis|etcd)$/ });
/** Node's timers take no more. */
const milliseconds = z
  .number()
  .positive()
  .max(2 ** 31 - 1);

/** Unknown fields are dropped, so that later versions can add some. */
const schemas = {
  hello: z.object({ id, f: z.literal('hello'), version: z.number().int() }),
  open: z.object({
    id,
    f: z.literal('open'),
    recipe: z.string(),
    etcd: z.array(url).min(1),
    storage,
    fencing: z.enum(FENCING).exactOptional(),
    ttl: z.number().int().min(1),
    onLoss: z.enum(['ignore', 'stop']),
    keepAlive: z.enum(KEEP_ALIVE).exactOptional(),
    token: z.enum(TOKENS),
    deadlineMs: milliseconds,
  }),
  acquire: z.object({ id, f: z.literal('acquire'), lock: z.string().min(1) }),
  read: z.object({
    id,
    f: z.literal('read'),
    key: z.string().min(1),
    ...origin,
    register: z.boolean().exactOptional(),
  }),
  write: z.object({ id, f: z.literal('write'), key: z.string().min(1), value: z.unknown(), ...origin }),
  check: z.object({ id, f: z.literal('check') }),
  release: z.object({ id, f: z.literal('release') }),
  close: z.object({ id, f: z.literal('close') }),
  'keep-alive': z.object({ id, f: z.literal('keep-alive') }),
  stall: z.object({ id, f: z.literal('stall'), how: z.enum(['gc', 'busy']), ms: milliseconds }),
  clock: z.object({ id, f: z.literal('clock') }),
} satisfies { [F in ClientRequest['f']]: z.ZodType<Extract<ClientRequest, { f: F }>> };

export function decodeRequest(line: string): DecodedRequest {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, error: 'bad-request', message: `not JSON: ${line.slice(0, 200)}` };
  }
  const named = z.object({ id, f: z.string() }).safeParse(json);
  const readable = z.object({ id }).safeParse(json);
  const refuse = (error: 'bad-request' | 'unsupported', message: string): DecodedRequest => ({
    ok: false,
    ...(readable.success ? { id: readable.data.id } : {}),
    error,
    message,
  });
  if (!named.success) return refuse('bad-request', z.prettifyError(named.error));
  const { f } = named.data;
  if (!Object.hasOwn(schemas, f))
    return refuse('unsupported', `unknown operation ${f}; known: ${Object.keys(schemas).join(', ')}`);
  const parsed = schemas[f as keyof typeof schemas].safeParse(json);
  return parsed.success ? { ok: true, request: parsed.data } : refuse('bad-request', z.prettifyError(parsed.error));
}
