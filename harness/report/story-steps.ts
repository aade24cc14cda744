/** The sentences of a story: what each step says. Pure text; nothing here decides what is shown. */
import { ERRORS } from '../history/errors.js';
import type { Operation, Receipt } from '../history/operation.js';
import type { Fault } from '../history/pairing.js';
import type { OnLoss } from '../history/run-record.js';
import { compareTokens } from '../history/token.js';
import { faultBegins, faultEnds } from './fault-words.js';
import { count, duration, milliseconds, shorten, value, words } from './format.js';
import { ttlOf } from './operation-text.js';
import type { SectionFacts, TimedOperation } from './section-facts.js';
import type { Tone } from './story.js';

export type Client = 'client 1' | 'client 2';

export interface Sentence {
  text: string;
  tone: Tone;
}

/** What an operation met at the storage, as far as the story is about it. */
export interface Before {
  /** What is wrong with it by the checker's word, where the rest does not say it. */
  judged: 'late-write' | 'stale-read' | 'refused-owner' | undefined;
  /** The largest token accepted before, if it is larger than this write's own: then this write is stale. */
  larger: { token: string; by: Client | undefined } | undefined;
  /** How long its client's lease had certainly been over when it was sent, in ns; missing if it was not. */
  lateNs: number | undefined;
  /** The other client's write that this one replaces at once, or undoes. */
  other: { by: Client; value: unknown } | undefined;
  /** Whether what it writes was made from a value without the other's write: then that update is undone. */
  undoes: boolean;
}

/** A wait shorter than this is none. */
const AT_ONCE_NS = 1e6;

/** Names of containers keep their small letter, also at the beginning of a sentence. */
const capital = (text: string): string =>
  /^(etcd|clients\d)/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);

/** `misordered`: the checker found that this token does not exceed the one of the `earlier` hold. */
export function granted(
  client: Client,
  facts: SectionFacts,
  earlier: SectionFacts | undefined,
  misordered = false,
): Sentence {
  const { grantedAt, askedAt, witness } = facts;
  const waited = grantedAt - askedAt;
  const how = waited < AT_ONCE_NS ? 'at once' : `after waiting ${duration(waited)}`;
  const isWrong = misordered && earlier !== undefined;
  const token = isWrong
    ? `Its fencing token is ${witness.token}, which is not larger than ${earlier.witness.token}, the one before.`
    : tokenText(facts, earlier);
  const text = `${capital(client)} (process ${witness.process}) gets the lock ${how}. ${token}`;
  return { text, tone: isWrong ? 'wrong' : 'plain' };
}

/** What the token is, and what etcd says at this moment: by the time a paused client hears of its luck, it may be over. */
function tokenText({ witness, key, grantedAt }: SectionFacts, earlier: SectionFacts | undefined): string {
  const { token } = witness;
  if (key === undefined) return `Its fencing token is ${token}.`;
  if (key.revision !== token) return `Its fencing token is ${token}: the id of its lease, which tells no order.`;
  if (earlier === undefined) {
    return `Its fencing token is ${token}: the number that its lock key got in etcd, and that every later holder's is to exceed.`;
  }
  const larger = compareTokens(token, earlier.witness.token) > 0 ? ', a larger one' : '';
  const owner = (key.deleted?.time ?? Number.POSITIVE_INFINITY) > grantedAt ? ' For etcd it is the owner now.' : '';
  return `Its fencing token is ${token}${larger}.${owner}`;
}

/** `since`: for how long it had been in force when the story begins, in ns. */
export function afflicted(who: string, { inject }: Fault, since: number | undefined): Sentence {
  const { trigger, receipt } = inject.value;
  const begins = faultBegins(inject.value, who);
  const told = since === undefined ? capital(begins) : `For ${duration(since)} already, ${begins}`;
  return {
    text: `${told} (trigger: ${shorten(trigger, 40)}). ${receiptText(receipt)}`,
    tone: 'fault',
  };
}

export function relieved(who: string, { inject, heal }: Fault, ns: number, believes: boolean): Sentence {
  const ends = faultEnds(inject.value, who);
  const believing = 'still believes that it holds the lock';
  const belief = believes ? (ends.startsWith(`${who} `) ? ` and ${believing}` : `, and ${who} ${believing}`) : '';
  const unproven = heal?.value.receipt.proven === false ? ` ${receiptText(heal.value.receipt)}` : '';
  return { text: `${capital(ends)} after ${duration(ns)}${belief}.${unproven}`, tone: 'fault' };
}

/** A receipt in one sentence: what was read back, or why there is no proof. */
export function receiptText(receipt: Receipt): string {
  if (!receipt.proven) return `Not proven: ${shorten(receipt.reason, 200)}.`;
  const { states, pid } = receipt.evidence;
  if (typeof states === 'string' && /^[Tt]+$/.test(states)) {
    return `Receipt: ${states.length === 1 ? 'its one thread' : `all ${states.length} threads`} (pid ${value(pid)}) read back as stopped, state T.`;
  }
  const parts = Object.entries(receipt.evidence).map(([name, data]) => evidenceText(name, data));
  return parts.length === 0 ? 'Receipt: nothing was read back.' : `Receipt: ${shorten(parts.join(', '), 240)}.`;
}

function evidenceText(name: string, data: unknown): string {
  if (typeof data === 'number' && name.endsWith('Ms')) return `${words(name.slice(0, -2))} ${count(data)} ms`;
  const items = Array.isArray(data) ? data : [data];
  const told = items.map((item) => (typeof item === 'string' ? item : value(item, 60))).join(', ');
  return `${words(name)} ${shorten(told, 60)}`;
}

/** `isBefore`: before the client was even told that it has the lock. */
export function expired(client: Client, revision: string, isBefore: boolean): Sentence {
  const then = isBefore
    ? `${client} queues no more, and can never own the lock by this key`
    : `From here on ${client} does not own the lock`;
  return {
    text: `${capital(client)}'s lease ends and etcd deletes its lock key (revision ${revision}). ${capital(then)}.`,
    tone: 'fault',
  };
}

export function takenAway(client: Client, revision: string, earlyNs: number | undefined): Sentence {
  const early = earlyNs === undefined ? 'before' : `at least ${duration(earlyNs)} before`;
  return {
    text: `etcd deletes ${client}'s lock key (revision ${revision}), ${early} the lease that it had promised was over. ${capital(client)} had not given it up.`,
    tone: 'wrong',
  };
}

/** An acknowledged keep-alive, or the grant of the lease. */
export function renewed(client: Client, { invocation: { f, value: asked }, completion }: Operation): Sentence {
  const ttlMs = ttlOf(completion?.value) ?? ttlOf(asked);
  const does = f === 'open' ? 'is granted its lease' : 'renews its lease';
  const promise = ttlMs === undefined ? '' : ` for ${milliseconds(ttlMs)}, counted from here at the least`;
  const heard = completion?.type === 'ok' ? `. etcd promises it${promise}` : '; nobody knows what etcd made of it';
  return { text: `${capital(client)} ${does}${heard}.`, tone: 'plain' };
}

export function promiseEnds(client: Client): Sentence {
  return { text: `Only here the lease of ${client} could have run out.`, tone: 'plain' };
}

export function lossNoticed(client: Client, reason: string | undefined, onLoss: OnLoss, goesOn: boolean): Sentence {
  const why = reason === undefined ? '' : ` (${shorten(reason, 120)})`;
  let then = 'by now its section is over';
  if (goesOn)
    then =
      onLoss === 'ignore'
        ? 'the application goes on regardless (--on-loss ignore)'
        : 'the application is to stop here (--on-loss stop)';
  return { text: `${capital(client)}'s lock library notices that the lock is gone${why}; ${then}.`, tone: 'plain' };
}

export function released(client: Client, gone: boolean): Sentence {
  return { text: `${capital(client)} releases the lock${gone ? ', which has long been gone' : ''}.`, tone: 'plain' };
}

export function storageStep(client: Client, token: string, timed: TimedOperation, before: Before): Sentence {
  const { operation, decision } = timed;
  const { f, key = '', value: written } = operation.invocation;
  const name = value(key);
  const act =
    f === 'write' ? `writes ${name} = ${value(written)} with token ${token}` : `reads ${name} with token ${token}`;
  if (decision?.verdict === 'refused') {
    const why = decision.reason === undefined ? '' : ` (${shorten(decision.reason, 160)})`;
    return {
      text: `${capital(client)} ${act}. The storage refuses${why}${f === 'write' ? ': nothing is overwritten' : ''}.${before.judged === 'refused-owner' ? ` But ${client} still has the lock: its later release finds its key in place.` : ''}`,
      tone: before.judged === 'refused-owner' ? 'wrong' : 'refused',
    };
  }
  if (decision === undefined) return { text: `${capital(client)} ${act}${withoutDecision(timed)}.`, tone: 'plain' };
  const passed = passedText(before.judged, client);
  if (f === 'read')
    return {
      text: `${capital(client)} ${act}: ${value(decision.value ?? operation.completion?.value)}.${passed}`,
      tone: passed === '' ? 'plain' : 'wrong',
    };
  const unheard = operation.completion?.type === 'ok' ? '' : ' (the answer did not reach the client)';
  const loss = lossText(before);
  if (before.larger !== undefined) {
    return {
      text: `${capital(client)} ${act}. The storage had already accepted ${before.larger.by === undefined ? "another client's" : `${before.larger.by}'s`} write with token ${before.larger.token} and accepts this older one all the same${unheard}: a stale write.${loss}`,
      tone: 'wrong',
    };
  }
  const late =
    before.lateNs === undefined ? '' : `, although ${client}'s lease had ended ${duration(before.lateNs)} before`;
  return {
    text: `${capital(client)} ${act}; the storage accepts it${unheard}${late}.${passed}${loss}`,
    tone: before.undoes || passed !== '' ? 'wrong' : 'plain',
  };
}

function passedText(judged: Before['judged'], client: Client): string {
  if (judged === 'late-write')
    return ' Another had been granted the lock by then, and no larger token at the storage shows how late this is.';
  if (judged === 'stale-read')
    return ` Another had been granted the lock by then: what ${client} makes of this value rests on a lock that it no longer has.`;
  return '';
}

function lossText({ other, larger, undoes }: Before): string {
  if (other === undefined) return '';
  const theirs = `${other.by}'s ${value(other.value)}`;
  if (undoes) return ` It was made from a value without ${theirs}, which is now gone.`;
  return larger === undefined ? '' : ` It takes the place of ${theirs}.`;
}

function withoutDecision({ operation: { completion } }: TimedOperation): string {
  if (completion?.type === 'ok') return "; it is answered, but the storage's log does not know it";
  const meaning = (ERRORS as Record<string, { meaning: string }>)[completion?.error ?? '']?.meaning;
  return `; nothing comes of it (${meaning ?? shorten(completion?.error ?? 'no answer before the run ended', 80)})`;
}
