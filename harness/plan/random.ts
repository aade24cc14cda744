/**
 * The only source of randomness. One seed names a run; every role draws from a stream of its own, so that one more
 * client or one more lane does not move the faults of the others.
 */
import { createHash, randomInt } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeds are unsigned 32-bit integers. */
export const MAX_SEED = 2 ** 32 - 1;

export interface Stream {
  /** Uniform integer in [min, max], both included. */
  int(min: number, max: number): number;
  /** One of the items, uniformly; items must not be empty. */
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** The stream of one role, such as `faults/lane-2`. The same seed and role give the same draws on any machine. */
export function stream(seed: number, role: string): Stream {
  const digest = createHash('sha256').update(`${seed}/${role}`).digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  const int = (min: number, max: number): number => uniformInt(generator, min, max);
  return { int, pick: (items) => items[int(0, items.length - 1)] ?? items[0] };
}

/**
 * One of the items by weight, so that adding an item only takes turns over and leaves the others' where they were: each
 * item draws for itself, and the best draw wins (weighted rendezvous hashing, Schindelhauer and Schomaker, SPAA 2005).
 * `items` must not be empty and their names must differ.
 */
export function elect<T extends { name: string; weight: number }>(
  seed: number,
  role: string,
  items: readonly [T, ...T[]],
): T {
  const score = ({ name, weight }: T): number =>
    -weight / Math.log(stream(seed, `${role}/${name}`).int(1, FINE) / (FINE + 1));
  const [first, ...rest] = items.map((item) => ({ item, score: score(item) })) as [Scored<T>, ...Scored<T>[]];
  return rest.reduce((best, one) => (one.score > best.score ? one : best), first).item;
}

interface Scored<T> {
  item: T;
  score: number;
}

/** Steps into which a draw between 0 and 1 is divided. */
const FINE = 2 ** 30;

/** A seed for a run that was not given one. */
export function freshSeed(): number {
  return randomInt(0, MAX_SEED + 1);
}
