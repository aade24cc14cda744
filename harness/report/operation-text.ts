/** Operations, decisions and watch events in plain words, one by one, as stories without a picture tell them. Pure text. */
import { ERRORS } from '../history/errors.js';
import type { Decision } from '../history/decision.js';
import type { Operation } from '../history/operation.js';
import type { OwnershipEvent } from '../history/ownership.js';
import { duration, milliseconds, shorten, value } from './format.js';

/** The TTL in ms that an `open` or a `keep-alive` says, if it does. */
export function ttlOf(data: unknown): number | undefined {
  if (typeof data === 'number') return data;
  if (typeof data !== 'object' || data === null || !('ttlMs' in data)) return undefined;
  return typeof data.ttlMs === 'number' ? data.ttlMs : undefined;
}

/** What was asked for, and what came of it. */
export function operationText(operation: Operation): string {
  return `Process ${operation.invocation.process} ${asked(operation)}${outcome(operation)}`;
}

function asked({ invocation: { f, key, value: data, token } }: Operation): string {
  const by = token === undefined ? '' : ` with token ${token}`;
  const lock = key === undefined ? 'the lock' : `the lock ${value(key)}`;
  switch (f) {
    case 'write':
      return `writes ${value(key ?? 'the resource')} = ${value(data)}${by}`;
    case 'read':
      return `reads ${value(key ?? 'the resource')}${by}`;
    case 'acquire':
      return `asks for ${lock}`;
    case 'release':
      return `releases ${lock}`;
    case 'open':
      return 'asks for a lease';
    case 'keep-alive':
      return 'renews its lease';
    case 'check':
      return `asks etcd whether it still has ${lock}`;
    case 'close':
      return 'ends its session';
    case 'stall':
      return 'stops working for a while';
  }
}

function outcome({ invocation, completion }: Operation): string {
  if (completion === undefined) return '; no answer came before the run ended.';
  const after = duration(completion.time - invocation.time);
  const meaning = meaningOf(completion.error);
  if (completion.type === 'info')
    return `; after ${after} nobody knows whether it took effect${meaning === undefined ? '' : ` (${meaning})`}.`;
  if (completion.type === 'fail')
    return `; after ${after} it is certain that it did not take effect (${meaning ?? 'no reason given'}).`;
  return `${answer({ invocation, completion })}, after ${after}.`;
}

function meaningOf(error: string | undefined): string | undefined {
  if (error === undefined) return undefined;
  return Object.hasOwn(ERRORS, error)
    ? (ERRORS as Record<string, { meaning: string }>)[error]?.meaning
    : shorten(error, 80);
}

function answer({ invocation: { f }, completion }: Operation): string {
  const ttlMs = ttlOf(completion?.value);
  if (f === 'read') return ` and is answered ${value(completion?.value)}`;
  if (f === 'check') return ' and is told that it has';
  if (f === 'acquire')
    return ` and is told that it has it${completion?.token === undefined ? '' : `, with token ${completion.token}`}`;
  if ((f === 'keep-alive' || f === 'open') && ttlMs !== undefined) return ` and is promised ${milliseconds(ttlMs)}`;
  return ' and is told that it is done';
}

export function decisionText({ seq, f, key, value: data, token, verdict, reason, process }: Decision): string {
  const what = f === 'write' ? `the write ${value(key)} = ${value(data)}` : `the read of ${value(key)}`;
  const gives = f === 'read' && verdict === 'accepted' ? ` and answers ${value(data)}` : '';
  const why = reason === undefined ? '' : ` (${shorten(reason, 160)})`;
  const does = verdict === 'accepted' ? 'accepts' : 'refuses';
  return `The storage ${does} ${what} by process ${process} with token ${token}${gives}${why}, as its decision ${seq}.`;
}

export function eventText({ member, revision, type, createRevision }: OwnershipEvent): string {
  const what = type === 'put' ? 'was written' : 'was deleted';
  return `The watch on ${shorten(member, 40)} tells that at revision ${revision} the lock key with the create revision ${createRevision} ${what}.`;
}
