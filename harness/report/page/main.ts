/**
 * The program inside a report: takes the run out of the page and hands it to the parts that draw it. What the page says without it
 * stays as it is; what goes wrong here is said in words where the part would have been.
 */
import { decode } from '../page-codec.js';
import type { PageData } from '../page-data.js';
import { mountCurves } from './curves/curves.js';
import { element } from './dom.js';
import { createState, type State } from './state.js';
import { mountTimeline } from './timeline/timeline.js';
import { mountViolations } from './violations/violations.js';

type Mount = (root: HTMLElement, data: PageData, state: State) => void;

/** The list comes last: it may open what an address such as `#v12` asks for, which the others then show. */
const PARTS: readonly [id: string, mount: Mount][] = [
  ['timeline', mountTimeline],
  ['curves', mountCurves],
  ['violations', mountViolations],
];

function complain(place: Element | null, text: string): void {
  place?.replaceChildren(element('p', { class: 'notice', role: 'alert' }, text));
}

/** From just before the first operation on: until then the cluster starts, and there is nothing to see. */
function traffic({ operations, endNs }: PageData): { from: number; to: number } {
  const first = operations.start[0] ?? 0;
  return { from: Math.max(0, first - (endNs - first) / 50), to: endNs };
}

async function start(): Promise<void> {
  const place = document.getElementById('live-notice');
  const text = document.getElementById('page-data')?.textContent;
  if (text === undefined || text === null) return;
  if (typeof DecompressionStream === 'undefined') {
    complain(
      place,
      'This browser cannot unpack the data of the timeline, the curves and the list (it has no DecompressionStream). Browsers since 2023 can; the rest of this page is complete without them.',
    );
    return;
  }
  let data: PageData;
  try {
    data = await decode(text);
  } catch (error) {
    complain(
      place,
      `The data of the timeline, the curves and the list is damaged: ${String(error)}. Render the report again with: leasebreaker report FOLDER`,
    );
    return;
  }
  document.documentElement.classList.add('live');
  const state = createState(data.endNs);
  state.setWindow(traffic(data));
  for (const [id, mount] of PARTS) {
    const root = document.getElementById(id);
    if (root === null) continue;
    try {
      mount(root, data, state);
    } catch (error) {
      complain(root, `This part of the page failed: ${String(error)}`);
      console.error(error);
    }
  }
  document.documentElement.classList.add('ready');
  // For those who measure how long it takes to open.
  performance.mark('ready');
}

void start();
