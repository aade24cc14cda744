/** The matrix of recipes and fencing schemes, made of the runs of a campaign whose axes are these two: data, a page, and a table for documents. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { weightOf } from '../campaign/estimate.js';
import { createFolder, type CampaignPlan, finalLines, type RunLine } from '../campaign/journal.js';
import { inShard } from '../campaign/shard.js';
import { FENCING } from '../history/decision.js';
import { junitXml, missingSuite } from '../report/junit.js';
import { emptyCell, type Matrix, matrixCell, matrixHtml, matrixMarkdown, withTable } from '../report/matrix.js';
import { FILES, timeStamp, writeJson } from '../run/results.js';

/** Whether a campaign measures pairs of recipe and fencing scheme, each once. */
export function isMatrix({ cells }: CampaignPlan): boolean {
  return cells.every(
    ({ axes, isMeasured, planned }) =>
      isMeasured && planned === 1 && Object.keys(axes).toSorted().join() === 'fencing,recipe',
  );
}

export interface MatrixOptions {
  plan: CampaignPlan;
  /** The campaign's own folder. */
  folder: string;
  lines: readonly RunLine[];
  /** Folder in which the runs lie, and the matrix gets its own. */
  output: string;
  /** A Markdown document that gets the table, too. */
  table?: string;
}

/** The matrix as text; it is written into a folder of its own beside the runs. */
export async function writeMatrix({ plan, folder: from, lines, output, table }: MatrixOptions): Promise<string> {
  const folder = await createFolder(output, `${timeStamp(new Date(plan.date))}-matrix`);
  const final = finalLines(lines);
  const last = final.findLast((line) => line.kind === 'judged');
  const matrix: Matrix = {
    schemaVersion: 1,
    date: plan.date,
    command: plan.command,
    versions: last?.versions ?? {},
    environment: last?.environment ?? {},
    cells: pairsOf(plan).flatMap(({ id, recipe, fencing }) => {
      const line = final.find(({ cell }) => cell === id);
      if (line === undefined) return [];
      if (line.kind === 'judged') return [matrixCell(line.figures, pathOf(folder, resolve(from, line.dir)))];
      return [emptyCell(recipe, fencing, plan.seed, line.message.split('\n')[0] ?? '')];
    }),
  };
  const suites = final.map((line) => (line.kind === 'judged' ? line.suite : missingSuite(line.name, line.date, line)));
  await writeJson(join(folder, FILES.matrix), matrix);
  await writeFile(join(folder, FILES.junit), junitXml('recipes and fencing schemes', suites));
  await writeFile(join(folder, 'matrix.md'), matrixMarkdown(matrix));
  await writeFile(join(folder, FILES.report), matrixHtml(matrix));
  // Half a matrix does not take the place of a whole one.
  if (table !== undefined && matrix.cells.length === plan.cells.length)
    await writeFile(table, withTable(existsSync(table) ? await readFile(table, 'utf8') : '', matrix));
  return `${matrixMarkdown(matrix)}\nreport: ${join(folder, FILES.report)}`;
}

const pathOf = (from: string, to: string): string => relative(resolve(from), to).split(sep).join('/');

type Pair = Pick<Matrix['cells'][number], 'recipe' | 'fencing'> & { id: string };

/** Recipe by recipe, whatever the order of the runs was. */
function pairsOf(plan: CampaignPlan): Pair[] {
  const pairs = inShard(plan.cells, plan.shard, weightOf).flatMap(({ id, axes }): Pair[] => {
    const fencing = FENCING.find((scheme) => scheme === axes['fencing']);
    return fencing === undefined ? [] : [{ id, recipe: axes['recipe'] ?? '', fencing }];
  });
  const recipes = [...new Set(pairs.map(({ recipe }) => recipe))];
  return pairs.toSorted(
    (a, b) =>
      recipes.indexOf(a.recipe) - recipes.indexOf(b.recipe) || FENCING.indexOf(a.fencing) - FENCING.indexOf(b.fencing),
  );
}
