import { describe, expect, it } from 'vitest';
import type { Colour } from '../report/colour-names.js';
import type { Cell } from './cells.js';
import { cellAnswer, tallyText } from './colour.js';
import type { FailedLine } from './journal.js';

function cell(expect: Cell['expect'], planned: number | null = 3): Cell {
  return { id: 'c', axes: {}, expect, isMeasured: false, planned, source: { kind: 'stored' } as Cell['source'] };
}

function line(colour: Colour, n: number, attempt: 1 | 2 = 1): FailedLine {
  return {
    kind: 'failed',
    cell: 'c',
    n,
    attempt,
    colour,
    name: 'r',
    date: '',
    exitCode: 3,
    message: `is ${colour}\nmore`,
  };
}

const lines = (...colours: Colour[]): FailedLine[] => colours.map((colour, n) => line(colour, n));
const seeks = cell({ data: 'violated' });
const clean = cell({ data: 'clean' });
const both = cell({ data: 'clean', exclusion: 'violated' });

describe('cellAnswer', () => {
  it.each<[string, Cell, Colour[], Colour]>([
    ['all as expected', clean, ['green', 'green', 'green'], 'green'],
    ['a violation above all else', clean, ['harness', 'red', 'environment'], 'red'],
    ['not enough evidence', clean, ['green', 'yellow', 'green'], 'yellow'],
    ['the environment is no evidence', clean, ['green', 'environment', 'yellow'], 'environment'],
    ['one that found is enough', seeks, ['blind', 'green', 'yellow'], 'green'],
    ['none that found', seeks, ['blind', 'yellow', 'blind'], 'blind'],
    ['nobody knows whether it would have', seeks, ['yellow', 'yellow', 'yellow'], 'yellow'],
    ['finding forgives no violation elsewhere', seeks, ['green', 'red', 'green'], 'red'],
    ['finding forgives no defect', seeks, ['green', 'harness', 'green'], 'harness'],
    ['what must be clean is to be known in each run', both, ['green', 'yellow', 'blind'], 'yellow'],
    ['overlaps were found in one', both, ['green', 'blind', 'green'], 'green'],
  ])('%s', (_, of, colours, colour) => {
    const answer = cellAnswer(of, lines(...colours), false);
    expect(answer.colour).toBe(colour);
    expect(answer.why.length > 0).toBe(colour !== 'green');
  });

  it('counts the second attempt in place of the first', () => {
    expect(cellAnswer(cell({}, 1), [line('environment', 0), line('green', 0, 2)], false)).toEqual({
      colour: 'green',
      why: [],
    });
    expect(cellAnswer(cell({}, 1), [line('environment', 0), line('environment', 0, 2)], false)).toEqual({
      colour: 'environment',
      why: ['run 0: is environment'],
    });
  });

  it('misses runs, unless they were cut short by intent', () => {
    expect(cellAnswer(clean, lines('green'), false)).toEqual({
      colour: 'yellow',
      why: ['2 of 3 runs did not take place'],
    });
    expect(cellAnswer(clean, lines('green'), true).colour).toBe('green');
    expect(cellAnswer(cell({}, null), [], true).colour).toBe('green');
    expect(cellAnswer(cell({}, null), lines('green'), false).colour).toBe('green');
    expect(cellAnswer(cell({}, null), [], false)).toEqual({ colour: 'yellow', why: ['no run took place'] });
  });
});

describe('tallyText', () => {
  it('names the worst first', () => {
    expect(tallyText(['green', 'red', 'green'])).toBe('1 red, 2 green');
    expect(tallyText([])).toBe('none');
  });
});
