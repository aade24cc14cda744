/** What each sign of the timeline means, in words beside the sign itself, drawn by the same hand. */
import { element } from '../dom.js';
import { drawFaults } from './draw-faults.js';
import { box, type Paint, symbol } from './paint.js';
import { Strips } from './strip.js';
import type { Theme } from './theme.js';

const WIDTH = 40;
const HEIGHT = 18;

const SIGNS: readonly [text: string, draw: (paint: Paint) => void][] = [
  [
    'gap: the client still believes, etcd has ended the hold',
    ({ context, theme }) => {
      context.fillStyle = theme.wrongFill;
      context.fillRect(2, 2, WIDTH - 4, HEIGHT - 4);
      box(context, [2, WIDTH - 2], [2, HEIGHT - 4], theme.gapHatch, theme.wrong);
    },
  ],
  [
    'lock held, as the client believes',
    ({ context, theme }) => box(context, [2, WIDTH - 2], [3, 12], theme.oneFill, theme.one),
  ],
  [
    'lock held, as etcd has it',
    ({ context, theme }) => {
      context.fillStyle = theme.two;
      context.fillRect(2, 7, WIDTH - 4, 5);
    },
  ],
  [
    'waiting for the lock',
    ({ context, theme }) => {
      context.fillStyle = theme.otherFill;
      context.fillRect(2, 7, WIDTH - 4, 5);
      context.strokeStyle = theme.soft;
      context.setLineDash([2, 3]);
      context.strokeRect(2.5, 7.5, WIDTH - 5, 4);
      context.setLineDash([]);
    },
  ],
  ['write accepted', ({ context, theme }) => symbol(context, theme, 'accepted', WIDTH / 2, HEIGHT / 2, 6)],
  ['refused by the storage', ({ context, theme }) => symbol(context, theme, 'refused', WIDTH / 2, HEIGHT / 2, 6)],
  [
    'accepted though stale; a violation',
    ({ context, theme }) => symbol(context, theme, 'stale', WIDTH / 2, HEIGHT / 2, 6),
  ],
  ['fault', (paint) => drawFaults(paint, [FAULT], 2, HEIGHT - 4)],
  [
    'request, from sending to answer',
    ({ context, theme }) => box(context, [2, WIDTH - 2], [6, 7], theme.otherFill, theme.soft),
  ],
  [
    'request whose effect nobody knows',
    ({ context, theme }) => box(context, [2, WIDTH - 2], [6, 7], theme.faultFill, theme.fault),
  ],
];

const FAULT = { id: '', kind: '', text: '', clients: [], nodes: [], from: 2, to: WIDTH - 2, proven: true, receipt: '' };

export interface Legend {
  readonly root: HTMLElement;
  draw(theme: Theme, ratio: number): void;
}

export function makeLegend(): Legend {
  const strips = new Strips();
  const items = SIGNS.map(([text, draw]) => ({ text, draw, canvas: element('canvas', { 'aria-hidden': 'true' }) }));
  const root = element(
    'ul',
    { class: 'legend timeline-legend', 'aria-label': 'Legend' },
    ...items.map(({ text, canvas }) => element('li', {}, canvas, text)),
  );
  return {
    root,
    draw(theme, ratio) {
      for (const { canvas, draw } of items) {
        canvas.width = WIDTH * ratio;
        canvas.height = HEIGHT * ratio;
        canvas.style.width = `${WIDTH}px`;
        canvas.style.height = `${HEIGHT}px`;
        const context = canvas.getContext('2d');
        if (context === null) continue;
        context.scale(ratio, ratio);
        const scale = { window: { from: 0, to: WIDTH }, left: 0, width: WIDTH };
        draw({
          context,
          theme,
          scale,
          strips,
          drawn: { things: 0, columns: 0, marks: 0, stale: 0, gaps: 0, faults: 0 },
        });
      }
    },
  };
}
