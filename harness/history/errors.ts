/**
 * The one table that says which errors are definite: `fail` (certainly took no effect) or `info` (unknown).
 * What is not in the table is `info`. After Maelstrom's resources/errors.edn.
 */

interface ErrorMeaning {
  definite: boolean;
  meaning: string;
}

export const ERRORS = {
  fenced: { definite: true, meaning: 'the storage refused the fencing token' },
  'lock-lost': {
    definite: true,
    meaning: 'the client knew that its lock was gone and refused to go on (--on-loss stop)',
  },
  'not-held': { definite: true, meaning: 'the client holds no lock; nothing was sent' },
  'not-open': { definite: true, meaning: 'the client has no session; nothing was sent' },
  'bad-request': { definite: true, meaning: 'the request was refused as malformed; nothing was changed' },
  'connection-refused': { definite: true, meaning: 'no connection could be made; nothing was sent' },
  'lease-not-found': { definite: true, meaning: 'etcd does not know the lease; nothing was renewed' },
  unsupported: { definite: true, meaning: 'the client does not know this operation' },
  'session-expired': { definite: false, meaning: 'the session ended while the operation was under way' },
  timeout: { definite: false, meaning: 'etcd or the storage did not answer the client in time' },
  'no-answer': { definite: false, meaning: 'the client did not answer the controller in time' },
  unavailable: { definite: false, meaning: 'the connection broke while the operation was under way' },
  'client-exited': { definite: false, meaning: 'the client process ended' },
  'malformed-line': { definite: false, meaning: 'the client broke the protocol' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof ERRORS;

/** `fail` for a definite error code, `info` for an indefinite or unknown one. */
export function completionType(error: string): 'fail' | 'info' {
  const known = (ERRORS as Record<string, ErrorMeaning>)[error];
  return known?.definite === true ? 'fail' : 'info';
}
