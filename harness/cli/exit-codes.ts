/** The exit codes, and how the answers of several runs become one. */

export const EXIT = {
  asExpected: 0,
  notAsExpected: 1,
  unknown: 2,
  environment: 3,
  badArguments: 64,
  defect: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code means, for `--help` and the docs. */
export const EXIT_MEANINGS: Record<ExitCode, string> = {
  0: 'as expected',
  1: 'not as expected: a violation where none may be, or none where one must be',
  2: 'unknown: not enough evidence',
  3: 'the environment cannot run this; the message names the mending command',
  64: 'bad arguments or plan',
  70: 'a defect of leasebreaker itself, or a campaign that found no violation where one must be',
  130: 'interrupted',
};

const WORST_FIRST: readonly ExitCode[] = [130, 70, 64, 3, 1, 2, 0];

/** A campaign reports the worst of its runs; an interrupt stands above all, for what came after it did not happen. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? EXIT.unknown;
}

/** How a command says with what it ends; called once. */
export type Ended = (code: ExitCode) => void;
