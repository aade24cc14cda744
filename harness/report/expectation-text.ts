/** Whether a run or a campaign is what was expected, in words. */

export interface Answer {
  met: boolean;
  unmet: readonly string[];
  exitCode: number;
}

/** The exit code tells apart what is not so from what nobody knows and from what never came to its end. */
export function answerText({ met, unmet, exitCode }: Answer): { sign: '✓' | '✗' | '?'; text: string } {
  if (met) return { sign: '✓', text: `As expected. Exit code ${exitCode}.` };
  const reasons = unmet.length === 0 ? '' : `: ${unmet.join('; ')}`;
  if (exitCode === 1) return { sign: '✗', text: `Not as expected${reasons}. Exit code 1.` };
  const what = exitCode === 2 ? 'Not known whether as expected' : 'Not carried out as planned';
  return { sign: '?', text: `${what}${reasons}. Exit code ${exitCode}.` };
}
