// SPDX-License-Identifier: MIT
import type { KtapCounts, KtapNode, KtapProblem, KtapReport } from './model.ts';

/** Version of the contract; raised when a reader of the old one could be misled. */
const KTAP_JSON_VERSION = 1;

/** What `patchproof ktap --json` prints. */
export interface KtapJson {
  readonly version: typeof KTAP_JSON_VERSION;
  readonly ok: boolean;
  readonly counts: KtapCounts;
  readonly tests: readonly KtapNode[];
  readonly problems: readonly (KtapProblem | OtherProblem)[];
}

/** A problem from another room, such as a kernel splat in the same log. */
export interface OtherProblem {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/**
 * The report as the contract has it. `others` are listed under problems and change `ok` only when `strict`.
 */
export function toJson(
  report: KtapReport,
  others: readonly OtherProblem[] = [],
  strict = false,
): KtapJson {
  return {
    version: KTAP_JSON_VERSION,
    ok: report.ok && !(strict && others.length > 0),
    counts: report.counts,
    tests: report.tests,
    problems: [...report.problems, ...others],
  };
}
