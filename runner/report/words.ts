// SPDX-License-Identifier: MIT
import type { Change, Verdict } from '../verdict/model.ts';

/** Changes in the order of a reader's interest. */
export const order: readonly Change[] = [
  'broken',
  'worse',
  'lost',
  'new fail',
  'flaky',
  'fixed',
  'new pass',
  'still failing',
  'not run',
  'still passing',
];

/** An outcome as people read it. */
export function outcomeWord(row: Verdict['tests'][number], variant: string): string {
  const outcome = row.outcomes[variant] ?? '';
  return outcome === 'notRun' ? 'not run' : outcome;
}

/** `file.c:12:test:text`, as TH_LOG and the EXPECT macros of kselftest_harness.h print it. */
const harnessLine = /^[\w./-]+\.[ch]:\d+:\w+:(.+)$/;

/** The test's own message if it has one, else the expectation that failed. */
export function failureText(diagnostics: readonly string[]): string | null {
  const texts = diagnostics.flatMap((line) => harnessLine.exec(line)?.[1] ?? []);
  return texts.find((text) => !text.startsWith('Expected ')) ?? texts[0] ?? null;
}
