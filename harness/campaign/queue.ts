/** In which order the runs of a campaign are carried out. Pure but for what it has given out. */

export interface Task<T> {
  cell: T;
  /** Which run of the cell, from 0. */
  n: number;
}

export interface QueueOptions<T> {
  cells: readonly T[];
  /** Runs of the cell; null: without an end. */
  plannedOf: (cell: T) => number | null;
  /** Cells with the same one can share a cluster. */
  clusterOf: (cell: T) => string;
  /** Runs that took place already. */
  isDone: (task: Task<T>) => boolean;
}

export interface Queue<T> {
  /** The next run for a worker whose last one had the cluster `last`; undefined: there is none left. */
  take(last?: string): (Task<T> & { cluster: string }) | undefined;
}

/**
 * A round is a run of every cell, so that a campaign which has no time for all has tried each. Within a round a worker stays with the
 * cluster that it has, and takes one over that nobody else is at only when there is nothing left for its own.
 */
export function createQueue<T>({ cells, plannedOf, clusterOf, isDone }: QueueOptions<T>): Queue<T> {
  type Waiting = Task<T> & { cluster: string };
  let round = -1;
  let waiting: Waiting[] = [];
  /** How many workers took their last from it. */
  const taken = new Map<string, number>();
  const rounds = cells.some((cell) => plannedOf(cell) === null)
    ? Number.POSITIVE_INFINITY
    : Math.max(0, ...cells.map((cell) => plannedOf(cell) ?? 0));
  const nextRound = (): void => {
    round++;
    waiting = cells
      .filter((cell) => round < (plannedOf(cell) ?? Number.POSITIVE_INFINITY))
      .map((cell) => ({ cell, n: round, cluster: clusterOf(cell) }))
      .filter((task) => !isDone(task));
  };
  const move = (from: string | undefined, to: string): void => {
    if (from !== undefined) taken.set(from, (taken.get(from) ?? 1) - 1);
    taken.set(to, (taken.get(to) ?? 0) + 1);
  };
  return {
    take(last) {
      while (waiting.length === 0 && round + 1 < rounds) nextRound();
      const found =
        waiting.find(({ cluster }) => cluster === last) ??
        waiting.find(({ cluster }) => (taken.get(cluster) ?? 0) === 0) ??
        waiting[0];
      if (found === undefined) return undefined;
      waiting = waiting.filter((task) => task !== found);
      move(last, found.cluster);
      return found;
    },
  };
}
