// SPDX-License-Identifier: MIT
import type { RunRecord } from '../evidence/model.ts';
import { allowedSplats } from '../evidence/splat-patterns.ts';
import { base } from '../proof/model.ts';
import { isFail, isPass, type SideOutcome } from './compare.ts';
import { list } from './expectations.ts';
import { sentence } from './findings.ts';
import { consolePrefix, viewCell } from './rows.ts';

/** What one commit does in the tests that a bisection is about. */
export interface CommitVerdict {
  /** `unknown`: it does not tell. */
  tests: 'pass' | 'fail' | 'unknown';
  /** Why, one sentence. */
  why: string;
  outcomes: readonly { name: string; outcome: SideOutcome }[];
}

/**
 * Judges the record of a single kernel: one failing test is enough, and without any the tests that
 * were run must have passed. A test that both passed and failed tells nothing, unless `anyFailure`:
 * then one failure among its attempts is one.
 */
export function judgeCommit(
  record: RunRecord,
  { anyFailure }: { anyFailure: boolean },
): CommitVerdict {
  const unknown = (why: string, outcomes: CommitVerdict['outcomes'] = []): CommitVerdict => ({
    tests: 'unknown',
    why: sentence(why),
    outcomes,
  });
  const [failure] = record.failures;
  if (failure !== undefined) return unknown(failure.message);
  const [cell] = record.cells;
  if (!record.finished || cell === undefined) return unknown('The record ends before the run did');
  const view = viewCell(record, cell, allowedSplats);
  const outcomes = view.rows
    .filter(({ name }) => !name.startsWith(consolePrefix))
    .map((row) => ({ name: row.name, outcome: row.outcomes[base] ?? 'absent' }));
  const named = (wanted: (outcome: SideOutcome) => boolean): string[] =>
    outcomes.filter(({ outcome }) => wanted(outcome)).map(({ name }) => name);
  const failed = named((it) => (isFail(it) && it !== 'error') || (anyFailure && it === 'flaky'));
  if (failed.length > 0)
    return {
      tests: 'fail',
      why: `${list(failed)} ${failed.length === 1 ? 'fails' : 'fail'}.`,
      outcomes,
    };
  if (view.base.lost.length > 0)
    return unknown(`Nothing is known of ${list(view.base.lost)}`, outcomes);
  const open = named((it) => ['flaky', 'error', 'notRun'].includes(it));
  if (open.length > 0)
    return unknown(
      `${list(open)} ${open.length === 1 ? 'is' : 'are'} flaky, or cannot be trusted`,
      outcomes,
    );
  const passed = named(isPass);
  if (passed.length === 0) return unknown('No test ran to a pass or a failure', outcomes);
  return {
    tests: 'pass',
    why: `${list(passed)} ${passed.length === 1 ? 'passes' : 'pass'}.`,
    outcomes,
  };
}
