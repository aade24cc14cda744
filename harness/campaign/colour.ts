/** What the runs of a cell come to together, and the cells of a campaign. Pure. */
import { COLOURS, COLOUR_MEANINGS, type Colour } from '../report/colour-names.js';
import type { Cell } from './cells.js';
import { finalLines, type RunLine } from './journal.js';

export interface CellAnswer {
  colour: Colour;
  /** What it rests on, a sentence fragment each; empty where all is green. */
  why: string[];
}

/** Part of a cell's runs. */
type Ran = Pick<RunLine, 'colour'> & { text: string };

/** A violation is looked for, and nothing is expected to be clean: a run without evidence takes nothing from one that found it. */
function onlySeeks({ data, exclusion, service, kinds = [] }: Cell['expect']): boolean {
  const wanted = [data, exclusion, service];
  return data !== 'clean' && exclusion !== 'clean' && (wanted.includes('violated') || kinds.length > 0);
}

/**
 * The worst colour of its runs; but where violations must be found it is enough that one run did. `isCutShort`: runs are missing
 * by intent, because a stop was asked for or the time was all that counted.
 */
export function cellAnswer(cell: Cell, lines: readonly RunLine[], isCutShort: boolean): CellAnswer {
  const ran = finalLines(lines).map((line): Ran => ({ colour: line.colour, text: `run ${line.n}: ${reasonOf(line)}` }));
  const hasFound = ran.some(({ colour }) => colour === 'green');
  const forgiven: Colour[] = !hasFound ? [] : onlySeeks(cell.expect) ? ['blind', 'yellow'] : ['blind'];
  const counted = ran.filter(({ colour }) => !forgiven.includes(colour));
  const missing = cell.planned === null || isCutShort ? 0 : cell.planned - ran.length;
  if (missing > 0) counted.push({ colour: 'yellow', text: `${missing} of ${cell.planned} runs did not take place` });
  if (cell.planned === null && ran.length === 0 && !isCutShort)
    counted.push({ colour: 'yellow', text: 'no run took place' });
  const colour = COLOURS.find((each) => counted.some((one) => one.colour === each)) ?? 'green';
  return { colour, why: counted.filter((one) => one.colour !== 'green').map(({ text }) => text) };
}

function reasonOf(line: RunLine): string {
  if (line.kind === 'failed') return line.message.split('\n')[0] ?? '';
  return line.reasons.join('; ') || COLOUR_MEANINGS[line.colour];
}

/** How many cells have which colour, the worst first: `1 red, 5 green`. */
export function tallyText(colours: readonly Colour[]): string {
  const parts = COLOURS.flatMap((colour) => {
    const n = colours.filter((each) => each === colour).length;
    return n === 0 ? [] : [`${n} ${colour}`];
  });
  return parts.join(', ') || 'none';
}
