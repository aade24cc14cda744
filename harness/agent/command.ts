/** Decodes one line from the controller. Pure; what is wrong with a line is an answer, never an exception. */
import type { AgentCommand } from './protocol.js';

/** `id` is set when the line named one, so that the error can be answered. */
export type DecodedCommand = { ok: true; command: AgentCommand } | { ok: false; id?: number; error: string };

const SIGNALS: readonly unknown[] = ['SIGSTOP', 'SIGCONT', 'SIGTERM', 'SIGKILL'];

/** Written by hand and not with a schema library, which would make up most of the agent's size and start-up time. */
export function decodeCommand(line: string): DecodedCommand {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, error: `not JSON: ${line.slice(0, 200)}` };
  }
  if (typeof json !== 'object' || json === null) return { ok: false, error: `not an object: ${line.slice(0, 200)}` };
  const fields = json as Record<string, unknown>;
  const id = Number.isSafeInteger(fields['id']) ? (fields['id'] as number) : undefined;
  const refuse = (error: string): DecodedCommand => ({ ok: false, ...(id === undefined ? {} : { id }), error });

  const { do: action, name } = fields;
  if (action !== 'send' && id === undefined) return refuse('a command needs an integer "id"');
  if (action === 'ping') return { ok: true, command: fields as AgentCommand };
  if (typeof name !== 'string' || name === '') return refuse('a command needs a "name"');
  switch (action) {
    case 'spawn':
      if (!isStrings(fields['command']) || fields['command'].length === 0)
        return refuse('"command" has to be a list of strings');
      if (fields['env'] !== undefined && !isStringRecord(fields['env']))
        return refuse('"env" has to map names to strings');
      break;
    case 'send':
      if (typeof fields['line'] !== 'string' || fields['line'].includes('\n'))
        return refuse('"line" has to be one line of text');
      break;
    case 'signal':
      if (!SIGNALS.includes(fields['signal'])) return refuse(`unknown signal ${String(fields['signal'])}`);
      break;
    case 'tasks':
      break;
    default:
      return refuse(`unknown command ${String(action)}`);
  }
  return { ok: true, command: fields as AgentCommand };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isStrings(Object.values(value));
}
