/** How many runs a machine can carry out at once. */
import { availableParallelism } from 'node:os';

/** A run keeps its clients, three etcd members and the controller busy: four processors let none of them wait for another run's. */
export function defaultParallel(processors = availableParallelism()): number {
  return Math.max(1, Math.floor(processors / 4));
}
