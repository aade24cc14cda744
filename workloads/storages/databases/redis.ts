/**
 * Redis as storage: for each scheme the one Lua script in which a request is decided, takes effect, is numbered and logged. Redis
 * runs a script without anything in between, and writes all of its effects to the append-only file as one (Redis manual, "Scripting
 * with Lua" and "Redis persistence"). Text only; who sends it is in workloads/clients, who reads the log in admin-redis.ts.
 *
 * A key's state is a hash, the log a list of lines of JSON, and a decision's number its place in that list. Tokens are compared as
 * decimal strings without leading zeros, of which the longer is the larger: Lua's numbers are doubles, and keep 53 bits.
 */
import type { Fencing } from '../../../harness/history/decision.js';
import type { ReadRequest, WriteRequest } from '../protocol.js';

export const LOG_KEY = 'leasebreaker:log';
const STATE_PREFIX = 'leasebreaker:state:';

/** What a script answers: accepted (1 or 0), and the value as JSON or the reason. */
export type Answer = [accepted: number, text: string];

/** As EVAL takes it. */
export interface Script {
  text: string;
  keys: string[];
  arguments: string[];
}

const BELOW_HIGHEST = `if below(token, highest) then
  reason = 'token ' .. token .. ' is below the highest seen, ' .. highest
end`;
const NOT_SAME = `if written_with and written_with ~= token then
  reason = 'given version (' .. hex .. ') is different from the existing version (' .. written_hex .. ')'
end`;
const NOT_ABOVE = `if written_with and not below(highest, token) then
  reason = 'token ' .. token .. ' is not above the highest written, ' .. highest
end`;

/** Sets the reason of a refusal. `guard` is not for Redis, which cannot see the lock's key. */
const WRITES: Record<Fencing, string> = {
  off: '',
  equality: NOT_SAME,
  monotonic: BELOW_HIGHEST,
  strict: NOT_ABOVE,
  'monotonic+register': BELOW_HIGHEST,
  'ask-etcd': '',
  guard: '',
  on: BELOW_HIGHEST,
};

const RAISE = `if below(highest, token) then highest = token end
  redis.call('HSET', KEYS[1], 'highest', highest)`;

export function writeScript(scheme: Fencing, { op, process, key, token, value }: WriteRequest): Script {
  return script({
    f: 'write',
    rule: WRITES[scheme],
    effect: `redis.call('HSET', KEYS[1], 'value', value, 'written_with', token, 'written_hex', hex)\n  ${RAISE}`,
    logged: 'value',
    request: { op, process, key, token, value: JSON.stringify(value) },
  });
}

export function readScript(scheme: Fencing, { op, process, key, token, register }: ReadRequest): Script {
  const fenced = scheme === 'on' || (scheme === 'monotonic+register' && register === true);
  return script({
    f: 'read',
    rule: fenced ? BELOW_HIGHEST : '',
    effect: `value = current\n  ${fenced ? RAISE : ''}`,
    logged: 'not reason and value',
    request: { op, process, key, token, value: '' },
  });
}

/** Key and value come as JSON, the token in hexadecimal too: all that Lua has to do is to put texts together. */
function script({
  f,
  rule,
  effect,
  logged,
  request: { op, process, key, token, value },
}: {
  f: 'read' | 'write';
  rule: string;
  effect: string;
  logged: string;
  request: { op: number; process: number; key: string; token: string; value: string };
}): Script {
  const text = `
local op, process, name, token, hex, value = unpack(ARGV)
local function below(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local state = redis.call('HMGET', KEYS[1], 'value', 'written_with', 'written_hex', 'highest')
local current, written_with, written_hex, highest = state[1] or 'null', state[2], state[3], state[4] or '0'
local reason
${rule}
if not reason then
  ${effect}
end
local seq = redis.call('LLEN', KEYS[2]) + 1
local line = '{"seq":' .. seq .. ',"op":' .. op .. ',"process":' .. process .. ',"f":"${f}","key":' .. name ..
  ',"token":"' .. token .. '","verdict":"' .. (reason and 'refused' or 'accepted') .. '","highest":"' .. highest .. '"'
local logged = ${logged}
if logged then line = line .. ',"value":' .. logged end
if reason then line = line .. ',"reason":"' .. reason .. '"' end
redis.call('RPUSH', KEYS[2], line .. '}')
if reason then return {0, reason} end
return {1, value}`;
  return {
    text,
    keys: [`${STATE_PREFIX}${key}`, LOG_KEY],
    arguments: [String(op), String(process), JSON.stringify(key), token, BigInt(token).toString(16), value],
  };
}
