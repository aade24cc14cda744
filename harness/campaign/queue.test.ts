import { describe, expect, it } from 'vitest';
import { createQueue, type Queue } from './queue.js';

interface Cell {
  id: string;
  cluster: string;
  planned: number | null;
}

function queueOf(cells: readonly Cell[], done: readonly string[] = []): Queue<Cell> {
  return createQueue({
    cells,
    plannedOf: ({ planned }) => planned,
    clusterOf: ({ cluster }) => cluster,
    isDone: ({ cell, n }) => done.includes(`${cell.id}${n}`),
  });
}

function all(queue: Queue<Cell>): string[] {
  const taken: string[] = [];
  let cluster: string | undefined;
  for (let task = queue.take(); task !== undefined; task = queue.take(cluster)) {
    taken.push(`${task.cell.id}${task.n}`);
    cluster = task.cluster;
  }
  return taken;
}

const a = { id: 'a', cluster: 'x', planned: 2 };
const b = { id: 'b', cluster: 'y', planned: 1 };
const c = { id: 'c', cluster: 'x', planned: 2 };

describe('createQueue', () => {
  it('tries every cell before any a second time, and stays with a cluster', () => {
    expect(all(queueOf([a, b, c]))).toEqual(['a0', 'c0', 'b0', 'a1', 'c1']);
  });

  it('leaves out what took place', () => {
    expect(all(queueOf([a, b, c], ['a0', 'b0', 'c1']))).toEqual(['c0', 'a1']);
    expect(all(queueOf([b], ['b0']))).toEqual([]);
  });

  it('gives two workers different clusters as long as there are two', () => {
    const queue = queueOf([a, c, b]);
    const first = queue.take();
    const second = queue.take();
    expect([first?.cell.id, second?.cell.id]).toEqual(['a', 'b']);
    expect(queue.take(second?.cluster)?.cell.id).toBe('c');
  });

  it('has no end where none is planned', () => {
    const queue = queueOf([{ id: 'a', cluster: 'x', planned: null }, b]);
    expect([1, 2, 3, 4].map(() => queue.take()).map((task) => `${task?.cell.id}${task?.n}`)).toEqual([
      'a0',
      'b0',
      'a1',
      'a2',
    ]);
  });

  it('has nothing of nothing', () => {
    expect(all(queueOf([]))).toEqual([]);
  });
});
