/** Says what an answer has to look like, and what came instead. */
import type { ClientAnswer } from '../../workloads/clients/protocol.js';
import { Mismatch } from './subject.js';

export function ok(answer: ClientAnswer): ClientAnswer {
  if (answer.type !== 'ok') throw new Mismatch('ok', JSON.stringify(answer));
  return answer;
}

/** `fail` or `info` with this code; the type is checked against the code for every answer. */
export function refused(answer: ClientAnswer, ...codes: string[]): void {
  if (answer.type === 'ok' || !codes.includes(answer.error ?? ''))
    throw new Mismatch(codes.join(' or '), JSON.stringify(answer));
}

/** The answer's `value` as an object; what it lacks is undefined. */
export function valueOf(answer: ClientAnswer): Record<string, unknown> {
  const { value } = ok(answer);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function holds(expected: string, condition: boolean, came: unknown): asserts condition {
  if (!condition) throw new Mismatch(expected, typeof came === 'string' ? came : (JSON.stringify(came) ?? 'nothing'));
}
