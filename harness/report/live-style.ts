/** The style sheet of what a report's program draws (page/), and the timeline's own with it. */

import { TIMELINE_STYLE } from './timeline-style.js';

export const LIVE_STYLE = `
.live-part { display: none; }
.live section.live-part { display: block; }
.live span.live-part { display: inline; }
.live .not-live { display: none; }
.picture { scroll-margin-top: 40px; }
.live-links button { font-size: 13px; padding: 0 8px; }
button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 5px; padding: 2px 10px; cursor: pointer; }
button:hover { border-color: var(--soft); }
select, input { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: 5px; padding: 2px 6px; max-width: 100%; }
button:focus-visible, select:focus-visible, input:focus-visible { outline: 3px solid var(--one); outline-offset: 2px; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 14px 28px; }
.charts figure { margin: 0; min-width: 0; }
.charts figcaption { font-weight: 650; }
.charts .chart { min-height: 190px; overflow: hidden; touch-action: pan-y; }
.charts .legend b { color: var(--ink); font-variant-numeric: tabular-nums; }
.charts details .scroll { max-height: 320px; overflow: auto; }
.charts .u-select { background: var(--one); opacity: 0.18; }
.charts .u-hz .u-cursor-x { border-right-color: var(--soft); }

.filters { display: flex; flex-wrap: wrap; gap: 8px 20px; margin: 8px 0; }
.filters .field { display: flex; align-items: center; gap: 6px; color: var(--soft); max-width: 100%; min-width: 0; }
.filters select { max-width: 20em; min-width: 0; }
.filters input { width: 14em; }
.filters select, .filters input { color: var(--ink); }
.violation-groups > details { border: 1px solid var(--line); border-radius: 8px; margin: 6px 0; }
.violation-groups > details > summary { padding: 7px 12px; font-weight: 650; }
.violation-groups ol { list-style: none; margin: 0; padding: 0; }
.violation-groups li { padding: 6px 12px 6px 70px; border-top: 1px solid var(--line); position: relative; }
.violation-groups li[aria-current] { background: var(--panel); box-shadow: inset 4px 0 var(--one); }
.violation-groups li > a { color: inherit; text-decoration-color: var(--line); }
.violation-groups li > a:hover { text-decoration-color: currentColor; }
.violation-groups .address { position: absolute; left: 14px; color: var(--soft); font-variant-numeric: tabular-nums; }
.violation-groups button.more { margin: 8px 12px; }
.violation-detail { margin: 8px 0; }
.violation-detail table { font-size: 13px; }
.violation-detail caption { text-align: left; color: var(--soft); }
.violation-detail td, .charts td, .charts details th { padding: 2px 12px 2px 0; }

@media screen and (min-width: 1100px) {
  .picture .ways { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 4px 24px; align-items: start; }
  .picture .ways > .drawing { grid-column: 1 / -1; }
  .picture .ways > .told:not(:has(+ details[open])), .picture .ways > details:not([open]) { grid-column: 1 / -1; }
  .picture .ways pre { max-height: 420px; overflow: auto; margin-top: 4px; }
}
@media screen and (min-width: 1860px) {
  main, body > header, body > footer { max-width: 1900px; }
  .picture .ways:has(> .drawing):has(> details[open]) { grid-template-columns: minmax(1000px, 2.4fr) minmax(0, 1.5fr) minmax(0, 1fr); }
  .picture .ways:has(> .drawing):has(> details[open]) > .drawing { grid-column: auto; }
  .picture .ways pre { max-height: 560px; }
}
@media screen and (max-width: 600px) {
  main, body > header, body > footer { padding: 0 12px; }
  .filters .field { width: 100%; }
  .filters select, .filters input { flex: 1; }
  .violation-groups li { padding-left: 12px; }
  .violation-groups .address { position: static; }
}
@media print {
  .live section.live-part, .live span.live-part, .live-links { display: none; }
  .live .not-live { display: block; }
}
${TIMELINE_STYLE}`;
