/** What is to happen in a simulation, by time; of two things at one time, the one that was planned first. A binary heap. */

export interface Agenda {
  /** Ns since the beginning. */
  now(): number;
  /** `time` must not lie in the past. */
  at(time: number, act: () => void): void;
  /** Does the next thing; false if there is none. */
  step(): boolean;
}

interface Plan {
  time: number;
  nth: number;
  act: () => void;
}

export function createAgenda(): Agenda {
  const heap: Plan[] = [];
  let now = 0;
  let planned = 0;
  const isBefore = (a: Plan, b: Plan): boolean => a.time < b.time || (a.time === b.time && a.nth < b.nth);
  const get = (place: number): Plan => heap[place] as Plan;

  function sink(plan: Plan): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(get(child + 1), get(child))) child++;
      if (!isBefore(get(child), plan)) break;
      heap[place] = get(child);
      place = child;
    }
    heap[place] = plan;
  }

  return {
    now: () => now,
    at(time, act) {
      const plan = { time: Math.round(time), nth: planned++, act };
      let place = heap.push(plan) - 1;
      while (place > 0) {
        const parent = (place - 1) >> 1;
        if (!isBefore(plan, get(parent))) break;
        heap[place] = get(parent);
        place = parent;
      }
      heap[place] = plan;
    },
    step() {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return false;
      if (heap.length > 0) sink(last);
      now = first.time;
      first.act();
      return true;
    },
  };
}
