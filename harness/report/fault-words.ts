/**
 * Faults in plain words: what each kind does to whom, in a sentence, in the past, and on a bar. Pure text. It knows kinds and
 * options by name only, so that the record of another version is told, too, if less well.
 */
import type { FaultRecord } from '../history/operation.js';
import { count, milliseconds, shorten, value } from './format.js';

type Options = FaultRecord['options'];
/** `who` is a client or the names of containers, as it stands inside a sentence. */
type Phrase = (who: string, options: Options) => string;

interface KindWords {
  /** `client 1's process is stopped`. */
  begins: Phrase;
  /** `client 1 had been paused`. */
  had: Phrase;
  /** `client 1 runs again`. */
  ends: Phrase;
  /** What stands on a bar: `paused`. */
  label: (options: Options) => string;
}

/** Who was hit, as a list for a sentence. */
export function targetsText({ targets, kind }: FaultRecord): string {
  const named = targets
    .slice(0, MAX_NAMED)
    .map((target) => (target === 'storage' ? 'the storage' : shorten(target, 40)));
  const more = targets.length - named.length;
  if (more > 0) named.push(`${more} more`);
  const last = named.pop();
  if (last === undefined) return `the target of the fault ${shorten(kind, 20)}`;
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`;
}

const MAX_NAMED = 4;

export const faultBegins = (record: FaultRecord, who: string): string => wordsOf(record).begins(who, record.options);
export const faultHad = (record: FaultRecord, who: string): string => wordsOf(record).had(who, record.options);
export const faultEnds = (record: FaultRecord, who: string): string => wordsOf(record).ends(who, record.options);
export const faultLabel = (record: FaultRecord): string => wordsOf(record).label(record.options);

/** Kinds during which nothing at all is done by what they hit. */
const STOPPING: ReadonlySet<string> = new Set(['pause', 'freeze', 'stall', 'kill']);
export const isStopping = ({ kind }: FaultRecord): boolean => STOPPING.has(kind);

/** Stopped, but not ended: what falls due meanwhile is done afterwards. */
export const isWaking = (record: FaultRecord): boolean => isStopping(record) && record.kind !== 'kill';

function wordsOf(record: FaultRecord): KindWords {
  return entryOf(WORDS, record.kind) ?? other(shorten(record.kind, 20));
}

/** Names come from the record, and `constructor` is no entry of a table. */
function entryOf<Entry>(table: Record<string, Entry>, name: unknown): Entry | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

function other(kind: string): KindWords {
  return {
    begins: (who, options) => `${who} is hit by the fault "${kind}"${listed(options)}`,
    had: (who) => `${who} had been under the fault "${kind}"`,
    ends: (who) => `${who} is rid of the fault "${kind}"`,
    label: () => kind || 'fault',
  };
}

const text = (data: Options[string] | undefined): string =>
  typeof data === 'string' ? shorten(data, 40) : value(data ?? '?', 40);
const isNumber = (data: unknown): data is number => typeof data === 'number';
const ms = (data: unknown): string => (isNumber(data) ? milliseconds(data) : '? ms');

function listed(options: Options): string {
  const parts = Object.entries(options).map(([name, data]) => `${shorten(name, 20)} ${text(data)}`);
  return parts.length === 0 ? '' : ` (${shorten(parts.join(', '), 120)})`;
}

/** Where a network fault is about one link only. */
const onLink = ({ link }: Options): string =>
  typeof link === 'string' && link !== '' ? ` on the link ${text(link)}` : '';

const SHAPES: Record<string, Phrase> = {
  'isolate-one': (who) => `${who} is cut off from everybody`,
  'isolate-leader': (who) => `the leader, ${who}, is cut off from everybody`,
  'isolate-holder': (who) => `${holder(who)} is cut off from etcd and from the storage`,
  'isolate-holder-from-etcd': (who) => `${holder(who)} is cut off from etcd`,
  'isolate-holder-from-storage': (who) => `${holder(who)} is cut off from the storage`,
  halves: () => 'the members are cut into two halves',
  'majority-with-leader': () => 'a majority of the members, with the leader, is cut off from the rest',
  'majority-without-leader': () => 'the leader is cut off with a minority of the members',
  'majorities-ring': () => 'every member sees a majority, and no two of them the same',
  bridge: () => 'the members are cut into halves that only one of them connects',
  'single-link': (who) => `the link of ${who} is cut`,
  'clients-from-members': () => 'clients are cut off from a part of the members',
};

/** The shape says that a holder was meant, whatever the target's name was. */
const holder = (who: string): string => (who.startsWith('client') ? who : 'the host of a holder');

function shapeDetails({ shape, way, by, flap }: Options): string {
  const ways: Record<string, string> = {
    'requests-pass': 'requests pass, answers do not',
    'answers-pass': 'answers pass, requests do not',
  };
  return [
    text(shape),
    entryOf(ways, way) ?? 'both ways',
    by === 'reject' ? 'connections are reset' : 'packets are dropped',
    ...(isNumber(flap) && flap > 0 ? [`there and gone every ${ms(flap)}`] : []),
  ].join(', ');
}

/** `at rate 0.25`, `wall clock +300 ms`: everything that was asked for. */
function clockChanges({ drift, step, jump, strobe }: Options): string[] {
  const signed = (by: number): string => `${by < 0 ? '\u2212' : '+'}${ms(Math.abs(by))}`;
  return [
    ...(isNumber(drift) ? [`rate ${drift}`] : []),
    ...(isNumber(step) ? [`wall clock ${signed(step)}`] : []),
    ...(isNumber(jump) ? [`all clocks ${signed(jump)}`] : []),
    ...(isNumber(strobe) ? [`wall clock \u00b1${ms(strobe)} every 100 ms`] : []),
  ];
}

const DISK: Record<string, Phrase> = {
  slow: (who, options) => `${who}'s disk is slow: every fdatasync takes ${ms(options.ms)} longer`,
  full: (who) => `${who}'s disk is full`,
  lost: (who) => `${who} loses its data directory over a restart`,
};

const OPERATIONS: Record<string, Phrase> = {
  'move-leader': (who) => `${who} hands the leadership of etcd over`,
  compact: () => "etcd's history is compacted to now",
  defragment: (who) => `${who} defragments its database`,
  'replace-member': (who) => `${who} is removed from the cluster and added again, with an empty disk`,
  'rolling-restart': () => 'the members of etcd are restarted one after the other',
};

const WORDS: Record<string, KindWords> = {
  pause: {
    begins: (who) => `${who}'s process is stopped, as by a long garbage collection or a suspended machine`,
    had: (who) => `${who} had been paused`,
    ends: (who) => `${who} runs again`,
    label: () => 'paused',
  },
  freeze: {
    begins: (who) => `${who}'s container is frozen as a whole, as a suspended machine is`,
    had: (who) => `${who} had been frozen with its container`,
    ends: (who) => `${who} is thawed`,
    label: () => 'frozen',
  },
  stall: {
    begins: (who, { how }) =>
      `${who}'s main thread is blocked by ${how === 'gc' ? 'a real garbage collection' : 'a busy loop'}`,
    had: (who, { how }) =>
      `${who}'s main thread had been blocked by ${how === 'gc' ? 'a garbage collection' : 'a busy loop'}`,
    ends: (who) => `${who}'s main thread is free again`,
    label: ({ how }) => (how === 'gc' ? 'stalled by a garbage collection' : 'stalled'),
  },
  kill: {
    begins: (who) => `${who} is killed (SIGKILL)`,
    had: (who) => `${who} had been killed and gone`,
    ends: (who) => `${who} is started again`,
    label: () => 'killed',
  },
  partition: {
    begins: (who, options) =>
      `${(entryOf(SHAPES, options.shape) ?? ((cut) => `${cut} is cut off`))(who, options)} (${shapeDetails(options)})`,
    had: (who, { shape }) => `${who} had been in a partition (${text(shape)})`,
    ends: () => 'the partition is healed',
    label: ({ shape }) => `partition: ${text(shape)}`,
  },
  loss: {
    begins: (who, options) => `${text(options.percent)} % of ${who}'s packets are lost${onLink(options)}`,
    had: (who, { percent }) => `${who} had been losing ${text(percent)} % of its packets`,
    ends: (who) => `${who} loses no more packets`,
    label: ({ percent }) => `${text(percent)} % of packets lost`,
  },
  delay: {
    begins: (who, options) =>
      `${who}'s packets are held back for ${ms(options.ms)}${isNumber(options.jitter) && options.jitter > 0 ? ` \u00b1 ${ms(options.jitter)}` : ''}${onLink(options)}`,
    had: (who, options) => `${who}'s packets had been held back for ${ms(options.ms)} each`,
    ends: (who) => `${who}'s packets are no longer held back`,
    label: (options) => `packets ${ms(options.ms)} late`,
  },
  bandwidth: {
    begins: (who, options) => `${who} can send no more than ${text(options.kbit)} kbit/s${onLink(options)}`,
    had: (who, { kbit }) => `${who} had been limited to ${text(kbit)} kbit/s`,
    ends: (who) => `${who} sends without a limit again`,
    label: ({ kbit }) => `${text(kbit)} kbit/s`,
  },
  clock: {
    begins: (who, options) => `${who}'s clocks are bent: ${clockChanges(options).join(', ') || 'not said how'}`,
    had: (who, options) => `${who}'s clocks had been bent (${clockChanges(options).join(', ') || 'not said how'})`,
    ends: (who) => `${who}'s clocks run at the true rate again`,
    label: (options) => `clock: ${clockChanges(options).join(', ')}`,
  },
  disk: {
    begins: (who, options) =>
      (entryOf(DISK, options.mode) ?? ((whose) => `${whose}'s disk is disturbed`))(who, options),
    had: (who, { mode }) => `${who}'s disk had been disturbed (${text(mode)})`,
    ends: (who) => `${who}'s disk is as it was`,
    label: ({ mode, ms: by }) => (mode === 'slow' ? `fdatasync ${ms(by)} longer` : `disk ${text(mode)}`),
  },
  cpu: {
    begins: (who, { percent }) => `${who} gets no more than ${text(percent)} % of a processor`,
    had: (who, { percent }) => `${who} had been starved of processor time (${text(percent)} %)`,
    ends: (who) => `${who} gets its processor time again`,
    label: ({ percent }) => `${text(percent)} % of a CPU`,
  },
  etcd: {
    begins: (who, options) =>
      (entryOf(OPERATIONS, options.operation) ?? ((whose) => `an operation on etcd strikes ${whose}`))(who, options),
    had: (_who, { operation }) => `etcd had been under an operation (${text(operation)})`,
    ends: (_who, { operation }) => `the operation on etcd (${text(operation)}) is over`,
    label: ({ operation }) => text(operation) || 'etcd',
  },
};

/** `12 injected, 12 proven, 12 healed`. */
export function tallyText({ injected, proven, healed }: { injected: number; proven: number; healed: number }): string {
  return `${count(injected)} injected, ${count(proven)} proven, ${count(healed)} healed`;
}
