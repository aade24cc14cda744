/** What every format is turned into, event by event, before it is paired (operations-builder.ts). Types only. */

export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

export interface HistoryEvent {
  /** Line of the file on which it begins, from 1. */
  line: number;
  process: number;
  type: EventType;
  /** As the file says it, without the colon of a keyword. */
  f: string;
  /** Missing fields are undefined; `nil` and `null` are null. */
  key: unknown;
  value: unknown;
  token: unknown;
  error: unknown;
  /** As the file says it: nanoseconds in Jepsen's histories and ours. */
  time: unknown;
  /** True where the format says that a failed operation was answered by the object, as a compare-and-set that found another value. */
  mismatched: boolean;
  /** False for an operation that timed out but whose process goes on all the same; else an `info` retires its process. */
  retires: boolean;
}

/** Why a file cannot be judged. */
export interface Unreadable {
  /** From 1; 0 for what is wrong with the file as a whole. */
  line: number;
  reason: string;
  /** Set where the line may be the beginning of a good one: that is passed over at the end of a file. */
  partial?: true;
}

/** Takes events in the order of the file. An answer ends the reading. */
export type Sink = (event: HistoryEvent) => Unreadable | undefined;

/** Takes a file line by line, so that no more of it is in memory than the entry at hand. */
export interface LineReader {
  /** `line` counts from 1. */
  line(text: string, line: number): Unreadable | undefined;
  /** What an end of the file at this place means. */
  end(): Unreadable | undefined;
}
