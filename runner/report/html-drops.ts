// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import type { Verdict } from '../verdict/model.ts';
import { markup, nothing, type Markup } from './html-markup.ts';
import { toldDrops, type ToldDrop } from './mail-tables.ts';

/** Which packets does the patch drop that were not dropped before, and the other way round? Bars of one scale for both sides. */
export function dropBars(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  drops: Verdict['drops'],
): Markup {
  const told = toldDrops(record, cell, candidate, drops);
  if (told.length === 0) return nothing;
  const telling = told.filter((it) => it.telling);
  const background = told.filter((it) => !it.telling);
  return markup`${
    telling.length === 0
      ? markup`<p>No drop reason tells the two sides apart.</p>`
      : table(telling, candidate, 'Reasons that tell the sides apart, by test program')
  }${
    background.length === 0
      ? nothing
      : markup`<details><summary>${background.length} more counts <span class="soft">that both sides have: every kernel drops something</span></summary>
${table(background, candidate, 'Background')}</details>`
  }`;
}

function table(rows: readonly ToldDrop[], candidate: string, caption: string): Markup {
  const most = Math.max(1, ...rows.flatMap((it) => [numberOf(it.without), numberOf(it.withPatch)]));
  const groups = Object.entries(Object.groupBy(rows, (it) => it.drop.test));
  return markup`<table class="bars"><caption>${caption}</caption>
<thead><tr><th scope="col">reason</th><th scope="col"><div class="bar"><b>${base}</b></div></th><th scope="col"><div class="bar"><b>${candidate}</b></div></th></tr></thead>
${groups.map(
  ([
    program,
    own = [],
  ]) => markup`<tbody><tr><th scope="rowgroup" colspan="3"><code class="soft">${program}</code></th></tr>
${own.map(
  (it) => markup`<tr><th scope="row"><code>${it.drop.reason}</code></th>
<td>${bar(it.without, most, '')}</td><td>${bar(it.withPatch, most, 'with')}</td></tr>
`,
)}</tbody>`,
)}</table>`;
}

/** The number is the text; the bar repeats it for the eye and is hidden from a screen reader. */
function bar(word: string, most: number, side: string): Markup {
  const share = (100 * numberOf(word)) / most;
  // What was counted at all must be seen.
  const width = share === 0 ? 0 : Math.max(1, share);
  const number = Number.isNaN(Number(word))
    ? markup`<b class="soft">${word}</b>`
    : markup`<b>${word}</b>`;
  return markup`<div class="bar ${side}">${number}<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${width.toFixed(2)}" height="10"/></svg></div>`;
}

/** Absent and unknown have no bar. */
function numberOf(word: string): number {
  const number = Number(word);
  return Number.isNaN(number) ? 0 : number;
}
