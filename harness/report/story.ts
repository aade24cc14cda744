/**
 * The shape of a violation's picture: what happened in which lane at which moment, and the numbered sentences that tell
 * it. Types only; story-build.ts makes one from the record, sequence-svg.ts draws it, html.ts writes it down.
 */

/** Lanes from top to bottom; `first` is the late client, `second` the rightful owner that it runs into. */
export type StoryLane = 'first' | 'etcd' | 'storage' | 'second';

/** One point in time of the picture. Bars, arrows and marks name moments by their position in `moments`. */
export interface Moment {
  /** Nanoseconds since the run began. */
  time: number;
  /** Whether the time is an estimate between two that are known, as that of a decision within its operation. */
  estimated?: true;
  /** Number of the sentence that tells what happens here, and the lane where it happens. */
  step?: { number: number; lane: StoryLane };
}

/** `wrong`: must never have been accepted; `refused`: fencing at work. */
export type Tone = 'plain' | 'fault' | 'wrong' | 'refused';

/**
 * `waiting`: queues for the lock; `hold`: has it, as it believes; `lost`: goes on though it was told that the lock is gone;
 * `paused`: stopped; `fault`: goes on under a fault, or a server under any; `owner` and `others`: who has the lock as etcd sees it.
 */
export interface Bar {
  lane: StoryLane;
  kind: 'waiting' | 'hold' | 'lost' | 'paused' | 'fault' | 'owner' | 'others';
  /** Of a `fault` bar: its row beside the lane, from 0, as several can be in force at once. */
  row?: number;
  /** Whose ownership an `owner` bar shows. */
  of?: 'first' | 'second';
  /** Moments; `null` where the bar begins before the picture or goes on behind it. */
  from: number | null;
  to: number | null;
  /** What may stand in the bar, longest first; the first that fits is taken. */
  texts: string[];
}

export interface Arrow {
  from: { lane: StoryLane; moment: number };
  to: { lane: StoryLane; moment: number };
  tone: Tone;
  /** Stands beside the arrow, at its client's end. */
  text?: string;
  /** Answers are drawn thin. */
  answer: boolean;
}

/** What the storage decided, or the end of a lease at etcd. */
export interface Mark {
  lane: 'etcd' | 'storage';
  kind: 'accepted' | 'refused' | 'stale' | 'expired';
  /** The accepted write does away with the other client's. */
  undoes?: true;
  moment: number;
  text?: string;
}

/** A span above the picture with its length, such as the time between what a client believed and what was true. */
export interface Bracket {
  from: number;
  to: number;
  text: string;
}

export interface Step {
  number: number;
  /** Nanoseconds after the beginning of the story. */
  offset: number;
  text: string;
  tone: Tone;
}

type LaneName = readonly [name: string, detail: string];

export interface Story {
  /** Nanoseconds since the run began at which the story's clock reads zero. */
  zero: number;
  /** `second` is missing where there is one client alone. */
  laneNames: Record<Exclude<StoryLane, 'second'>, LaneName> & { second?: LaneName };
  moments: Moment[];
  bars: Bar[];
  arrows: Arrow[];
  marks: Mark[];
  brackets: Bracket[];
  steps: Step[];
  /** What a reader of the picture must know about it, such as operations left out. */
  remarks: string[];
}
