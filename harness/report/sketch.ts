/**
 * A story while it is being put together: bars, arrows and marks hold on to points, and only when all points are known
 * are they put in order and numbered. Points of one time keep the order in which they were made.
 */
import type { Arrow, Bar, Bracket, Mark, Moment, Step, Story, StoryLane } from './story.js';
import type { Sentence } from './story-steps.js';

export interface Point {
  time: number;
  told: Told | undefined;
  estimated: boolean;
}

interface Told {
  lane: StoryLane;
  sentence: Sentence;
}

type Placed<T> = { [K in keyof T]: T[K] extends number ? Point : T[K] extends number | null ? Point | null : T[K] };
type ArrowEnd = { lane: Arrow['from']['lane']; at: Point };

export interface Sketch {
  /** Where something happens that deserves a sentence, lane and sentence are given. */
  point(time: number, lane?: StoryLane, sentence?: Sentence): Point;
  bar(bar: Placed<Bar>): void;
  arrow(arrow: Omit<Arrow, 'from' | 'to'> & { from: ArrowEnd; to: ArrowEnd }): void;
  mark(mark: Placed<Mark>): void;
  bracket(bracket: Placed<Bracket>): void;
  /** A point whose time is not known exactly. */
  estimate(time: number): Point;
  /** The last point in time so far. */
  last(): Point | undefined;
  /** The point so far that is closest to a time. */
  closest(time: number): Point | undefined;
  finish(zero: number): Pick<Story, 'moments' | 'bars' | 'arrows' | 'marks' | 'brackets' | 'steps'>;
}

export function createSketch(): Sketch {
  const points: Point[] = [];
  const bars: Placed<Bar>[] = [];
  const arrows: Parameters<Sketch['arrow']>[0][] = [];
  const marks: Placed<Mark>[] = [];
  const brackets: Placed<Bracket>[] = [];
  const add = (point: Point): Point => {
    points.push(point);
    return point;
  };
  return {
    point: (time, lane, sentence) => add({ time, told: lane && sentence && { lane, sentence }, estimated: false }),
    estimate: (time) => add({ time, told: undefined, estimated: true }),
    bar: (bar) => void bars.push(bar),
    arrow: (arrow) => void arrows.push(arrow),
    mark: (mark) => void marks.push(mark),
    bracket: (bracket) => void brackets.push(bracket),
    last: () =>
      points.reduce<Point | undefined>(
        (last, point) => (last === undefined || point.time >= last.time ? point : last),
        undefined,
      ),
    closest: (time) =>
      points.reduce<Point | undefined>(
        (best, point) =>
          best === undefined || Math.abs(point.time - time) < Math.abs(best.time - time) ? point : best,
        undefined,
      ),
    finish(zero) {
      const ordered = points.slice().sort((a, b) => a.time - b.time);
      const positions = new Map(ordered.map((point, position) => [point, position]));
      const place = (point: Point): number => positions.get(point) ?? 0;
      const edge = (point: Point | null): number | null => (point === null ? null : place(point));
      const steps: Step[] = [];
      const moments: Moment[] = ordered.map(({ time, told, estimated }) => {
        if (told === undefined) return estimated ? { time, estimated } : { time };
        steps.push({ number: steps.length + 1, offset: time - zero, ...told.sentence });
        return { time, step: { number: steps.length, lane: told.lane } };
      });
      return {
        moments,
        steps,
        // Where the record contradicts itself, a bar could run backwards; there is no drawing that.
        bars: bars
          .map((bar) => ({ ...bar, from: edge(bar.from), to: edge(bar.to) }))
          .filter(({ from, to }) => from === null || to === null || from <= to),
        arrows: arrows.map((arrow) => ({
          ...arrow,
          from: { lane: arrow.from.lane, moment: place(arrow.from.at) },
          to: { lane: arrow.to.lane, moment: place(arrow.to.at) },
        })),
        marks: marks.map((mark) => ({ ...mark, moment: place(mark.moment) })),
        brackets: brackets.map((bracket) => ({ ...bracket, from: place(bracket.from), to: place(bracket.to) })),
      };
    },
  };
}
