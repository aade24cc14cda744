/**
 * Draws a story as SVG, after the figure by which the matter is known (M. Kleppmann, "How to do distributed locking",
 * 2016): lanes over time, holds and the pause as bars, requests as arrows with their tokens. A pure function; colours
 * come from the page's style sheet by class, the hatching from the page's `#hatch` pattern.
 */
import { escapeHtml } from './markup.js';
import { duration, offset } from './format.js';
import { BADGE, FAULT_BAR, FAULT_ROW, FONT, LEFT, type Layout, layOut, type Places } from './sequence-layout.js';
import type { Arrow, Bar, Mark, Story, StoryLane } from './story.js';
import { textWidth } from './text-width.js';

/** `title` is what a screen reader says of the picture; the sentences beside it tell the rest. */
export function sequenceSvg(story: Story, title: string): string {
  const layout = layOut(story, offset, duration);
  const { width, places } = layout;
  return [
    `<svg class="sequence" role="img" viewBox="0 0 ${width} ${places.height}" width="${width}" height="${places.height}" style="min-width:${Math.round(0.78 * width)}px" aria-label="${escapeHtml(title)}">`,
    ...story.brackets.map((bracket) =>
      drawBracket(at(layout, bracket.from), at(layout, bracket.to), bracket.text, layout),
    ),
    ...drawLanes(story, layout),
    ...story.arrows.map((arrow) => drawArrow(arrow, layout)),
    ...inOrder(story.bars).map((bar) => drawBar(bar, story.bars, layout)),
    ...story.marks.map((mark) => drawMark(mark, at(layout, mark.moment), places)),
    ...drawAxis(layout),
    ...layout.labels.map(({ x, y, text, tone }) => write(x, y, text, `label ${tone}`)),
    ...layout.badges.map(
      ({ x, y, number }) =>
        `<circle class="badge" cx="${px(x)}" cy="${y}" r="${BADGE}"/>${write(x, y + 4, String(number), 'badge-number middle')}`,
    ),
    '</svg>',
  ].join('\n');
}

const px = (n: number): string => String(Math.round(n * 10) / 10);
const at = (layout: Layout, moment: number): number => layout.x[moment] ?? LEFT;

function write(x: number, y: number, text: string, classes: string): string {
  return `<text class="${classes}" x="${px(x)}" y="${y}">${escapeHtml(text)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, classes: string): string {
  return `<line class="${classes}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`;
}

function drawLanes(story: Story, { width, places }: Layout): string[] {
  const middle: Record<StoryLane, number> = {
    first: (places.first[0] + places.first[1]) / 2,
    etcd: (places.etcd[0] + places.etcd[1]) / 2,
    storage: places.storage,
    second: (places.second[0] + places.second[1]) / 2,
  };
  return (Object.keys(middle) as StoryLane[]).flatMap((lane) => {
    const names = story.laneNames[lane];
    if (names === undefined) return [];
    const [name, detail] = names;
    const y = middle[lane];
    return [
      line(LEFT - 8, y, width - 6, y, lane === 'storage' ? 'lane storage' : 'lane'),
      write(8, y - 2, name, `lane-name ${lane}`),
      write(8, y + 12, detail, 'lane-detail'),
    ];
  });
}

function drawBracket(from: number, to: number, text: string, { width, places }: Layout): string {
  const half = textWidth(text, FONT, true) / 2;
  const middle = Math.max(8 + half, Math.min(width - 8 - half, (from + to) / 2));
  return [
    `<rect class="gap" x="${px(from)}" y="${places.bracket}" width="${px(to - from)}" height="${places.axis - places.bracket}"/>`,
    `<path class="bracket" d="M${px(from)} ${places.bracket + 6}V${places.bracket}H${px(to)}v6"/>`,
    write(middle, places.bracketText, text, 'bracket-text middle'),
  ].join('');
}

/** Faults lie over the holds that they hit. */
function inOrder(bars: readonly Bar[]): Bar[] {
  return [...bars].sort((a, b) => Number(a.kind === 'paused') - Number(b.kind === 'paused'));
}

function span(bar: Bar, layout: Layout): [from: number, to: number] {
  return [bar.from === null ? LEFT : at(layout, bar.from), bar.to === null ? layout.width - 8 : at(layout, bar.to)];
}

function drawBar(bar: Bar, bars: readonly Bar[], layout: Layout): string {
  const [from, to] = span(bar, layout);
  const [top, bottom] = heightOf(bar, layout.places);
  const classes = `bar ${bar.kind} ${bar.of ?? bar.lane}`;
  const box = `x="${px(from)}" y="${top}" width="${px(Math.max(2, to - from))}" height="${bottom - top}"`;
  const isPaused = bar.kind === 'paused';
  const shape = `<rect class="${classes}" ${box}/>${isPaused ? `<rect class="hatched" fill="url(#hatch)" ${box}/>` : ''}`;
  const covers =
    isPaused || bar.kind === 'fault'
      ? []
      : bars.filter((other) => other.kind === 'paused' && other.lane === bar.lane).map((other) => span(other, layout));
  const [clearFrom, clearTo] = widestClear([from, to], covers);
  const text = bar.texts.find((candidate) => textWidth(candidate, FONT - 1, true) + 12 <= clearTo - clearFrom);
  if (text === undefined) return shape;
  const middle = (clearFrom + clearTo) / 2;
  const half = textWidth(text, FONT - 1, true) / 2 + 4;
  const chip = isPaused
    ? `<rect class="chip" x="${px(middle - half)}" y="${top + 4}" width="${px(2 * half)}" height="${bottom - top - 8}"/>`
    : '';
  return `${shape}${chip}${write(middle, (top + bottom) / 2 + 4, text, `bar-text middle ${bar.kind}`)}`;
}

/** Top and bottom. */
function heightOf({ lane, kind, row = 0 }: Bar, places: Places): [number, number] {
  if (kind === 'fault' || lane === 'storage') {
    const top = places.faults[lane] + row * FAULT_ROW;
    return [top, top + FAULT_BAR];
  }
  const [top, bottom] = places[lane];
  const inset = kind === 'waiting' || kind === 'lost' ? 5 : 0;
  return [top + inset, bottom - inset];
}

/** The widest part of a bar that no other bar covers. */
function widestClear([from, to]: [number, number], covers: readonly [number, number][]): [number, number] {
  let best: [number, number] = [from, from];
  let start = from;
  for (const [coverFrom, coverTo] of [...covers, [to, to] as [number, number]].sort((a, b) => a[0] - b[0])) {
    const end = Math.min(to, coverFrom);
    if (end - start > best[1] - best[0]) best = [start, end];
    start = Math.max(start, coverTo);
  }
  return best;
}

/** Arrows touch a client's bar and etcd's strip at the edge that faces the other end, and the storage on its line. */
function edge(lane: StoryLane, other: StoryLane, places: Places): number {
  if (lane === 'first') return places.first[1];
  if (lane === 'second') return places.second[0];
  if (lane === 'etcd') return other === 'first' ? places.etcd[0] : places.etcd[1];
  return other === 'first' ? places.storage - 9 : places.storage + 9;
}

function drawArrow({ from, to, tone, answer }: Arrow, layout: Layout): string {
  const [x1, y1, x2, y2] = [
    at(layout, from.moment),
    edge(from.lane, to.lane, layout.places),
    at(layout, to.moment),
    edge(to.lane, from.lane, layout.places),
  ];
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const wing = (turn: number): string =>
    `${px(x2 - 8 * Math.cos(angle + turn))} ${px(y2 - 8 * Math.sin(angle + turn))}`;
  const head = `<path class="head ${tone}" d="M${px(x2)} ${px(y2)}L${wing(0.42)}L${wing(-0.42)}z"/>`;
  return `<g class="arrow ${answer ? 'answer' : 'request'} ${tone}">${line(x1, y1, x2, y2, `shaft ${tone}`)}${head}</g>`;
}

function drawMark({ lane, kind }: Mark, x: number, places: Places): string {
  if (lane === 'etcd') return `<path class="mark expired" d="M${px(x)} ${places.etcd[0] - 5}V${places.etcd[1] + 5}"/>`;
  const y = places.storage;
  if (kind === 'accepted')
    return `<circle class="mark accepted" cx="${px(x)}" cy="${y}" r="8"/><path class="sign" d="M${px(x - 4)} ${y}l3 3l5 -6"/>`;
  if (kind === 'refused')
    return `<rect class="mark refused" x="${px(x - 8)}" y="${y - 8}" width="16" height="16"/><path class="sign" d="M${px(x - 4)} ${y - 4}l8 8m0 -8l-8 8"/>`;
  return `<path class="mark stale" d="M${px(x)} ${y - 11}l11 11l-11 11l-11 -11z"/><path class="sign" d="M${px(x)} ${y - 6}v7m0 3v2"/>`;
}

function drawAxis(layout: Layout): string[] {
  const { places } = layout;
  return [
    line(LEFT - 8, places.axis, layout.width - 6, places.axis, 'axis'),
    ...layout.cuts.map(
      ({ x, text }) =>
        `<path class="cut" d="M${px(x - 5)} ${places.axis + 5}l5 -10m4 0l-5 10"/>${write(x, places.gapText, text, 'axis-text middle')}`,
    ),
    ...layout.times.map(
      ({ x, text }) =>
        `${line(x, places.axis - 3, x, places.axis + 3, 'axis')}${write(x, places.axisText, text, 'axis-text middle')}`,
    ),
    write(8, places.axis + 4, 'time (cut at //)', 'lane-detail'),
  ];
}
