// SPDX-License-Identifier: MIT
import type { ResultToken } from './classify.ts';
import type { Level } from './level.ts';
import { ordinalName } from './level.ts';

/** Whose result a line is. */
export interface NamedResult {
  readonly name: string;
  /** It is the result of the test in flight. */
  readonly ends: boolean;
  /** The name under which the test in flight began, where the result has another one. */
  readonly startedAs: string | null;
}

/**
 * Finds the name of a result. The name of the test in flight stands in where the line has none (the harness of 6.1 prints
 * `ok 3 # SKIP reason`) and where printk text cut the line short.
 *
 * @param cut the line ended in kernel log text, so that its name may be the beginning of a longer one
 */
export function nameResult(level: Level, token: ResultToken, cut: boolean): NamedResult {
  const { inFlight } = level;
  const known = inFlight?.name ?? null;
  const isStart = known !== null && (token.name === '' || (cut && known.startsWith(token.name)));
  const ends =
    inFlight !== null &&
    // A harness test (`#  RUN`) may print results of its own at its own level, and still be in flight after them.
    (inFlight.source !== 'run' || isStart || token.name === known || level.children.length > 0);
  if (isStart) return { name: known, ends, startedAs: null };
  // ksft_test_result_skip() and its like in kselftest.h print the description behind the directive.
  const name = token.name || token.directive || ordinalName(level);
  return { name, ends, startedAs: ends && known !== name ? known : null };
}
