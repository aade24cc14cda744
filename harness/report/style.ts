/** The style sheet of all report pages: light and dark by the reader's preference, and for print. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d4dae1; --panel: #f5f7f9;
  --one: #1f5fd0; --one-fill: #cfe0fd; --two: #0b7a6b; --two-fill: #c6ece5; --other-fill: #e3e6ea;
  --wrong: #c2141b; --wrong-fill: #fde3e3; --refused: #6b32ad; --refused-fill: #efe5fb; --fault: #9a5a00; --fault-fill: #fff1d6;
  --good: #1a7037; --good-fill: #dff3e4;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --ink: #e7eaee; --soft: #a2abb6; --line: #3a424c; --panel: #1d2228;
    --one: #82b0ff; --one-fill: #1d3a6b; --two: #55d3c0; --two-fill: #12483f; --other-fill: #343b44;
    --wrong: #ff7b7f; --wrong-fill: #4a1c1f; --refused: #c79bff; --refused-fill: #38255a; --fault: #f2b04c; --fault-fill: #47330d;
    --good: #66d08a; --good-fill: #173d25;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; }
main, body > header, body > footer { max-width: 1460px; margin: 0 auto; padding: 0 24px; overflow-wrap: anywhere; }
.scroll table { overflow-wrap: normal; }
body > header { padding-top: 20px; }
body > footer { padding-bottom: 40px; color: var(--soft); }
h1 { font-size: 23px; line-height: 1.3; margin: 6px 0 10px; max-width: 62em; }
.lead { font-size: 16px; }
h2 { font-size: 19px; margin: 34px 0 6px; }
h3 { font-size: 15px; margin: 18px 0 6px; }
p { margin: 6px 0; max-width: 80em; }
a { color: var(--one); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--one); outline-offset: 2px; }
code, pre { font: 13px/1.45 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
code { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 1px 6px; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px; overflow-x: auto; white-space: pre-wrap; }
.soft { color: var(--soft); }
.chips { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 8px 0; padding: 0; list-style: none; }
.chip-outcome { border-radius: 4px; padding: 1px 8px; font-weight: 650; white-space: nowrap; border: 1px solid currentColor; }
.clean { color: var(--good); background: var(--good-fill); }
.violated { color: var(--wrong); background: var(--wrong-fill); }
.unknown { color: var(--fault); background: var(--fault-fill); }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 8px 32px; align-items: start; }
.tables > div { min-width: 0; }
.tables table { table-layout: fixed; }
.tables th { width: 66%; }
.tables .long th { width: 32%; }
.faults table { width: auto; min-width: 60%; }
.faults th, .faults td { padding-left: 14px; }
.faults th[scope='colgroup'] { text-align: center; border-left: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { font-weight: 650; }
tbody th { color: var(--soft); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 0; }
.notice { border-left: 4px solid var(--fault); background: var(--fault-fill); padding: 8px 14px; margin: 12px 0; }
.notice ul { margin: 4px 0; padding-left: 20px; }
.picture { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin: 12px 0; }
.picture > p:first-child { margin-top: 0; font-weight: 600; }
.scroll { overflow-x: auto; }
ol.steps { margin: 8px 0; padding: 0; list-style: none; display: grid; grid-template-columns: max-content max-content 1fr; gap: 3px 10px; }
ol.steps li { display: contents; }
ol.steps b { display: inline-block; min-width: 21px; height: 21px; line-height: 21px; border-radius: 11px; text-align: center; background: var(--ink); color: var(--ground); font-size: 12px; }
ol.steps time { color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; }
ol.steps .wrong { color: var(--wrong); font-weight: 650; }
ol.steps .refused { color: var(--refused); font-weight: 650; }
details { margin: 8px 0; }
summary { cursor: pointer; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 13px; }
.legend svg { vertical-align: -4px; margin-right: 5px; }
.defs { position: absolute; width: 0; height: 0; }

svg.sequence { display: block; max-width: 100%; height: auto; }
svg text { font: 12px system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; fill: var(--ink); }
svg .middle { text-anchor: middle; }
svg .lane { stroke: var(--line); stroke-width: 1.5; }
svg .lane.storage { stroke: var(--soft); stroke-width: 2; }
svg text.lane-name { font-weight: 700; font-size: 13px; }
svg text.lane-name.first { fill: var(--one); }
svg text.lane-name.second { fill: var(--two); }
svg text.lane-detail, svg text.axis-text { fill: var(--soft); font-size: 11px; }
svg .gap { fill: var(--fault-fill); opacity: 0.55; }
svg .bracket { fill: none; stroke: var(--fault); stroke-width: 1.5; }
svg text.bracket-text { fill: var(--fault); font-weight: 650; }
svg .bar { stroke-width: 1.5; stroke: var(--soft); fill: var(--other-fill); }
svg .bar.first { stroke: var(--one); fill: var(--one-fill); }
svg .bar.second { stroke: var(--two); fill: var(--two-fill); }
svg .bar.waiting { fill: var(--ground); stroke-dasharray: 2 3; }
svg .bar.lost { fill: var(--ground); stroke-dasharray: 6 3; }
svg .bar.paused { stroke: var(--fault); fill: var(--ground); stroke-width: 2; }
svg .bar.fault { stroke: var(--fault); fill: var(--fault-fill); stroke-width: 1.5; }
svg .chip { fill: var(--ground); }
svg text.bar-text { font-size: 11px; font-weight: 600; }
svg text.bar-text.paused, svg text.bar-text.fault { fill: var(--fault); font-weight: 700; }
#hatch path { stroke: var(--fault); stroke-width: 2; }
svg .shaft { stroke: var(--ink); stroke-width: 1.5; }
svg .answer .shaft { stroke-width: 1; stroke-dasharray: 4 2; }
svg .head { fill: var(--ink); }
svg .shaft.wrong { stroke: var(--wrong); stroke-width: 3; }
svg .head.wrong { fill: var(--wrong); }
svg .shaft.refused { stroke: var(--refused); stroke-width: 2.5; }
svg .head.refused { fill: var(--refused); }
svg .answer .shaft.wrong, svg .answer .shaft.refused { stroke-width: 1.5; }
svg .mark.accepted { fill: var(--good-fill); stroke: var(--good); stroke-width: 1.5; }
svg .mark.refused { fill: var(--refused-fill); stroke: var(--refused); stroke-width: 2; }
svg .mark.stale { fill: var(--wrong-fill); stroke: var(--wrong); stroke-width: 2; }
svg .mark.expired { stroke: var(--fault); stroke-width: 4; fill: none; }
svg .sign { fill: none; stroke: var(--ink); stroke-width: 1.8; }
svg text.label { paint-order: stroke; stroke: var(--ground); stroke-width: 3px; stroke-linejoin: round; }
svg text.label.wrong { fill: var(--wrong); font-weight: 700; }
svg text.label.refused { fill: var(--refused); font-weight: 700; }
svg text.label.fault { fill: var(--fault); font-weight: 600; }
svg .badge { fill: var(--ink); }
svg text.badge-number { fill: var(--ground); font-size: 11px; font-weight: 700; }
svg .axis { stroke: var(--soft); }
svg .cut { stroke: var(--ground); stroke-width: 0; fill: none; }
svg path.cut { stroke: var(--ink); stroke-width: 1.5; }

@media print {
  :root { color-scheme: light; }
  body, .legend { font-size: 11px; }
  h1 { font-size: 17px; }
  h2 { font-size: 14px; margin-top: 18px; }
  main, body > header, body > footer { max-width: none; padding: 0; }
  svg.sequence { min-width: 0 !important; width: 100%; }
  .scroll { overflow: visible; }
  .picture, table { break-inside: avoid; }
  svg *, .chip-outcome, .notice, ol.steps b { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
