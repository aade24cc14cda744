/** The colours and patterns of the canvas, from the custom properties of the page, so that light, dark and forced colours hold. */

const NAMES = {
  ground: '--ground',
  ink: '--ink',
  soft: '--soft',
  line: '--line',
  panel: '--panel',
  one: '--one',
  oneFill: '--one-fill',
  two: '--two',
  otherFill: '--other-fill',
  wrong: '--wrong',
  wrongFill: '--wrong-fill',
  refused: '--refused',
  refusedFill: '--refused-fill',
  fault: '--fault',
  faultFill: '--fault-fill',
  good: '--good',
  goodFill: '--good-fill',
} as const;

export interface Theme extends Readonly<Record<keyof typeof NAMES, string>> {
  /** For what a fault hit: wide stripes, rising. */
  readonly faultHatch: CanvasPattern | string;
  /** For the gap between belief and truth: narrow stripes, falling. */
  readonly gapHatch: CanvasPattern | string;
}

export const FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif";

export function readTheme(element: Element, ratio: number): Theme {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(
    Object.entries(NAMES).map(([name, property]) => [name, style.getPropertyValue(property).trim() || 'gray']),
  ) as Record<keyof typeof NAMES, string>;
  return {
    ...colours,
    faultHatch: stripes(colours.fault, 8, 1.4, false, ratio),
    gapHatch: stripes(colours.wrong, 5, 1.8, true, ratio),
  };
}

/** Stripes at 45 degrees, `size` CSS pixels apart, sharp at the device's own resolution. */
function stripes(colour: string, size: number, thick: number, falling: boolean, ratio: number): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const side = Math.round(size * ratio);
  tile.width = tile.height = side;
  const context = tile.getContext('2d');
  if (context === null) return colour;
  context.strokeStyle = colour;
  context.lineWidth = thick * ratio;
  // Three lines, so that the corners of the tile are covered too.
  for (const shift of [-side, 0, side]) {
    context.beginPath();
    context.moveTo(shift - side, falling ? -side : 2 * side);
    context.lineTo(shift + 2 * side, falling ? 2 * side : -side);
    context.stroke();
  }
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? colour;
}
