/** Doubts of one kind, told once with their number and the first example: a broken run has thousands of each. */

export interface Tally {
  /** `what` reads on after its number; without an example it is told as it stands. The first example alone is asked for. */
  add(what: string, example?: string | (() => string)): void;
  doubts(): string[];
}

export function createTally(): Tally {
  const kinds = new Map<string, { times: number; example: string | undefined }>();
  return {
    add(what, example) {
      const kind = kinds.get(what);
      if (kind === undefined)
        kinds.set(what, { times: 1, example: typeof example === 'function' ? example() : example });
      else kind.times++;
    },
    doubts: () =>
      [...kinds].map(([what, { times, example }]) =>
        example === undefined ? what : `${what}: ${times}, first ${example}`,
      ),
  };
}
