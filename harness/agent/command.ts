/** Decodes one line from the controller. Pure; what is wrong with a line is an answer, never an exception. */
import type { AgentCommand } from './protocol.js';

/** `id` is set when the line named one, so that the error can be answered. */
export type DecodedCommand = { ok: true; command: AgentCommand } | { ok: false; id?: number; error: string };

const SIGNALS: readonly unknown[] = ['SIGSTOP', 'SIGCONT', 'SIGTERM', 'SIGKILL'];

/** What is wrong with a command's own fields; undefined if nothing is. */
type Check = (fields: Record<string, unknown>) => string | undefined;

/** Written by hand and not with a schema library, which would make up most of the agent's size and start-up time. */
const CHECKS: Record<AgentCommand['do'], Check> = {
  spawn: ({ name, command, env }) =>
    checkName(name) ??
    checkCommand(command) ??
    (env === undefined || isStringRecord(env) ? undefined : '"env" has to map names to strings'),
  send: ({ name, line, as }) =>
    checkName(name) ??
    (typeof line === 'string' && !line.includes('\n') ? undefined : '"line" has to be one line of text') ??
    (as === undefined || as === 'line' || as === 'part' || as === 'end'
      ? undefined
      : `nothing is sent as ${quote(as)}`),
  signal: ({ of, signal }) =>
    checkWhose(of) ?? (SIGNALS.includes(signal) ? undefined : `unknown signal ${String(signal)}`),
  tasks: ({ of }) => checkWhose(of),
  exec: ({ command, stdin, limitMs }) =>
    checkCommand(command) ??
    (stdin === undefined || typeof stdin === 'string' ? undefined : '"stdin" has to be text') ??
    (limitMs === undefined ? undefined : checkLimit(limitMs)),
  guard: ({ name, command }) => checkName(name) ?? (command === undefined ? undefined : checkCommand(command)),
  probe: ({ host, port, limitMs, send }) =>
    (typeof host === 'string' && host !== '' ? undefined : 'a probe needs a "host"') ??
    (Number.isInteger(port) && between(port, 1, 65_535) ? undefined : '"port" has to be from 1 to 65535') ??
    (send === undefined || typeof send === 'string' ? undefined : '"send" has to be text') ??
    checkLimit(limitMs),
  clock: ({ of, change }) => checkWhose(of) ?? checkChange(change),
  ping: () => undefined,
};

export function decodeCommand(line: string): DecodedCommand {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, error: `not JSON: ${line.slice(0, 200)}` };
  }
  if (!isRecord(json)) return { ok: false, error: `not an object: ${line.slice(0, 200)}` };
  const id = Number.isSafeInteger(json['id']) ? (json['id'] as number) : undefined;
  const refuse = (error: string): DecodedCommand => ({ ok: false, ...(id === undefined ? {} : { id }), error });

  const { do: action } = json;
  if (action !== 'send' && id === undefined) return refuse('a command needs an integer "id"');
  if (typeof action !== 'string' || !Object.hasOwn(CHECKS, action)) return refuse(`unknown command ${quote(action)}`);
  const wrong = CHECKS[action as AgentCommand['do']](json);
  return wrong === undefined ? { ok: true, command: json as AgentCommand } : refuse(wrong);
}

function checkName(name: unknown): string | undefined {
  return typeof name === 'string' && name !== '' ? undefined : 'a command needs a "name"';
}

function checkWhose(of: unknown): string | undefined {
  if (of === 'program') return undefined;
  if (isRecord(of) && checkName(of['child']) === undefined) return undefined;
  return '"of" has to be "program" or {"child": name}';
}

function checkCommand(command: unknown): string | undefined {
  return isStrings(command) && command.length > 0 ? undefined : '"command" has to be a list of strings';
}

function checkLimit(limitMs: unknown): string | undefined {
  // More than this setTimeout takes for 1 ms.
  return between(limitMs, 1, 2 ** 31 - 1) ? undefined : '"limitMs" has to be a number of ms';
}

function checkChange(change: unknown): string | undefined {
  if (!isRecord(change)) return 'a clock command needs a "change"';
  const { do: action, rate, stepWallNs, jumpNs, impossible } = change;
  if (action === 'heal' || action === 'read') return undefined;
  if (action !== 'shift') return `unknown change ${quote(action)}`;
  if (rate !== undefined && !between(rate, Number.MIN_VALUE, Number.MAX_VALUE))
    return '"rate" has to be a number above 0';
  for (const [name, ns] of Object.entries({ stepWallNs, jumpNs }))
    if (ns !== undefined && !(typeof ns === 'string' && /^-?\d{1,19}$/.test(ns)))
      return `"${name}" has to be whole ns, as a decimal string`;
  return impossible === undefined || typeof impossible === 'boolean'
    ? undefined
    : '"impossible" has to be true or false';
}

function between(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function quote(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 50) : typeof value;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && isStrings(Object.values(value));
}
