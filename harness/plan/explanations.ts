/** One line for each word that a fault can be described with: for `list`. */
import type { PARTITION_SHAPES, TargetRole } from './fault-kinds.js';
import type { Trigger } from './plan.js';

export const ROLES: Record<TargetRole, string> = {
  holder: 'the client that has the lock of its lane; with a client trigger, the one that set it off',
  waiter: 'a client that queues for it',
  'next-in-queue': 'the client that gets it next, by the keys in etcd',
  'random-client': 'any client of a lane, drawn from the seed',
  'all-clients': 'all of them',
  leader: 'the etcd member that leads',
  follower: 'a member that does not',
  minority: 'the largest set of members that is no quorum',
  majority: 'the smallest set of members that is one',
  all: 'every member',
  storage: 'the storage that the lock guards',
};

export const TRIGGER_LINES: Record<Trigger, string> = {
  time: 'at once when its time has come',
  acquired: 'a client was told that it has the lock',
  'before-write': 'a client has read and is about to write',
  waiting: 'a client queues for the lock',
  released: 'a client has released the lock',
  'lease-granted': 'a client has its lease',
  'leader-changed': 'etcd has another leader',
  after: 'behind another fault: after=KIND instead of on=',
};

export const SHAPES: Record<(typeof PARTITION_SHAPES)[number], string> = {
  'isolate-one': 'one node from all others of its kind; the target says which, else any member',
  'isolate-leader': 'the leader from the other members; clients reach it still',
  'isolate-holder': "the holder's host from etcd and the storage",
  'isolate-holder-from-etcd': "the holder's host from etcd; it reaches the storage",
  'isolate-holder-from-storage': "the holder's host from the storage; it reaches etcd",
  halves: 'half of the members from the rest',
  'majority-with-leader': 'a minority without the leader from the rest',
  'majority-without-leader': 'a minority with the leader from the rest',
  'majorities-ring': 'every member sees a majority, no two the same',
  bridge: 'two halves that only one member sees both of',
  'single-link': 'one member from one other',
  'clients-from-members': 'one client host from a part of the members',
};

export const COMMON_OPTIONS: readonly { name: string; description: string }[] = [
  { name: 'for=2.5ttl', description: 'how long it stays in force; durations take ms, s, min, ttl' },
  { name: 'every=10s', description: 'from its start to its next start, instead of a drawn schedule' },
  {
    name: 'jitter=2s',
    description: 'every= is drawn anew each time, longer or shorter by so much (kind delay: every-jitter=)',
  },
  { name: 'at=5s', description: 'once, at this time of the traffic; with every=, the first time' },
  { name: 'on=TRIGGER', description: 'what sets it off, once its time has come' },
  { name: 'after=KIND', description: 'set off by each fault of that kind' },
  { name: 'wait=50ms', description: 'from the trigger to the injection' },
  { name: 'weight=3', description: 'how often it takes a turn, against 1 of the others' },
  { name: 'lane=0', description: 'in this lane alone; two clients of it are then enough' },
  { name: 'pick=17', description: 'which of several candidates, modulo their number, instead of a drawn one' },
];
