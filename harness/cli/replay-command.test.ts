import { describe, expect, it } from 'vitest';
import type { Answer } from '../shrink/oracle.js';
import { codeOf, shareOf, shareText } from './replay-command.js';

const answers = (shown: number, not: number, unknown: number): Answer[] => [
  ...Array<Answer>(shown).fill('shown'),
  ...Array<Answer>(not).fill('not-shown'),
  ...Array<Answer>(unknown).fill('unknown'),
];

describe('how often something was reproduced', () => {
  it.each([
    [9, 1, 0, 0, 'reproduced 9 of 10 (95 % interval 60 to 98 %)'],
    [8, 1, 1, 0, 'reproduced 8 of 10 (95 % interval 49 to 94 %); 1 could not be judged, which shows nothing'],
    [0, 10, 0, 1, 'reproduced 0 of 10 (95 % interval 0 to 28 %)'],
    [0, 9, 1, 2, 'reproduced 0 of 10 (95 % interval 0 to 28 %); 1 could not be judged, which shows nothing'],
    [0, 0, 0, 2, 'reproduced 0 of 0'],
  ])('%d shown, %d not, %d unknown: exit code %d', (shown, not, unknown, code, text) => {
    const share = shareOf(answers(shown, not, unknown));
    expect(codeOf(share)).toBe(code);
    expect(shareText(share)).toBe(text);
  });
});
