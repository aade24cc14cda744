/** What tells the cells of a campaign apart, and what they have in common. Pure. */

export interface Axis {
  name: string;
  /** In the order of the cells, each once. */
  values: string[];
}

type HasAxes = { axes: Record<string, string> };

/** All axes in the order in which cells name them; a cell without one has the empty value. */
export function axesOf(cells: readonly HasAxes[]): Axis[] {
  const names = [...new Set(cells.flatMap(({ axes }) => Object.keys(axes)))];
  return names.map((name) => ({ name, values: [...new Set(cells.map(({ axes }) => axes[name] ?? ''))] }));
}

/** Axes in which cells differ. */
export function varying(cells: readonly HasAxes[]): Axis[] {
  return axesOf(cells).filter(({ values }) => values.length > 1);
}

/** `recipe mutex, storage http`: what all cells have; empty where that is nothing. */
export function commonText(cells: readonly HasAxes[]): string {
  return axesOf(cells)
    .flatMap(({ name, values: [only = '', ...more] }) => (more.length === 0 && only !== '' ? [`${name} ${only}`] : []))
    .join(', ');
}
