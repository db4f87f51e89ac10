// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { changeOf, harmful, settle } from '../../runner/verdict/compare.ts';
import type { SideOutcome } from '../../runner/verdict/compare.ts';
import type { Change } from '../../runner/verdict/model.ts';

// What a test did on base, on the candidate, and what that is called.
const rows: [base: SideOutcome, candidate: SideOutcome, change: Change][] = [
  ['fail', 'pass', 'fixed'],
  ['crashed', 'pass', 'fixed'],
  ['timeout', 'pass', 'fixed'],
  ['error', 'pass', 'fixed'],
  ['pass', 'fail', 'broken'],
  ['pass', 'error', 'broken'],
  ['pass', 'crashed', 'broken'],
  ['pass', 'timeout', 'broken'],
  ['pass', 'notRun', 'broken'],
  ['pass', 'absent', 'broken'],
  ['pass', 'skip', 'lost'],
  ['pass', 'xfail', 'lost'],
  ['fail', 'fail', 'still failing'],
  ['pass', 'pass', 'still passing'],
  ['pass', 'xpass', 'still passing'],
  ['fail', 'crashed', 'worse'],
  ['fail', 'timeout', 'worse'],
  ['crashed', 'fail', 'still failing'],
  ['crashed', 'crashed', 'still failing'],
  ['fail', 'skip', 'not run'],
  ['skip', 'skip', 'not run'],
  ['skip', 'pass', 'new pass'],
  ['skip', 'fail', 'new fail'],
  ['skip', 'crashed', 'new fail'],
  ['absent', 'pass', 'new pass'],
  ['absent', 'fail', 'new fail'],
  ['absent', 'timeout', 'new fail'],
  ['absent', 'skip', 'not run'],
  ['notRun', 'pass', 'new pass'],
  ['xfail', 'pass', 'fixed'],
  ['xfail', 'fail', 'new fail'],
  ['flaky', 'pass', 'flaky'],
  ['flaky', 'fail', 'flaky'],
  ['pass', 'flaky', 'flaky'],
  ['flaky', 'flaky', 'flaky'],
];

describe('changeOf', () => {
  it.each(rows)('%s -> %s is %s', (base, candidate, change) => {
    expect(changeOf(base, candidate)).toBe(change);
  });

  it('harms are what makes a verdict not proved', () => {
    expect([...harmful].toSorted()).toEqual(['broken', 'lost', 'new fail', 'worse']);
  });
});

describe('settle', () => {
  it.each([
    [['pass'], 'pass'],
    [['pass', 'pass'], 'pass'],
    [['fail', 'pass'], 'flaky'],
    [['pass', 'crashed'], 'flaky'],
    [['pass', 'timeout'], 'flaky'],
    [['fail', 'fail'], 'fail'],
    [['fail', 'crashed'], 'crashed'],
    [['pass', 'skip'], 'skip'],
    [['notRun', 'pass'], 'pass'],
    [['notRun'], 'notRun'],
    [[], undefined],
  ] as const)('%s is %s', (outcomes, expected) => {
    expect(settle(outcomes)).toBe(expected);
  });
});
