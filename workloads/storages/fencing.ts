/**
 * What each fencing scheme decides: one pure function from a key's state and a request to a verdict and the next state.
 * Nothing here knows of HTTP, of the decision log or of time.
 *
 * The idea, and the name of fencing tokens: M. Kleppmann, "How to do distributed locking" (2016). The order of a section's
 * requests at the storage is what counts, never the clock of anybody who sends them.
 */
import type { Fencing } from '../../harness/history/decision.js';
import { compareTokens } from '../../harness/history/token.js';

/** One line each, for lists and help; what a scheme stops and what not is said at its rule below. */
export const FENCING_SCHEMES: readonly { name: Fencing; description: string }[] = [
  { name: 'off', description: 'accepts everything' },
  {
    name: 'equality',
    description: "the first writer's token pins the key, as in etcd's contrib/lock example; reads are free",
  },
  {
    name: 'monotonic',
    description: 'refuses writes below the highest token written; reads are free (leaves the first-write hole)',
  },
  {
    name: 'strict',
    description: 'refuses writes that are not above the highest token written: one write a section, no replays',
  },
  {
    name: 'monotonic+register',
    description: "monotonic, and a section's first read raises the highest token (closes the first-write hole)",
  },
  {
    name: 'ask-etcd',
    description: 'no token: the client asks etcd before each write whether it still owns the lock (fails in between)',
  },
  {
    name: 'guard',
    description: "data in etcd alone: a write's transaction holds only while the lock's key is the acquired one",
  },
  { name: 'on', description: 'fenced reads: refuses reads and writes below the highest token seen; both raise it' },
];

export interface KeyState {
  /** Null before the first accepted write. */
  value: unknown;
  /** Token of the last accepted write; undefined before any. */
  writtenWith: string | undefined;
  /** Highest token of the accepted requests that the scheme counts: writes, and with `on` reads too; "0" before any. */
  highest: string;
}

export const NEVER_WRITTEN: KeyState = { value: null, writtenWith: undefined, highest: '0' };

export type Access = { f: 'read'; token: string; register?: boolean } | { f: 'write'; token: string; value: unknown };

/** A refused request leaves the state as it was. */
export type Ruling = { verdict: 'accepted'; state: KeyState } | { verdict: 'refused'; reason: string };

/** Decides one request. Tokens must satisfy `tokenSchema`. */
export function rule(scheme: Fencing, state: KeyState, access: Access): Ruling {
  const reason = REFUSAL[scheme](state, access);
  if (reason !== undefined) return { verdict: 'refused', reason };
  const raises = access.f === 'write' || scheme === 'on' || registers(scheme, access);
  const highest = raises && compareTokens(access.token, state.highest) > 0 ? access.token : state.highest;
  if (access.f === 'read') return { verdict: 'accepted', state: { ...state, highest } };
  return { verdict: 'accepted', state: { value: access.value, writtenWith: access.token, highest } };
}

function registers(scheme: Fencing, access: Access): boolean {
  return scheme === 'monotonic+register' && access.f === 'read' && access.register === true;
}

/** Why the scheme refuses a request; undefined accepts it. */
const REFUSAL: Record<Fencing, (state: KeyState, access: Access) => string | undefined> = {
  /** Stops nothing: what a storage does that has never heard of tokens. */
  off: () => undefined,

  /**
   * The first write pins the key's token, every later write must carry the same; reads are free.
   * This is what etcd's contrib/lock example does (contrib/lock/storage/storage.go; there the token is the lease id and is
   * called version; the refusal has its wording, version in hexadecimal).
   *
   * Stops: every writer but the first, so the stale write of its story too.
   * Does not stop: a stale write that is the key's first. And it refuses too much: the rightful next owner of the lock has
   * another lease, hence another token, and can never write the key again.
   */
  equality(state, access) {
    if (access.f === 'read' || state.writtenWith === undefined || access.token === state.writtenWith) return undefined;
    return `given version (${hexadecimal(access.token)}) is different from the existing version (${hexadecimal(state.writtenWith)})`;
  },

  /**
   * Writes below the highest token of the accepted writes are refused; reads are free and leave no trace.
   *
   * Stops: stale writes that arrive after the new holder's first write.
   * Does not stop: a stale write that arrives before it (the first-write hole). The new holder has read already, the stale
   * write is accepted and acknowledged, and the new holder's write, computed from what it read, undoes it: a lost update.
   */
  monotonic(state, access) {
    return access.f === 'read' ? undefined : below(state, access);
  },

  /**
   * A write must have a larger token than any accepted one.
   *
   * Stops: what `monotonic` stops, and a write that is sent again after its section, by a retry or a late packet.
   * Does not stop: the first-write hole. And it refuses too much: the second write of a rightful section.
   */
  strict(state, access) {
    if (access.f === 'read' || state.writtenWith === undefined) return undefined;
    if (compareTokens(access.token, state.highest) > 0) return undefined;
    return `token ${access.token} is not above the highest written, ${state.highest}`;
  },

  /**
   * As `monotonic`; but a section registers its token with its first read: the storage raises the highest before it reads, and refuses the
   * read if the highest is above already. Later reads are free.
   *
   * Stops: the first-write hole too, since the older holder's write comes after the newer one's registration, or before its read.
   * Does not stop: stale reads of a holder that had registered in time; and a client that forgets to register opens the hole again.
   */
  'monotonic+register': (state, access) =>
    access.f === 'write' || registers('monotonic+register', access) ? below(state, access) : undefined,

  /** The storage does nothing: the client asks. Stops most races; not a pause between the answer and the write. */
  'ask-etcd': () => undefined,

  /** Decided by etcd itself, in the transaction of the write; a storage outside of etcd cannot do it. */
  guard: () => undefined,

  /**
   * Reads and writes below the highest token seen are refused, and both raise it: the new holder's first request, whichever
   * it is, shuts out all older holders. Accepted tokens never fall, so two sections never interleave on a key.
   *
   * Stops: every lost update of sections that read before they write, the first-write hole included, and stale readers who
   * would act on what they read.
   * Does not stop: a section that writes without reading may still land late, before the new holder's first request, and is
   * then seen by that holder's read. Nor does it make the lock exclusive: the sections still overlap in time. And a storage
   * that forgets the highest token (this one does when it is restarted) forgets the protection with it.
   */
  on: (state, access) => below(state, access),
};

function below(state: KeyState, access: Access): string | undefined {
  if (compareTokens(access.token, state.highest) >= 0) return undefined;
  return `token ${access.token} is below the highest seen, ${state.highest}`;
}

function hexadecimal(token: string): string {
  return BigInt(token).toString(16);
}
