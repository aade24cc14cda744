/** The keys by which a focused chart moves the shared window. */
import type { State } from '../state.js';

const STEP = 0.2;

/** What a key makes of the window, as parts of its width that are added to its two ends. */
const MOVES: Record<string, [from: number, to: number]> = {
  ArrowLeft: [-STEP, -STEP],
  ArrowRight: [STEP, STEP],
  '+': [STEP, -STEP],
  '=': [STEP, -STEP],
  ArrowUp: [STEP, -STEP],
  '-': [-STEP, STEP],
  ArrowDown: [-STEP, STEP],
};

export function windowKeys(place: HTMLElement, state: State): void {
  place.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to } = state.window;
    const move = MOVES[event.key];
    if (event.key === 'Home') state.setWindow({ from: 0, to: Number.MAX_VALUE });
    else if (move !== undefined)
      state.setWindow({ from: from + move[0] * (to - from), to: to + move[1] * (to - from) });
    else return;
    event.preventDefault();
  });
}
