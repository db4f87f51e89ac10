// SPDX-License-Identifier: MIT
import type { KtapCounts, KtapNode, KtapProblem, KtapReport } from './model.ts';
import { BLOCKING, blocks, isFailing, OUTCOMES } from './model.ts';

function noCounts(): KtapCounts {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as KtapCounts;
}

/**
 * The tests that count: leaf tests, plus each parent that is not ok while nothing below it failed. Such a parent failed
 * on its own account and would be lost otherwise; a failing parent of a failing child is one failure, not two.
 */
export function countedTests(tests: readonly KtapNode[]): KtapNode[] {
  const counted: KtapNode[] = [];
  for (const test of tests) collect(counted, test);
  return counted;
}

// Returns whether the test or one below it failed.
function collect(counted: KtapNode[], test: KtapNode): boolean {
  let failedBelow = false;
  for (const child of test.children) failedBelow = collect(counted, child) || failedBelow;
  const failing = isFailing(test.outcome);
  if (test.children.length === 0 || (failing && !failedBelow)) counted.push(test);
  return failing || failedBelow;
}

/** How the tests that count ended. */
export function countTests(tests: readonly KtapNode[]): KtapCounts {
  const counts = noCounts();
  for (const test of countedTests(tests)) counts[test.outcome] += 1;
  return counts;
}

/**
 * At least one pass, and no fail, timeout, error, crash, test that never ran, or problem that
 * hides tests. Skips, expected failures and unexpected passes neither help nor harm.
 */
export function isOk(counts: KtapCounts, problems: readonly KtapProblem[]): boolean {
  return (
    counts.pass > 0 &&
    OUTCOMES.every((outcome) => !isFailing(outcome) || counts[outcome] === 0) &&
    counts.notRun === 0 &&
    !problems.some((problem) => BLOCKING.has(problem.code))
  );
}

/**
 * The report with what another reader found in the same log, in the order of its lines.
 *
 * @param strict a splat among them makes it not ok
 */
export function withProblems(
  report: KtapReport,
  others: readonly KtapProblem[],
  strict = false,
): KtapReport {
  const problems = [...report.problems, ...others].toSorted((a, b) => a.line - b.line);
  const whole = { ...report, problems, strict };
  return { ...whole, ok: report.ok && !others.some((problem) => blocks(whole, problem)) };
}
