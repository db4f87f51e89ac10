// SPDX-License-Identifier: MIT
import type { Attempt, Splat } from '../evidence/model.ts';
import { timingKinds } from '../evidence/splat-patterns.ts';
import type { Selection } from '../proof/model.ts';
import { isSelected } from '../proof/select.ts';
import type { Verdict } from '../verdict/model.ts';
import type { GuestTest } from '../vm/model.ts';

/** How often everything is run. */
export interface Rounds {
  /** Attempts of every test on every side; Infinity: until something stops the run. */
  repeat: number;
  /** Stop after the first round that leaves a candidate without proof. */
  untilFail: boolean;
  /** Leave a candidate as soon as it is not proved: no second attempt, no further round. */
  failFast: boolean;
}

/**
 * What a side still has to run after a round. Where everything runs once, what did not pass gets
 * one more attempt: that is how a flake shows. With more rounds everything is in each of them.
 */
export function nextTests(
  { repeat }: Rounds,
  selection: Selection,
  round: number,
  all: readonly GuestTest[],
  ran: { attempts: readonly Attempt[]; splats: readonly Splat[] },
): readonly GuestTest[] {
  if (repeat > 1) return round < repeat ? all : [];
  if (round > 1) return [];
  // A starved host can cause these: nothing that ran beside them is certain.
  if (ran.splats.some(({ kind }) => timingKinds.has(kind))) return all;
  const passed = new Set(
    ran.attempts.filter((it) => isClean(it, selection)).map(({ program }) => program),
  );
  return all.filter(({ id }) => !passed.has(id));
}

function isClean(attempt: Attempt, selection: Selection): boolean {
  const settled = new Set(['pass', 'skip', 'xfail']);
  return (
    attempt.problems.length === 0 &&
    attempt.results.every(
      ({ name, outcome }) =>
        settled.has(outcome) || (name !== attempt.program && !isSelected(selection, name)),
    )
  );
}

/** Candidates of these that `--fail-fast` gives up, and those for which `--until-fail` has waited. */
export function failedSoFar(
  { untilFail, failFast }: Rounds,
  verdict: Verdict,
  names: readonly string[],
): { givenUp: string[]; waitedFor: string[] } {
  const where = (wanted: (overall: string) => boolean): string[] =>
    names.filter((name) => wanted(verdict.candidates[name]?.overall ?? 'no verdict'));
  return {
    givenUp: failFast ? where((it) => it === 'not proved') : [],
    waitedFor: untilFail ? where((it) => it !== 'proved') : [],
  };
}
