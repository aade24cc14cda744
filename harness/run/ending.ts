/** Why the run ends. The first cause wins: what breaks because of it afterwards is not news. */
import type { RunEnd } from '../history/run-record.js';

export interface Ending {
  readonly cause: RunEnd | undefined;
  set(cause: RunEnd): void;
  /** Resolves when a cause is set. */
  whenSet: Promise<void>;
}

export function createEnding(): Ending {
  let cause: RunEnd | undefined;
  let resolve: () => void = () => undefined;
  const whenSet = new Promise<void>((done) => (resolve = done));
  return {
    get cause() {
      return cause;
    },
    set(given) {
      cause ??= given;
      resolve();
    },
    whenSet,
  };
}
