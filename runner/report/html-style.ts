// SPDX-License-Identifier: MIT

/**
 * The page's whole style sheet. Colour carries meaning and nothing else; every colour that is
 * read has a contrast of 4.5:1 or more in both schemes.
 */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --panel: #f4f4f0; --ink: #1d2024; --soft: #5b6168; --rule: #dfdfd9;
  --good: #1a6b3c; --bad: #a3202b; --warn: #7d5300; --link: #1f5a8c;
  --base: #8b93a0; --patched: #2f74a8;
  --add: #e3f1e6; --del: #f8e4e4;
  --text: ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --panel: #1d2024; --ink: #e7e6e2; --soft: #a2a8b0; --rule: #31353b;
    --good: #74c794; --bad: #f38d8d; --warn: #dfb263; --link: #8cbfe8;
    --base: #818a97; --patched: #5fa8dc;
    --add: #16301f; --del: #3a1d20;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 3rem 1.5rem 4rem; max-width: 64rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 var(--text); font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { margin: .25rem 0 .5rem; font-size: 2.75rem; font-weight: 650; letter-spacing: -.02em; }
h2 { margin: 3.25rem 0 1rem; padding-top: .75rem; border-top: 1px solid var(--rule); font-size: 1.3rem; font-weight: 620; }
h3 { margin: 2rem 0 .5rem; font-size: 1.05rem; font-weight: 620; }
h4 { margin: 1.5rem 0 .25rem; font-size: .95rem; font-weight: 620; }
p { margin: .5rem 0; max-width: 42rem; }
a { color: var(--link); text-underline-offset: .15em; }
code, pre { font-family: var(--mono); font-size: .86em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.kicker, .note, .said, figcaption, caption { color: var(--soft); font-size: .875rem; }
.kicker { margin: 0; }
.title { font-size: 1.2rem; margin: 0 0 1rem; text-wrap: pretty; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.mark { font-weight: 620; white-space: nowrap; }
.soft { color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; margin: 1.5rem 0 0; padding: 0; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dt { color: var(--soft); font-size: .875rem; }
.figures dd { margin: 0; font-size: 1.6rem; font-weight: 620; line-height: 1.2; }
nav { margin: 1.75rem 0 0; font-size: .9rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
.harm { margin: 1.5rem 0; padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--panel); }
.whose { margin: 1.75rem 0 .25rem; font-size: 1.05rem; font-weight: 620; }
.harm .whose { margin-top: 0; }
.harm ul, .plain { margin: .25rem 0; padding-left: 1.15rem; }
.met { margin: 0; padding: 0; list-style: none; }
.met li { display: grid; grid-template-columns: 5.5rem 1fr; padding: .45rem 0; border-bottom: 1px solid var(--rule); }
.met li:last-child { border-bottom: 0; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
caption { padding: 0 0 .35rem; text-align: left; }
th { padding-left: 0; text-align: left; font-weight: 560; }
thead th { padding-bottom: .3rem; color: var(--soft); font-size: .8rem; font-weight: 500; vertical-align: bottom; }
td, tbody th { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--rule); vertical-align: top; }
tbody th { font-weight: 400; }
td:last-child, th:last-child { padding-right: 0; }
.side { width: 5.5rem; }
.rank { width: 6rem; }
.said { margin: .1rem 0 0; }
.bars td { width: 32%; }
.bar { display: flex; align-items: center; gap: .6rem; }
thead .bar b { color: inherit; }
.bar b { flex: 0 0 3.6rem; font-weight: 500; text-align: right; }
.bar svg { flex: 1; min-width: 0; height: .7rem; }
.bar rect { fill: var(--base); }
.bar.with rect { fill: var(--patched); }
details { margin: .75rem 0; }
summary { padding: .2rem 0; cursor: pointer; }
summary::marker { color: var(--soft); }
pre {
  margin: .5rem 0; padding: .85rem 1rem; overflow-x: auto; max-height: 34rem;
  background: var(--panel); border-radius: 4px; line-height: 1.45; tab-size: 8; overflow-wrap: normal;
}
.diff span { display: block; margin: 0 -1rem; padding: 0 1rem; min-width: max-content; }
.diff .add { background: var(--add); } .diff .del { background: var(--del); }
.diff .hunk { color: var(--link); } .diff .file { font-weight: 620; }
.facts { display: grid; grid-template-columns: 8rem 1fr; gap: .3rem 1rem; margin: 0; font-size: .92rem; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; grid-column: 2; }
.tag { font-family: var(--mono); font-size: .9rem; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 2.1rem; }
  h2 { margin-top: 2.25rem; }
  .figures { gap: .5rem 1.5rem; }
  .met li, .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { grid-column: auto; }
  .facts dd + dt { margin-top: .5rem; }
  .side { width: 3.9rem; }
  td, tbody th { padding-right: .5rem; }
  .bars td { width: 31%; }
  .bar { flex-direction: column; align-items: stretch; gap: .15rem; }
  .bar b { flex: none; text-align: left; }
  .bar svg { flex: none; width: 100%; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --panel: #f5f5f3; --ink: #000; --soft: #444; --rule: #ccc;
    --good: #1a6b3c; --bad: #a3202b; --warn: #7d5300; --link: #1f5a8c;
    --base: #8b93a0; --patched: #2f74a8; --add: #e3f1e6; --del: #f8e4e4;
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  nav { display: none; }
  /* Paper cannot be unfolded. */
  details::details-content { content-visibility: visible; block-size: auto; }
  pre { max-height: none; white-space: pre-wrap; overflow-wrap: anywhere; }
  .diff span { min-width: 0; }
  rect, .diff span, .harm { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr, li, .harm { break-inside: avoid; }
  h2, h3, h4, summary { break-after: avoid; }
}
`;
