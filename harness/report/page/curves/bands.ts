/** Fault bands behind a chart: hatched, so that they are seen without their colour. */
import type uPlot from 'uplot';
import type { FaultBand } from '../../page-data.js';
import { colour } from '../dom.js';

const SECOND = 1e9;
const TILE = 8;

/** A plugin of uPlot; `faults` are those that the chart shows. */
export function faultBands(faults: readonly FaultBand[]): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (chart) => {
        const { ctx, bbox } = chart;
        const { left, top, width, height } = bbox;
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, top, width, height);
        ctx.clip();
        // One area for all, so that a moment under many faults is no darker than one under a single fault.
        const area = new Path2D();
        for (const { from, to } of faults) {
          const start = Math.max(left, chart.valToPos(from / SECOND, 'x', true));
          const end = Math.min(left + width, chart.valToPos(to / SECOND, 'x', true));
          if (end >= left && start <= left + width) area.rect(start, top, Math.max(1, end - start), height);
        }
        ctx.globalAlpha = 0.5;
        ctx.fillStyle = colour('--fault-fill');
        ctx.fill(area);
        const hatching = hatch(ctx);
        ctx.globalAlpha = 0.35;
        if (hatching !== null) ctx.fillStyle = hatching;
        ctx.fill(area);
        ctx.restore();
      },
    },
  };
}

function hatch(ctx: CanvasRenderingContext2D): CanvasPattern | null {
  const tile = document.createElement('canvas');
  tile.width = tile.height = TILE;
  const lines = tile.getContext('2d');
  if (lines === null) return null;
  lines.strokeStyle = colour('--fault');
  lines.beginPath();
  for (const shift of [-TILE, 0, TILE]) {
    lines.moveTo(shift, TILE);
    lines.lineTo(shift + TILE, 0);
  }
  lines.stroke();
  return ctx.createPattern(tile, 'repeat');
}
