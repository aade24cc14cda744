/** The keys by which a focused chart moves the shared window: those of the timeline. */
import type { State } from '../state.js';
import { commandOf } from '../timeline/keys.js';
import { panned, zoomed } from '../timeline/scale.js';

export function windowKeys(place: HTMLElement, state: State, endNs: number): void {
  place.addEventListener('keydown', (event) => {
    const command = commandOf(event);
    const { window } = state;
    const { from, to } = window;
    if (command?.do === 'pan') state.setWindow(panned(window, command.by * (to - from), endNs));
    else if (command?.do === 'zoom') state.setWindow(zoomed(window, command.factor, (from + to) / 2));
    else if (command?.do === 'window') {
      const whole = { from: 0, to: endNs };
      state.setWindow(command.to === 'all' ? whole : panned(window, command.to === 'start' ? -endNs : endNs, endNs));
    } else return;
    event.preventDefault();
  });
}
