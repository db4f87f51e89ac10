// SPDX-License-Identifier: MIT
import type { CellRecord, RunRecord } from '../evidence/model.ts';
import { base } from '../proof/model.ts';
import { isFail } from '../verdict/compare.ts';
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
    ...flakyOnes(record, cell, name, changed('flaky')),
  ];
}

/** How often each failed, and what it said then: whether that is the test's fault is for a reader to see. */
function flakyOnes(
  record: RunRecord,
  cell: CellRecord,
  name: string,
  tests: ReadonlySet<string>,
): string[] {
  const lines = [name, base].flatMap((variant) => {
    const own = record.attempts.filter((it) => it.cell === cell.id && it.variant === variant);
    return [...tests].flatMap((test) => {
      const results = own.flatMap((it) => it.results.filter((one) => one.name === test));
      const failed = results.filter((it) => isFail(it.outcome));
      if (failed.length === 0 || failed.length === results.length) return [];
      const text = failed.flatMap((it) => failureText(it.diagnostics) ?? []).at(0);
      const times = `${test} failed ${failed.length} of ${results.length} times on ${variant}`;
      return [text === undefined ? times : `${times}: ${text}`];
    });
  });
  return list('What was flaky', lines);
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
  return list(
    title,
    [...said].map(
      ([text, names]) => `${text}${names.size > 1 ? ` (${count(names.size, 'test')})` : ''}`,
    ),
  );
}

function list(title: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const lines = texts
    .slice(0, most)
    .flatMap((text) =>
      wrap(plainLine(text), width - 4).map((line, index) => (index === 0 ? '  - ' : '    ') + line),
    );
  const more = texts.length - most;
  return [title, ...lines, ...(more > 0 ? [`  and ${more} more in the run directory`] : []), ''];
}
