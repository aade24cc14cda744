/** What a report leaves for its program (page/) to fill: timeline, curves, the list of all violations. */
import { html } from './markup.js';

/** Where the program cannot run, and on paper, this says what is missing. */
export const LIVE_PARTS = html`<div id="live-notice" class="not-live"><p class="notice">The timeline of the whole run, its curves and the list of all violations are drawn by the program in this page. To see them, open the file in a browser that may run it. What follows is complete without them.</p></div>
<section class="live-part" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2><div id="timeline"></div></section>
<section class="live-part" aria-labelledby="curves-title"><h2 id="curves-title">Curves</h2><div id="curves"></div></section>
<section class="live-part" aria-labelledby="violations-title"><h2 id="violations-title">All violations</h2><div id="violations"></div></section>`;

export const LIVE_LINKS = html`<span class="live-part"><a href="#timeline-title">Timeline</a> · <a href="#curves-title">Curves</a> · <a href="#violations-title">All violations</a> · </span>`;
