/** What the page of a campaign looks like beyond the style of all pages, and how its tables are filtered: by rules alone, without a program. */
import type { Axis } from './campaign-axes.js';
import { COLOURS } from './colour-names.js';

const STYLE = `
.colour-green { color: var(--good); background: var(--good-fill); }
.colour-red { color: var(--wrong); background: var(--wrong-fill); }
.colour-yellow { color: var(--fault); background: var(--fault-fill); }
.colour-blind, .colour-harness { color: var(--refused); background: var(--refused-fill); }
.colour-environment { color: var(--ink); background: var(--one-fill); border-color: var(--one); }
ul.found { margin: 8px 0; padding: 0; list-style: none; }
ul.found > li { border-left: 4px solid var(--line); padding: 2px 0 2px 12px; margin: 10px 0; }
ul.found ul { margin: 2px 0; padding-left: 20px; }
fieldset.filter { border: 1px solid var(--line); border-radius: 6px; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0; padding: 6px 12px 10px; }
fieldset.filter label { display: flex; gap: 6px; align-items: center; }
fieldset.filter select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 4px; padding: 2px 4px; max-width: 22em; }
fieldset.filter select:focus-visible { outline: 3px solid var(--one); outline-offset: 2px; }
table.wide th, table.wide td { padding-right: 16px; }
table.wide td.number, table.wide th.number { padding: 3px 0 3px 16px; }
table.wide thead th { vertical-align: bottom; }
table.wide td.number + td:not(.number), table.wide th.number + th:not(.number) { padding-left: 24px; }
.whole { white-space: nowrap; }
table.wide td.found { min-width: 17em; }
table.narrow { width: auto; }
table.narrow td.number, table.narrow th.number { padding-left: 24px; }
table.narrow td.number + td:not(.number), table.narrow th.number + th:not(.number) { padding-left: 24px; }
svg.curve { display: block; max-width: 100%; height: auto; }
svg.curve .grid { stroke: var(--line); }
svg.curve .ttl { stroke: var(--fault); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg.curve .whisker { stroke: var(--soft); stroke-width: 2; fill: none; }
svg.curve .dot { fill: var(--wrong); stroke: var(--ground); stroke-width: 1.5; }
svg.curve text.soft-text { fill: var(--soft); font-size: 11px; }
svg.curve text.ttl-text { fill: var(--fault); font-weight: 650; font-size: 11px; }
@media print {
  fieldset.filter { display: none; }
  table.wide { font-size: 8.5px; }
  table.wide td.found { min-width: 0; }
  table.wide th, table.wide td { padding-right: 6px; }
  table.wide td.number, table.wide th.number { padding-left: 6px; }
  table.wide, ul.found > li { break-inside: auto; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
  svg.curve * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

/**
 * `option` is chosen: rows that are not its are gone (CSS Selectors Level 4, `:has()` and `:checked`). Where a browser does not know
 * these, all rows stay.
 */
const rule = (option: string, row: string): string =>
  `main:has(option.${option}:checked) tr.row:not(.${row}) { display: none; }`;

/** Class of an option of the filter, and of the rows that it leaves, by the place of the axis and of the value. */
export const axisClass = (axis: number, value: number): string => `a${axis}-${value}`;

export function campaignStyle(axes: readonly Axis[]): string {
  const rules = [
    ...COLOURS.map((colour) => rule(`only-${colour}`, `is-${colour}`)),
    ...axes.flatMap(({ values }, axis) =>
      values.map((_, value) => rule(`only-${axisClass(axis, value)}`, axisClass(axis, value))),
    ),
  ];
  return `${STYLE}${rules.join('\n')}\n`;
}
