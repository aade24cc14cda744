/**
 * The states that a test of a lock is about: a campaign that never reached them has tried nothing, however clean it came out. What
 * exactly each is, run-coverage.ts says, which counts them.
 */
export const STATES = [
  'lease-expired-holder-alive',
  'two-holders',
  'late-write-before-first',
  'late-write-after-first',
  'leader-change-in-hold',
  'waiter-lease-expired',
  'ambiguous-acquire-took-effect',
] as const;

export type State = (typeof STATES)[number];

/** For headings and sentences. */
export const STATE_TITLES: Record<State, string> = {
  'lease-expired-holder-alive': 'A lease expired while its holder lived',
  'two-holders': 'Two clients held one lock at once',
  'late-write-before-first': "A late write came before the new holder's first write",
  'late-write-after-first': "A late write came after the new holder's first write",
  'leader-change-in-hold': 'The leader of etcd changed during a hold',
  'waiter-lease-expired': "A waiter's lease expired in the queue",
  'ambiguous-acquire-took-effect': 'An acquire without an answer took effect',
};
