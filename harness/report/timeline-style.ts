/** The style sheet of the timeline (page/timeline/); what is inside its canvas is drawn with the same custom properties. */

export const TIMELINE_STYLE = `
.timeline-toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; margin: 8px 0; }
.timeline-toolbar button { min-height: 30px; min-width: 32px; }
.timeline-toolbar label { color: var(--soft); margin-left: 8px; }
.timeline-toolbar select { color: var(--ink); min-height: 30px; }
.timeline-window { margin-left: auto; color: var(--soft); font-variant-numeric: tabular-nums; }
.timeline-columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px 18px; }
.timeline-frame { min-width: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; background: var(--ground); }
.timeline-minimap { display: block; touch-action: none; cursor: grab; border-bottom: 1px solid var(--line); }
.timeline-plot { position: relative; }
.timeline-scroller { overflow-x: hidden; overflow-y: auto; position: relative; }
.timeline-canvas { display: block; position: sticky; top: 0; touch-action: pan-y; cursor: grab; user-select: none; -webkit-user-select: none; }
.timeline-canvas.pointing { cursor: pointer; }
.timeline-canvas.dragging { cursor: grabbing; }
.timeline-canvas:focus-visible { outline: 3px solid var(--one); outline-offset: -3px; }
.timeline-tip { position: absolute; z-index: 2; max-width: min(340px, 60%); padding: 4px 8px; border-radius: 6px; font-size: 12px; line-height: 1.4; background: var(--ink); color: var(--ground); pointer-events: none; overflow-wrap: anywhere; }
.timeline-tip[hidden] { display: none; }
.timeline-side { display: flex; flex-direction: column; gap: 10px; min-width: 0; }
.timeline-pane { border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; overflow: auto; max-height: 340px; overflow-wrap: anywhere; font-size: 14px; }
.timeline-pane h3 { margin: 2px 0 6px; font-size: 16px; }
.timeline-pane .tone-wrong { color: var(--wrong); }
.timeline-pane .tone-refused { color: var(--refused); }
.timeline-pane .tone-fault { color: var(--fault); }
.timeline-pane dl { display: grid; grid-template-columns: minmax(0, 7em) minmax(0, 1fr); gap: 2px 10px; margin: 8px 0; }
.timeline-pane dt { color: var(--soft); }
.timeline-pane dd { margin: 0; font-variant-numeric: tabular-nums; }
.pane-buttons { display: flex; gap: 8px; }
.pane-links { margin: 4px 0; padding: 0; list-style: none; }
button.link { background: none; border: 0; padding: 1px 0; color: var(--one); text-decoration: underline; text-align: left; }
.timeline-legend canvas { vertical-align: -5px; margin-right: 8px; }
.timeline-legend li { padding-left: 48px; text-indent: -48px; }
.timeline-legend canvas { width: 40px; }
.timeline-live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media screen and (min-width: 1100px) {
  .timeline-columns { grid-template-columns: minmax(0, 1fr) 310px; min-height: 560px; }
  .timeline-side { height: 0; min-height: 100%; }
  .timeline-pane { max-height: none; flex: 1 1 0; min-height: 200px; }
  .timeline-legend { display: block; margin: 0; }
}
@media (forced-colors: active) {
  .timeline { --ground: Canvas; --ink: CanvasText; --soft: CanvasText; --line: GrayText; --panel: Canvas; --one: LinkText; --one-fill: Canvas; --two: CanvasText; --other-fill: Canvas; --wrong: Highlight; --wrong-fill: Canvas; --refused: CanvasText; --refused-fill: Canvas; --fault: CanvasText; --fault-fill: Canvas; --good: CanvasText; --good-fill: Canvas; }
}
`;
