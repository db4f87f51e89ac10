// SPDX-License-Identifier: MIT
import type { Totals } from './classify.ts';
import type { Outcome } from './model.ts';

/** A disagreement between what a program counted and what was read of it. */
export interface TotalsProblem {
  readonly code: 'totals-mismatch' | 'failure-lost';
  readonly message: string;
}

/**
 * Holds `# Totals:` (ksft_print_cnts() in kselftest.h) or the last line of the harness against the results of the same
 * block. A program that counted more failures than were read has had a failure swallowed, and that must not be green;
 * any other difference is only noted, since runners restart their counters.
 */
export function compareTotals(
  outcomes: Partial<Record<Outcome, number>>,
  totals: Totals | null,
  failed: boolean,
): TotalsProblem | null {
  const read = (outcome: Outcome) => outcomes[outcome] ?? 0;
  const failures = read('fail') + read('timeout') + read('error') + read('crashed');
  if (totals === null) {
    return failed && failures === 0
      ? { code: 'failure-lost', message: 'the harness says FAILED, but no failure was read' }
      : null;
  }
  const ours: Totals = {
    pass: read('pass'),
    fail: failures - read('error'),
    xfail: read('xfail'),
    xpass: read('xpass'),
    skip: read('skip'),
    error: read('error'),
  };
  const keys = ['pass', 'fail', 'xfail', 'xpass', 'skip', 'error'] as const;
  const differing = keys.filter((key) => ours[key] !== totals[key]);
  if (differing.length === 0) return null;
  const parts = differing.map((key) => `${key} ${String(totals[key])}, read ${String(ours[key])}`);
  const lost = totals.fail + totals.error > failures;
  return {
    code: lost ? 'failure-lost' : 'totals-mismatch',
    message: `totals: ${parts.join('; ')}`,
  };
}
