// SPDX-License-Identifier: MIT

/**
 * What became of a test. The first eight can be said by a KTAP line or follow from how the stream ended;
 * `notRun` is a test that the plan promised and that never began.
 * Sources: Documentation/dev-tools/ktap.rst ("Test case result lines"), the KSFT_* codes in kselftest.h.
 */
export const OUTCOMES = [
  'pass',
  'fail',
  'skip',
  'xfail',
  'xpass',
  'timeout',
  'error',
  'crashed',
  'notRun',
] as const;

/** One of {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** How many tests ended in each way. */
export type KtapCounts = Record<Outcome, number>;

/** One test, with the subtests that it printed before its own result. */
export interface KtapNode {
  /** The description without number, dash and directive; `(test 3)` when the log gives none. */
  readonly name: string;
  /** Names from the root down, joined by {@link PATH_SEPARATOR}; unique within one report. */
  readonly path: string;
  /** The number that was printed. Shown, never trusted: runners restart and repeat it. */
  readonly id: number | null;
  readonly outcome: Outcome;
  /** Text of the directive or of the diagnostic data behind `#`; '' for a bare `# SKIP`, null when there is none. */
  readonly directive: string | null;
  /** Log text of this test, its first and last lines when it is long. */
  readonly diagnostics: readonly string[];
  /** How many lines the middle of `diagnostics` lost. */
  readonly diagnosticsDropped: number;
  readonly children: readonly KtapNode[];
  /** How many children were promised; null when no plan was printed. */
  readonly planned: number | null;
  /** Line of the result, or of the start of a test that has none. */
  readonly line: number;
}

/** Joins the names in a path. Kernel test names hold `.`, `:` and `/`, but not this. */
export const PATH_SEPARATOR = ' > ';

/** Every irregularity that a log can have. Those in {@link BLOCKING} forbid a green verdict. */
export type ProblemCode =
  | 'no-results'
  | 'no-pass'
  | 'plan-unfulfilled'
  | 'bail-out'
  | 'failure-lost'
  | 'failure-unreadable'
  | 'too-deep'
  | 'too-many-tests'
  | 'tap-disagrees'
  | 'splat'
  | 'plan-exceeded'
  | 'plan-cut-by-skip'
  | 'no-plan'
  | 'empty-plan'
  | 'skip-all'
  | 'no-result'
  | 'totals-mismatch'
  | 'parent-hides-failure'
  | 'level-not-opened'
  | 'result-unreadable'
  | 'second-header'
  | 'unknown-version'
  | 'directive-contradicts'
  | 'name-mismatch'
  | 'line-cut'
  | 'line-too-long'
  | 'unterminated-line'
  | 'problems-dropped';

/**
 * Problems after which the tests that were read are not the whole truth. Anything weaker is recorded
 * and shown, and leaves the verdict to the outcomes.
 */
export const BLOCKING: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'no-results',
  'no-pass',
  'plan-unfulfilled',
  'bail-out',
  'failure-lost',
  'failure-unreadable',
  'too-deep',
  'too-many-tests',
  'tap-disagrees',
]);

/** One irregularity, with the line (counted from 1) where it showed. */
export interface KtapProblem {
  readonly line: number;
  readonly code: ProblemCode;
  readonly message: string;
}

/** What a whole log says. */
export interface KtapReport {
  readonly tests: readonly KtapNode[];
  readonly problems: readonly KtapProblem[];
  /** Over leaf tests, plus each parent that is not ok while nothing below it failed. */
  readonly counts: KtapCounts;
  readonly ok: boolean;
  /** A kernel splat beside the tests forbids a green verdict, too. */
  readonly strict?: boolean;
}

/** Whether a problem forbids a green verdict of its report. */
export function blocks({ strict }: KtapReport, { code }: KtapProblem): boolean {
  return BLOCKING.has(code) || (strict === true && code === 'splat');
}

/** Outcomes that make a test not ok. */
export function isFailing(outcome: Outcome): boolean {
  return (
    outcome === 'fail' || outcome === 'timeout' || outcome === 'error' || outcome === 'crashed'
  );
}

/**
 * Where a live event happened. Subtests come before their parent's result, so a parent's name is often not
 * known yet: then it is null here, and right in the report.
 */
export interface KtapPlace {
  readonly line: number;
  readonly parents: readonly (string | null)[];
}

/** A test announced itself (`#  RUN`, `# Subtest:`, `# selftests: DIR: NAME`): from now on it is in flight. */
interface TestStartedEvent extends KtapPlace {
  readonly type: 'test-started';
  readonly name: string;
}

/** A test ended; sent when its line is complete, and at the end of the stream for tests that have no line. */
interface ResultEvent extends KtapPlace {
  readonly type: 'result';
  readonly name: string;
  readonly id: number | null;
  readonly outcome: Outcome;
  readonly directive: string | null;
}

/** A log line; `test` is the test in flight, where its name is known. */
interface DiagnosticEvent extends KtapPlace {
  readonly type: 'diagnostic';
  readonly test: string | null;
  readonly text: string;
}

/** A plan line. */
interface PlanEvent extends KtapPlace {
  readonly type: 'plan';
  readonly planned: number;
}

/** An irregularity, as it is found. */
interface ProblemEvent {
  readonly type: 'problem';
  readonly problem: KtapProblem;
}

/** `Bail out!`: the program gave up. */
interface BailOutEvent extends KtapPlace {
  readonly type: 'bail-out';
  readonly reason: string;
}

/** Everything that the reader hands out while the log is still growing. */
export type KtapEvent =
  TestStartedEvent | ResultEvent | DiagnosticEvent | PlanEvent | ProblemEvent | BailOutEvent;
