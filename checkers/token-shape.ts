/**
 * The shape of a fencing token, for records that come from files. A bare expression, because the schema of
 * harness/history/token.ts costs more than the rest of a check when a million decisions go through it.
 */

const SHAPE = /^(0|[1-9][0-9]{0,18})$/;

/** Whether `compareTokens` may be asked about it. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && SHAPE.test(value);
}
