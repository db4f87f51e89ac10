// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { programOf } from '../proof/select.ts';
import { harmful } from '../verdict/compare.ts';
import type { Change, Verdict } from '../verdict/model.ts';
import { consolePrefix } from '../verdict/rows.ts';
import { saidBy } from './harm.ts';
import { heading, markup, nothing, type Markup } from './html-markup.ts';
import { isOtherCandidatesSplat } from './mail-tables.ts';
import { order, outcomeWord } from './words.ts';

type TestRow = Verdict['tests'][number];

const meaning: Readonly<Record<Change, string>> = {
  broken: 'pass without the patch and not with it',
  worse: 'fail without the patch, and crash or hang with it',
  lost: 'pass without the patch and are skipped with it',
  'new fail': 'fail with the patch and did not run without it',
  flaky: 'pass and fail on the same side, and prove nothing',
  fixed: 'fail without the patch and pass with it',
  'new pass': 'pass with the patch and did not run without it',
  'still failing': 'fail with and without the patch',
  'not run': 'say nothing on one side or on both',
  'still passing': 'pass with and without the patch',
};

/** Changes that most readers only want to count. */
const folded: ReadonlySet<Change> = new Set(['not run', 'still passing']);

/** The tests of one cell and candidate, grouped by what the patch did to them. */
export function testsByChange(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  tests: readonly TestRow[],
  level: 3 | 4,
): Markup {
  const ran = tests.filter(
    (it) => it.change[candidate] !== undefined && !isOtherCandidatesSplat(it, candidate),
  );
  if (ran.length === 0) return markup`<p>No test ran on both sides.</p>`;
  const groups = Object.groupBy(ran, (it) => it.change[candidate] ?? 'not run');
  return markup`${order.map((change) => {
    const rows = groups[change];
    return rows === undefined ? nothing : group(record, cell, candidate, change, rows, level);
  })}`;
}

function group(
  record: RunRecord,
  cell: CellRecord,
  candidate: string,
  change: Change,
  rows: readonly TestRow[],
  level: 3 | 4,
): Markup {
  const sorted = rows.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const title = markup`<span class="mark ${toneOf(change)}">${capital(change)}</span>
    <span class="soft">${rows.length}: ${meaning[change]}</span>`;
  const table = markup`<table>
<thead><tr><th scope="col">test</th><th scope="col" class="side">${base}</th><th scope="col" class="side">${candidate}</th></tr></thead>
<tbody>${sorted.map((row) => testRow(record, cell, candidate, row))}</tbody></table>`;
  return folded.has(change)
    ? markup`<details><summary>${title}</summary>${table}</details>`
    : markup`${heading(level, title)}${table}`;
}

function testRow(record: RunRecord, cell: CellRecord, candidate: string, row: TestRow): Markup {
  const program = row.name.startsWith(consolePrefix) ? row.name : programOf(row.name);
  const leaf = row.name.slice(program.length + 1);
  const name =
    leaf === ''
      ? markup`<code>${program}</code>`
      : markup`<code><span class="soft">${program}/</span>${leaf}</code>`;
  const failing = row.change[candidate] === 'fixed' ? base : candidate;
  const silent = folded.has(row.change[candidate] ?? 'not run');
  const said = silent ? null : saidBy(record, cell, failing, row.name);
  return markup`<tr><th scope="row">${name}${said === null ? nothing : markup`<p class="said">${said}</p>`}</th>
<td class="${toneOfOutcome(row, base)}">${outcomeWord(row, base)}</td>
<td class="${toneOfOutcome(row, candidate)}">${outcomeWord(row, candidate)}</td></tr>
`;
}

function toneOf(change: Change): string {
  if (harmful.has(change)) return 'bad';
  if (change === 'fixed' || change === 'new pass') return 'good';
  return change === 'flaky' ? 'warn' : '';
}

function toneOfOutcome(row: TestRow, variant: string): string {
  const outcome = row.outcomes[variant];
  if (outcome === 'pass') return 'good';
  if (outcome === 'flaky') return 'warn';
  const down = ['fail', 'error', 'crashed', 'timeout'];
  return outcome !== undefined && down.includes(outcome) ? 'bad' : 'soft';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
