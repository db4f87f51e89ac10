// SPDX-License-Identifier: MIT
import type { Outcome } from '../evidence/ktap/index.ts';
import type { Change } from './model.ts';

/** What one side of a comparison says of one test, over all its attempts. */
export type SideOutcome = Outcome | 'absent' | 'flaky';

type Kind = 'pass' | 'fail' | 'down' | 'skip' | 'xfail' | 'absent';

const kinds: Readonly<Record<Exclude<SideOutcome, 'flaky'>, Kind>> = {
  pass: 'pass',
  xpass: 'pass',
  fail: 'fail',
  error: 'fail',
  crashed: 'down',
  timeout: 'down',
  skip: 'skip',
  xfail: 'xfail',
  // Nothing is known of it, as of a test that is not there.
  notRun: 'absent',
  absent: 'absent',
};

/** The design's table. Rows are base, columns the candidate. */
const table: Readonly<Record<Kind, Readonly<Record<Kind, Change>>>> = {
  pass: {
    pass: 'still passing',
    fail: 'broken',
    down: 'broken',
    skip: 'lost',
    xfail: 'lost',
    absent: 'broken',
  },
  fail: {
    pass: 'fixed',
    fail: 'still failing',
    down: 'worse',
    skip: 'not run',
    xfail: 'still failing',
    absent: 'not run',
  },
  down: {
    pass: 'fixed',
    fail: 'still failing',
    down: 'still failing',
    skip: 'not run',
    xfail: 'still failing',
    absent: 'not run',
  },
  skip: {
    pass: 'new pass',
    fail: 'new fail',
    down: 'new fail',
    skip: 'not run',
    xfail: 'not run',
    absent: 'not run',
  },
  xfail: {
    pass: 'fixed',
    fail: 'new fail',
    down: 'new fail',
    skip: 'not run',
    xfail: 'still failing',
    absent: 'not run',
  },
  absent: {
    pass: 'new pass',
    fail: 'new fail',
    down: 'new fail',
    skip: 'not run',
    xfail: 'not run',
    absent: 'not run',
  },
};

/** Changes after which a candidate is not proved. */
export const harmful: ReadonlySet<Change> = new Set(['broken', 'lost', 'worse', 'new fail']);

/** What became of one test. A side that both passes and fails proves nothing, whatever the other does. */
export function changeOf(base: SideOutcome, candidate: SideOutcome): Change {
  if (base === 'flaky' || candidate === 'flaky') return 'flaky';
  return table[kinds[base]][kinds[candidate]];
}

export function isPass(outcome: SideOutcome): boolean {
  return outcome !== 'flaky' && kinds[outcome] === 'pass';
}

export function isFail(outcome: SideOutcome): boolean {
  return outcome !== 'flaky' && (kinds[outcome] === 'fail' || kinds[outcome] === 'down');
}

/** From the one that says least to the worst. */
const severity: readonly Outcome[] = [
  'notRun',
  'pass',
  'xpass',
  'xfail',
  'skip',
  'fail',
  'error',
  'timeout',
  'crashed',
];

/** One outcome for all attempts of a test on one side; undefined without any. */
export function settle(outcomes: readonly Outcome[]): SideOutcome | undefined {
  if (outcomes.some(isPass) && outcomes.some(isFail)) return 'flaky';
  return outcomes.toSorted((a, b) => severity.indexOf(a) - severity.indexOf(b)).at(-1);
}
