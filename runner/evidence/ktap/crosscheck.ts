// SPDX-License-Identifier: MIT
import { Parser } from 'tap-parser';
import type { Result } from 'tap-parser';
import type { KtapProblem, KtapReport, Outcome } from './model.ts';
import { isFailing, OUTCOMES } from './model.ts';
import { toTap14 } from './tap14.ts';

/** What TAP can tell apart. */
interface TapCounts {
  pass: number;
  fail: number;
  skip: number;
  todo: number;
}

/**
 * Reads the report's TAP 14 with an independent parser and counts again. Any difference is a bug in one of the two
 * readers, and the report must then not be believed. tap-parser is loaded here only; import this file lazily.
 *
 * @param tap14 the stream to check, where it is not the report's own (a saved results.tap)
 */
export function crossCheck(report: KtapReport, tap14: string = toTap14(report)): KtapProblem[] {
  const read: TapCounts = { pass: 0, fail: 0, skip: 0, todo: 0 };
  let ok = false;
  const parser = new Parser((results) => {
    ok = results.ok;
  });
  watch(parser, read);
  parser.end(tap14);

  const { counts } = report;
  const ours: TapCounts = {
    pass: counts.pass,
    fail: counts.fail + counts.timeout + counts.error + counts.crashed + counts.notRun,
    skip: counts.skip,
    todo: counts.xfail + counts.xpass,
  };
  const keys = ['pass', 'fail', 'skip', 'todo'] as const;
  const messages = keys
    .filter((key) => ours[key] !== read[key])
    .map((key) => `${key}: ${String(ours[key])} here, ${String(read[key])} in TAP`);
  if (ok !== report.ok) messages.push(`verdict: ${say(report.ok)} here, ${say(ok)} in TAP`);
  return messages.map((message) => ({ line: 0, code: 'tap-disagrees', message }));
}

function say(ok: boolean): string {
  return ok ? 'ok' : 'not ok';
}

// Counts as countTests() does, from the events alone. Returns a reading of whether anything here failed so far.
function watch(parser: Parser, counts: TapCounts): () => boolean {
  let failed = false;
  let failedBelow: () => boolean = () => false;
  parser.on('child', (child: Parser) => {
    failedBelow = watch(child, counts);
  });
  parser.on('assert', (result: Result) => {
    const ended = keyOf(result);
    const outcome = ended === 'fail' ? (outcomeOf(result) ?? 'fail') : 'pass';
    if (result.closingTestPoint) {
      // A parent is `not ok` in TAP also when only tests below it did not run; it failed itself where it says so.
      if (isFailing(outcome) && !failedBelow()) counts.fail += 1;
    } else {
      counts[ended] += 1;
    }
    failed ||= isFailing(outcome) || failedBelow();
    failedBelow = () => false;
  });
  return () => failed;
}

function keyOf(result: Result): keyof TapCounts {
  if (result.todo !== false) return 'todo';
  if (result.skip !== false) return 'skip';
  return result.ok ? 'pass' : 'fail';
}

// What the YAML block of a line says that TAP itself cannot.
function outcomeOf(result: Result): Outcome | null {
  const diagnosis: unknown = result.diag;
  const outcome =
    typeof diagnosis === 'object' && diagnosis !== null && 'outcome' in diagnosis
      ? diagnosis.outcome
      : null;
  return OUTCOMES.find((known) => known === outcome) ?? null;
}
