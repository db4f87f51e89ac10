// SPDX-License-Identifier: MIT

/** The pictures of html-race.ts. They scroll inside their own box on a phone: squeezed, no one could read them. */
export const raceStyle = `figure { margin: .5rem 0 1.5rem; }
figcaption { margin: .9rem 0 .2rem; max-width: 48rem; }
figcaption b { color: var(--ink); margin-right: .4rem; }
.race { display: block; width: 100%; min-width: 40rem; }
.race text { fill: var(--soft); font: 11px var(--text); }
.race .tick { text-anchor: end; }
.race .mark-label, .race .idle-label { text-anchor: middle; }
.race .mark-label { fill: var(--ink); }
.race .lost-label { fill: var(--bad); font-weight: 700; }
.race .reason { fill: var(--bad); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.race path, .key path { fill: none; }
.race .axis { stroke: var(--soft); }
.race .grid { stroke: var(--rule); }
.race .mark-line { stroke: var(--soft); stroke-dasharray: 2 3; }
.race .idle { stroke: var(--paper); stroke-width: 3; stroke-dasharray: 3 4; }
.window { fill: var(--warn); opacity: .13; }
.lost { fill: var(--bad); opacity: .22; }
path.sent { stroke: var(--soft); stroke-width: 2; }
path.queued { stroke-width: 4.5; }
path.source { stroke: var(--warn); }
path.target { stroke: var(--patched); }
path.dropped { stroke: var(--bad); stroke-width: 2; }
path.acked { stroke: var(--good); stroke-width: 1.5; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; margin: .5rem 0 0; padding: 0; list-style: none; font-size: .875rem; }
.key svg { width: 14px; height: 14px; vertical-align: -2px; }
@media print {
  .race path { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .race { min-width: 0; }
  figure { break-inside: avoid; }
}
`;
