// SPDX-License-Identifier: MIT
/** What the tests of judging share: a run in which the patch fixes one test, and short words for changes to it. */
import type { RunRecord } from '../../runner/evidence/model.ts';
import type { TestExpectation } from '../../runner/proof/model.ts';
import { judge } from '../../runner/verdict/judge.ts';
import type { Overall, Verdict } from '../../runner/verdict/model.ts';
import { record } from './records.ts';
import type { RunSpec, SideSpec } from './records.ts';

export const p = 't:prog';
export const fixes: RunSpec = {
  sides: {
    base: { tests: { [p]: { race: 'fail', control: 'pass' } } },
    patched: { tests: { [p]: { race: 'pass', control: 'pass' } } },
  },
};
export const race: TestExpectation = {
  kind: 'tests',
  match: 't:prog/race*',
  base: 'fail',
  candidate: 'pass',
  text: 'The race is gone',
};
export const control: TestExpectation = {
  kind: 'tests',
  match: 't:prog/control*',
  base: 'pass',
  candidate: 'pass',
  text: 'The controls hold',
};

export function verdictOf(spec: RunSpec, change: Partial<RunRecord> = {}, strict = false): Verdict {
  return judge({ ...record(spec), ...change }, { strict });
}

export function side(spec: RunSpec, name: string, change: SideSpec): RunSpec {
  return { ...spec, sides: { ...spec.sides, [name]: { ...spec.sides[name], ...change } } };
}

export function word(spec: RunSpec, change: Partial<RunRecord> = {}): [Overall, string] {
  const verdict = verdictOf(spec, change);
  return [verdict.overall, verdict.candidates['patched']?.reasons[0] ?? ''];
}
