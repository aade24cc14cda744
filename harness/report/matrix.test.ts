import { describe, expect, it } from 'vitest';
import {
  emptyCell,
  type Matrix,
  type MatrixCell,
  matrixHtml,
  matrixMarkdown,
  matrixSchema,
  withTable,
} from './matrix.js';

function cell(recipe: string, fencing: MatrixCell['fencing'], over: Partial<MatrixCell> = {}): MatrixCell {
  const none = { harmful: 0, overlaps: 2, refused: 0, ownersRefused: 0, holds: 40, doubts: [] };
  return { recipe, fencing, seed: 7, data: 'clean', exclusion: 'violated', ...none, path: `../run ${recipe}`, ...over };
}

const matrix: Matrix = {
  schemaVersion: 1,
  date: '2026-11-22T10:00:00.000Z',
  command: 'npm run test:chaos -- --seed 7 --matrix fencing',
  versions: { etcd: '3.5.16' },
  environment: { kernel: '<6>' },
  cells: [
    cell('mutex', 'on', { refused: 5 }),
    cell('mutex', 'off', { data: 'violated', harmful: 12 }),
    cell('naive', 'off', { data: 'violated', harmful: 1234 }),
    emptyCell('naive', 'on', 7, 'the images cannot be built'),
  ],
};

describe('a matrix', () => {
  it('is a table of words and numbers, in the order of the schemes', () => {
    const [head, , first, second] = matrixMarkdown(matrix).split('\n');
    expect(head).toBe('| recipe | off | on | sections overlapped |');
    expect(first).toBe('| `mutex` | UNSAFE (12) | safe (5 refused) | 4 |');
    expect(second).toBe('| `naive` | UNSAFE (1,234) | unknown | 2 |');
  });

  it('says when, with what and how it was measured, and why a pair is unknown', () => {
    const text = matrixMarkdown(matrix);
    expect(text).toContain(
      'Measured 2026-11-22, seed 7; etcd 3.5.16. Again: `npm run test:chaos -- --seed 7 --matrix fencing`.',
    );
    expect(text).toContain('- `naive`, on: the images cannot be built');
    const twice = [...matrix.cells, emptyCell('naive', 'strict', 7, 'the images cannot be built')];
    expect(matrixMarkdown({ ...matrix, cells: twice })).toContain('- `naive`, on, strict: the images cannot be built');
  });

  it('leaves a gap for a pair that was not measured', () => {
    expect(matrixMarkdown({ ...matrix, cells: matrix.cells.slice(0, 3) })).toContain(
      '| `naive` | UNSAFE (1,234) | – | 2 |',
    );
  });

  it('tells harm from operations in turns', () => {
    const inTurns = cell('txn-guard', 'guard', { data: 'violated' });
    expect(matrixMarkdown({ ...matrix, cells: [inTurns] })).toContain('| `txn-guard` | UNSAFE (in turns) | 2 |');
  });

  it('says what a scheme costs that refuses rightful owners', () => {
    const strict = cell('mutex', 'equality', { refused: 168, ownersRefused: 157 });
    expect(matrixMarkdown({ ...matrix, cells: [strict] })).toContain('| safe (168 refused, 157 of owners) |');
  });

  it('links each pair to its run, and lets nothing break out of the page', () => {
    const page = matrixHtml(matrix);
    expect(page).toContain('href="./../run%20mutex/report.html"');
    expect(page).toContain('2 of 4 pairs');
    expect(page).toContain('kernel &lt;6&gt;');
    expect(page).not.toContain('<6>');
  });

  it('takes its place in a document, again and again, and leaves the rest alone', () => {
    const text = '# Results\n\nWhat follows was measured.\n';
    const once = withTable(text, matrix);
    expect(once.startsWith(text)).toBe(true);
    expect(once).toContain(matrixMarkdown(matrix));
    const other = { ...matrix, cells: matrix.cells.slice(0, 1) };
    const twice = withTable(`${once}\n## What it means\n`, other);
    expect(twice).toContain(matrixMarkdown(other));
    expect(twice).not.toContain('`naive`');
    expect(twice.startsWith(text)).toBe(true);
    expect(twice.endsWith('\n\n## What it means\n')).toBe(true);
    expect(withTable('', matrix).split('\n')[0]).toBe('# Measured results');
  });

  it('has the shape that it says', () => {
    expect(matrixSchema.parse(matrix)).toEqual(matrix);
  });
});
