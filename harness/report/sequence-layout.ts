/**
 * Where everything of a story's picture stands. From left to right, every moment is put as close to the one before as the
 * time between them and the labels allow: a label never begins before the last one in its row has ended, and no arrow
 * starts in a row that a label still fills. Distances follow the logarithm of time; long waits are marked as cut.
 */
import type { Arrow, Moment, Story, StoryLane } from './story.js';
import { textWidth } from './text-width.js';

/** Rows of text between the lanes; `first` lies under the first client's bar, `second` over the second's. */
type Row = 'first' | 'etcd' | 'storage' | 'second';

export const FONT = 12;
export const BADGE = 9;
/** The column with the names of the lanes. */
export const LEFT = 136;

/** Height of the bar of a fault beside its lane, and from one such row to the next. */
export const FAULT_BAR = 14;
export const FAULT_ROW = 18;

/** Vertical places: bars as top and bottom, rows as baselines, `faults` as the top of the first row; all in px. */
export interface Places {
  bracketText: number;
  bracket: number;
  firstBadge: number;
  first: [number, number];
  etcd: [number, number];
  storage: number;
  second: [number, number];
  secondBadge: number;
  row: Record<Row, number>;
  faults: Record<StoryLane, number>;
  gapText: number;
  axis: number;
  axisText: number;
  height: number;
}

/** Clients have their faults on the outer side of their bar, where no arrow comes by; servers below their own. */
function placesOf({ bars, laneNames }: Story): Places {
  const rows = (lane: StoryLane): number =>
    bars.reduce(
      (most, bar) => (bar.lane === lane && bar.kind === 'fault' ? Math.max(most, (bar.row ?? 0) + 1) : most),
      0,
    );
  let y = 0;
  const down = (by: number): number => (y += by);
  const skip = (lane: StoryLane): number => {
    const top = y;
    y += FAULT_ROW * rows(lane);
    return top;
  };
  const [bracketText, bracket, firstBadge] = [down(14), down(10), down(18)];
  down(12);
  const firstFaults = skip('first');
  const first: [number, number] = [down(2), down(24)];
  const firstRow = down(18);
  const etcd: [number, number] = [down(24), down(22)];
  down(4);
  const etcdFaults = skip('etcd');
  const etcdRow = down(16);
  const storageRow = down(36);
  const storage = down(18);
  down(14);
  const storageFaults = skip('storage');
  const secondRow = down(20);
  // Without a second client the axis moves up into its place.
  const second: [number, number] = laneNames.second === undefined ? [y, y] : [down(12), down(24)];
  down(4);
  const secondFaults = skip('second');
  const secondBadge = down(10);
  const [gapText, axis, axisText, height] = [down(28), down(8), down(15), down(9)];
  return {
    ...{ bracketText, bracket, firstBadge, first, etcd, storage, second, secondBadge, gapText, axis, axisText, height },
    row: { first: firstRow, etcd: etcdRow, storage: storageRow, second: secondRow },
    faults: { first: firstFaults, etcd: etcdFaults, storage: storageFaults, second: secondFaults },
  };
}

/** Rows that an arrow between two lanes runs through. */
function rowsCrossed({ from, to }: Arrow): Row[] {
  const lanes = [from.lane, to.lane];
  const etcd = lanes.includes('etcd');
  if (lanes.includes('first')) return etcd ? ['first'] : ['first', 'etcd', 'storage'];
  return etcd ? ['second', 'storage', 'etcd'] : ['second'];
}

/** From this length on, in ns, the time between two moments is written down and its axis drawn as cut. */
const CUT_NS = 250e6;
const CUT_PX = 54;

export interface Label {
  x: number;
  y: number;
  text: string;
  tone: 'plain' | 'fault' | 'wrong' | 'refused';
}

export interface Layout {
  width: number;
  places: Places;
  /** x of every moment. */
  x: number[];
  labels: Label[];
  /** Numbers of the sentences. */
  badges: { x: number; y: number; number: number }[];
  /** Times on the axis, where there is room for them. */
  times: { x: number; text: string }[];
  cuts: { x: number; text: string }[];
}

interface Pending {
  row: Row;
  text: string;
  tone: Label['tone'];
  /** Room for the badge before it. */
  indent: number;
}

export function layOut(story: Story, formatTime: (ns: number) => string, formatGap: (ns: number) => string): Layout {
  const rowEnd: Record<Row, number> = { first: LEFT, etcd: LEFT, storage: LEFT, second: LEFT };
  const badgeEnd: Record<StoryLane, number> = { first: 0, etcd: 0, storage: 0, second: 0 };
  const places = placesOf(story);
  const layout: Layout = { width: 0, places, x: [], labels: [], badges: [], times: [], cuts: [] };
  let right = LEFT;
  story.moments.forEach((moment, position) => {
    const pending = labelsAt(story, position);
    const crossed = story.arrows
      .filter(({ from, to }) => from.moment === position || to.moment === position)
      .flatMap(rowsCrossed);
    let x = right + gapBefore(story.moments, position);
    for (const row of crossed) x = Math.max(x, rowEnd[row] + 5);
    for (const { row } of pending) x = Math.max(x, rowEnd[row] + 2);
    if (moment.step !== undefined) x = Math.max(x, badgeEnd[moment.step.lane] + BADGE + 4);
    layout.x.push(x);
    for (const { row, text, tone, indent } of pending) {
      if (text !== '') layout.labels.push({ x: x + 7 + indent, y: places.row[row], text, tone });
      rowEnd[row] = x + 7 + indent + textWidth(text, FONT, tone !== 'plain');
    }
    if (moment.step !== undefined) {
      badgeEnd[moment.step.lane] = x + BADGE;
      layout.badges.push({ ...badgePlace(places, moment.step.lane, x), number: moment.step.number });
    }
    right = x;
  });
  addAxis(layout, story, formatTime, formatGap);
  const brackets = story.brackets.map(({ text }) => textWidth(text, FONT, true) + 24);
  layout.width = Math.ceil(Math.max(right + 44, ...Object.values(rowEnd).map((end) => end + 10), ...brackets));
  return layout;
}

function gapBefore(moments: readonly Moment[], position: number): number {
  const now = moments[position];
  const before = moments[position - 1];
  if (now === undefined || before === undefined) return 40;
  const ns = now.time - before.time;
  const px = 10 + 12 * Math.log10(1 + ns / 1e6);
  return ns >= CUT_NS ? Math.max(CUT_PX, px) : px;
}

/** Labels stand behind the whole exchange that they belong to, so that none of its arrows runs through them. */
function labelsAt(story: Story, position: number): Pending[] {
  const answerTo = (moment: number): number =>
    story.arrows.find(({ from, answer }) => answer && from.moment === moment)?.to.moment ?? moment;
  const arrows = story.arrows.flatMap(({ from, to, text, tone, answer }): Pending[] => {
    if (text === undefined || to.moment !== position) return [];
    return [{ row: (answer ? to : from).lane, text, tone, indent: 0 }];
  });
  const marks = story.marks.flatMap(({ lane, kind, moment, text }): Pending[] => {
    if (text === undefined) return [];
    if (kind === 'expired') return moment === position ? [{ row: lane, text, tone: 'fault', indent: 2 * BADGE }] : [];
    return answerTo(moment) === position
      ? [{ row: lane, text, tone: kind === 'stale' ? 'wrong' : 'refused', indent: 0 }]
      : [];
  });
  const told = story.moments[position]?.step?.lane;
  const isOnServer = told === 'etcd' || told === 'storage';
  // The number of a sentence about a server stands in the row of labels, and wants its room there.
  const badge: Pending[] =
    isOnServer && marks.every(({ row }) => row !== told)
      ? [{ row: told, text: '', tone: 'plain', indent: 2 * BADGE }]
      : [];
  return [...badge, ...arrows, ...marks];
}

function badgePlace(places: Places, lane: StoryLane, x: number): { x: number; y: number } {
  if (lane === 'first') return { x, y: places.firstBadge };
  if (lane === 'second') return { x, y: places.secondBadge };
  return { x: x + BADGE + 4, y: places.row[lane] - 4 };
}

function addAxis(
  layout: Layout,
  story: Story,
  formatTime: (ns: number) => string,
  formatGap: (ns: number) => string,
): void {
  let end = 0;
  let known: { time: number; x: number } | undefined;
  story.moments.forEach((moment, position) => {
    const x = layout.x[position] ?? 0;
    // A length is written down between known times only.
    if (moment.estimated) return;
    if (known !== undefined && moment.time - known.time >= CUT_NS) {
      layout.cuts.push({ x: (x + known.x) / 2, text: formatGap(moment.time - known.time) });
    }
    known = { time: moment.time, x };
    const text = formatTime(moment.time - story.zero);
    const half = textWidth(text, FONT - 1) / 2;
    if (moment.step === undefined || x - half < end + 6) return;
    layout.times.push({ x, text });
    end = x + half;
  });
}
