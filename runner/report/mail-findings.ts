// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import type { Change, Verdict } from '../verdict/model.ts';
import { count, plainLine, wrap } from './text.ts';
import { failureText } from './words.ts';

/** More would bury the first ones; the run directory has them all. */
const most = 12;
const width = 75;

/**
 * What failed in the tests' own words: without the patch those that it fixes, with it those
 * that it does not; what it breaks has a list of its own. Equal words are said once, with the number of tests that say them.
 */
export function findings(
  record: RunRecord,
  cell: CellRecord,
  name: string,
  tests: Verdict['tests'],
): string[] {
  const changed = (...wanted: Change[]): Set<string> =>
    new Set(
      tests
        .filter((it) => wanted.some((change) => change === it.change[name]))
        .map((it) => it.name),
    );
  return [
    ...section('What fails without the patch', record, cell, base, changed('fixed')),
    ...section(`What still fails with ${name}`, record, cell, name, changed('still failing')),
  ];
}

function section(
  title: string,
  record: RunRecord,
  cell: CellRecord,
  variant: string,
  tests: ReadonlySet<string>,
): string[] {
  const said = new Map<string, Set<string>>();
  for (const attempt of record.attempts) {
    if (attempt.cell !== cell.id || attempt.variant !== variant || attempt.attempt > 1) continue;
    for (const result of attempt.results) {
      if (!tests.has(result.name)) continue;
      const text = failureText(result.diagnostics);
      if (text !== null) said.set(text, (said.get(text) ?? new Set()).add(result.name));
    }
  }
  if (said.size === 0) return [];
  const lines = [...said].slice(0, most).flatMap(([text, names]) => {
    const times = names.size > 1 ? ` (${count(names.size, 'test')})` : '';
    return wrap(plainLine(`${text}${times}`), width - 4).map(
      (line, index) => (index === 0 ? '  - ' : '    ') + line,
    );
  });
  const more = said.size - most;
  return [title, ...lines, ...(more > 0 ? [`  and ${more} more in the run directory`] : []), ''];
}
