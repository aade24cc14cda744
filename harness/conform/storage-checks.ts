/** Reads and writes as the storage sees them. */
import type { Decision } from '../history/decision.js';
import { monotonicMs } from '../history/clock.js';
import type { Check } from './check.js';
import { holds, ok, refused } from './expect.js';
import { read, type Stage, write } from './stage.js';

/** The storage's decisions about the check's own key. */
async function decisions({ world, key }: Stage): Promise<Decision[]> {
  return (await world.decisions()).filter((one) => one.key === key);
}

/** What a decision says of the request, without its place in the log. */
function told({ f, op, process, token, verdict }: Decision): object {
  return { f, op, process, token, verdict };
}

function same(what: string, expected: unknown, came: unknown): void {
  const text = JSON.stringify(expected);
  holds(`${what} ${text}`, JSON.stringify(came) === text, came);
}

/** Values that come back changed from a client that takes them apart. */
const VALUE = { text: 'ä€😀 "quoted"', numbers: [0, -1, 1.5], nested: { nothing: null, yes: true } };

export const STORAGE_CHECKS: readonly Check[] = [
  {
    name: 'read and write',
    section: 'Requests',
    says: 'read and write reach the storage exactly once, with op, process, key, token and value as they were given, and answer the token that they carried',
    async drive(stage) {
      const { subject, token } = await stage.holder();
      const before = ok(await subject.ask(read(stage.key, 11)));
      same('value', null, before.value);
      const written = ok(await subject.ask(write(stage.key, VALUE, 12)));
      const after = ok(await subject.ask(read(stage.key, 13)));
      same('value', VALUE, after.value);
      for (const { token: carried } of [before, written, after]) same('token', token, carried);
      const accepted = { token, verdict: 'accepted' };
      const expected = [
        { f: 'read', op: 11, process: 11, ...accepted },
        { f: 'write', op: 12, process: 12, ...accepted },
        { f: 'read', op: 13, process: 13, ...accepted },
      ];
      same("in the storage's log", expected, (await decisions(stage)).map(told));
    },
  },
  {
    name: 'register',
    section: 'Requests',
    says: 'read passes register: true on to the storage, which raises the highest token by it and refuses older ones',
    async drive(stage) {
      const older = await stage.holder();
      const newer = await stage.holder({}, `${stage.lock}-2`);
      ok(await newer.subject.ask(read(stage.key, 21, { register: true })));
      const [decision] = await decisions(stage);
      holds(`a read that makes ${newer.token} the highest token`, decision?.highest === newer.token, decision);
      refused(await older.subject.ask(write(stage.key, 'older', 22)), 'fenced');
    },
  },
  {
    name: 'fenced write',
    section: 'Answers',
    says: 'a write that the storage refuses for its token answers fail fenced, and is not sent again',
    async drive(stage) {
      const older = await stage.holder();
      const newer = await stage.holder({}, `${stage.lock}-2`);
      ok(await newer.subject.ask(write(stage.key, 'newer', 31)));
      refused(await older.subject.ask(write(stage.key, 'older', 32)), 'fenced');
      refused(await older.subject.ask(read(stage.key, 33, { register: true })), 'fenced');
      const log = (await decisions(stage)).map(({ op, verdict }) => [op, verdict]);
      const expected = [
        [31, 'accepted'],
        [32, 'refused'],
        [33, 'refused'],
      ];
      same("in the storage's log", expected, log);
    },
  },
  {
    name: 'storage that refuses connections',
    section: 'Answers',
    says: 'a storage that cannot be reached answers connection-refused: nothing was sent',
    async drive(stage) {
      const { subject } = await stage.holder({ storage: stage.world.refusing });
      refused(await subject.ask(read(stage.key)), 'connection-refused');
      refused(await subject.ask(write(stage.key, 1)), 'connection-refused');
      ok(await subject.ask({ f: 'release' }));
    },
  },
  {
    name: 'silent storage',
    section: 'Answers',
    says: 'a storage that does not answer makes a write info timeout within the deadline, for nobody knows what became of it',
    async drive(stage) {
      const { subject } = await stage.holder({ storage: stage.world.silent, deadlineMs: 1000 });
      const begun = monotonicMs();
      refused(await subject.ask(write(stage.key, 1)), 'timeout', 'unavailable');
      const tookMs = monotonicMs() - begun;
      holds(
        'an answer once the deadline of 1000 ms has passed',
        tookMs > 900 && tookMs < 10_000,
        `${Math.round(tookMs)} ms`,
      );
    },
  },
];
