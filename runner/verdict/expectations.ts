// SPDX-License-Identifier: MIT
import { matchesGlob } from '../proof/glob.ts';
import { speaksOf } from '../proof/select.ts';
import type { DropExpectation, Expectation, TestExpectation } from '../proof/model.ts';
import { isFail, isPass } from './compare.ts';
import { judgeDrops } from './drops.ts';
import { consolePrefix, isProgramRow } from './rows.ts';
import type { CellView, TestRow } from './rows.ts';

/** What became of one expectation. */
export interface Answer {
  met: boolean;
  detail: string;
  /** Set when the patch is not what decided: no verdict follows. */
  undecided?: string;
  /** The tests themselves are in doubt: they fail on both sides. Nothing else counts then. */
  bothFail?: boolean;
  /** Set when a selection of tests left nothing to judge it by. */
  leftOut?: boolean;
}

/** Tests whose harm is known and accepted for this candidate. */
export type IsExcused = (view: CellView, test: string) => boolean;

/** Judges one expectation for one candidate over all cells that were tried; undefined where it does not apply. */
export function judgeExpectation(
  expectation: Expectation,
  views: readonly CellView[],
  candidate: string,
  isExcused: IsExcused,
): Answer | undefined {
  const applicable = views.filter((it) => expectation.series?.includes(it.cell.series) ?? true);
  if (applicable.length === 0) return undefined;
  return expectation.kind === 'tests'
    ? judgeTests(expectation, applicable, candidate, isExcused)
    : judgeDropsOf(expectation, applicable, candidate);
}

function judgeDropsOf(
  expectation: DropExpectation,
  views: readonly CellView[],
  candidate: string,
): Answer {
  return judgeDrops(
    expectation,
    views.flatMap((view) => {
      const side = view.candidates.get(candidate);
      return side === undefined ? [] : [{ cell: view.cell, base: view.base, candidate: side }];
    }),
  );
}

function judgeTests(
  expectation: TestExpectation,
  views: readonly CellView[],
  candidate: string,
  isExcused: IsExcused,
): Answer {
  const misses: string[] = [];
  const bothFail: string[] = [];
  const baseFlaky: string[] = [];
  const baseOnly: string[] = [];
  let matched = 0;
  let harmed = 0;
  const left = leftOut(expectation.match, views);
  for (const view of views) {
    for (const row of view.rows) {
      if (!concerns(expectation, view, row)) continue;
      matched++;
      const meetsWanted = meets(row, candidate, expectation.candidate);
      const excused = !meetsWanted && isExcused(view, row.name);
      if (excused) harmed++;
      const miss = missOf(expectation, row, candidate, excused);
      if (miss === undefined) continue;
      // Only base does other than it should: that is not the patch's doing.
      if (meetsWanted || excused) {
        (row.outcomes['base'] === 'flaky' ? baseFlaky : baseOnly).push(
          row.outcomes['base'] === 'flaky' ? row.name : miss,
        );
        continue;
      }
      misses.push(miss);
      const control = expectation.base === 'pass' && expectation.candidate === 'pass';
      if (
        control &&
        isFail(row.outcomes['base'] ?? 'absent') &&
        isFail(row.outcomes[candidate] ?? 'absent')
      ) {
        bothFail.push(row.name);
      }
    }
  }
  if (matched === 0 && left > 0) return { met: false, detail: 'left out', leftOut: true };
  if (matched === 0) {
    const detail = `no test matches "${expectation.match}"`;
    return { met: false, detail, undecided: `${expectation.text}: ${detail}.` };
  }
  if (bothFail.length > 0) {
    const detail = `${list(bothFail)} fails with and without the patch`;
    return { met: false, detail, undecided: `${expectation.text}: ${detail}.`, bothFail: true };
  }
  if (baseOnly.length > 0 && misses.length === 0) {
    const detail = `${matched - baseOnly.length} of ${matched} tests; ${list(baseOnly, 2)}`;
    const why = `the tests do not show on base what they should, which is no fault of the patch`;
    return { met: false, detail, undecided: `${expectation.text}: ${why}: ${list(baseOnly, 2)}.` };
  }
  if (baseFlaky.length > 0 && misses.length === 0) {
    const detail = `${list(baseFlaky)} both passes and fails without the patch`;
    return { met: false, detail, undecided: `${expectation.text}: ${detail}.` };
  }
  const known = harmed === 0 ? '' : `, ${harmed} broken as known harm`;
  const more = `${known}${left === 0 ? '' : `, ${left} left out`}`;
  return misses.length === 0
    ? { met: true, detail: `${matched - harmed} of ${matched} tests${more}` }
    : {
        met: false,
        detail: `${matched - misses.length} of ${matched} tests${more}; ${list(misses, 2)}`,
      };
}

/** How many names that a selection leaves out a glob speaks of. */
function leftOut(match: string, views: readonly CellView[]): number {
  const names = views.flatMap((view) => view.leftOut);
  return new Set(names.filter((it) => speaksOf(match, it))).size;
}

function concerns(expectation: TestExpectation, view: CellView, row: TestRow): boolean {
  return (
    !row.name.startsWith(consolePrefix) &&
    !isProgramRow(view, row.name) &&
    matchesGlob(expectation.match, row.name)
  );
}

function missOf(
  expectation: TestExpectation,
  row: TestRow,
  candidate: string,
  excused: boolean,
): string | undefined {
  const sides = [
    ['base', expectation.base],
    ...(excused ? [] : [[candidate, expectation.candidate] as const]),
  ] as const;
  for (const [variant, wanted] of sides) {
    if (meets(row, variant, wanted)) continue;
    const outcome = row.outcomes[variant] ?? 'absent';
    const told = outcome === 'notRun' ? 'not run' : outcome;
    return `${row.name}: ${told} on ${variant} where ${wanted} is wanted`;
  }
  return undefined;
}

function meets(row: TestRow, variant: string, wanted: 'pass' | 'fail' | undefined): boolean {
  const outcome = row.outcomes[variant] ?? 'absent';
  return wanted === undefined || (wanted === 'pass' ? isPass(outcome) : isFail(outcome));
}

/** The first few, and how many more. */
export function list(items: readonly string[], shown = 3): string {
  const more = items.length - shown;
  return `${items.slice(0, shown).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
