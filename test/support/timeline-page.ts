/** What the timeline's browser tests run inside the page: bundled for it, and never run by Node. */
import type { PageData } from '../../harness/report/page-data.js';
import { createState, type State } from '../../harness/report/page/state.js';
import { mountTimeline } from '../../harness/report/page/timeline/timeline.js';
import { madeUpRun, type Wanted } from './timeline-data.js';

/** What the tests find on the page's `window`. */
export interface TimelinePage {
  start(wanted: Wanted): void;
  data: PageData;
  state: State;
}

const page = globalThis as unknown as TimelinePage;
page.start = (wanted) => {
  page.data = madeUpRun(wanted);
  page.state = createState(page.data.endNs);
  const root = document.getElementById('timeline');
  if (root !== null) mountTimeline(root, page.data, page.state);
};
