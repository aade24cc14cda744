/** The command `clock`: clock/ bends the clocks of given processes; what is kept here is whose have to be healed at the end. */
import { changeClocks } from './clock/clock.js';
import type { ClockChange, ClockResult } from './protocol.js';

export interface Clocks {
  /** On all of these processes or, where one cannot be bent, on none. */
  change(pids: readonly number[], change: ClockChange): ClockResult;
  /** Gives everything that was bent here its true rate again. Never throws. */
  healAll(): void;
}

export function createClocks(): Clocks {
  const bent = new Set<number>();
  return {
    change(pids, change) {
      // Before it is done: what fails half-way is healed, too. Healing what was never bent does nothing.
      if (change.do === 'shift') for (const pid of pids) bent.add(pid);
      return changeClocks(pids, change);
    },
    healAll() {
      for (const pid of bent) {
        try {
          changeClocks([pid], { do: 'heal' });
        } catch {
          // It has ended, or stands still in a way that leaves nothing to be done; the others count.
        }
      }
    },
  };
}
