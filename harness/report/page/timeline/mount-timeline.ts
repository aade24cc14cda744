/** The timeline of a run: puts it together and into the page. */
import type { PageData } from '../../page-data.js';
import type { State } from '../state.js';

export function mountTimeline(element: HTMLElement, data: PageData, state: State): void {
  void [element, data, state];
}
