// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { DropExpectation } from '../../runner/proof/model.ts';
import type { Overall } from '../../runner/verdict/model.ts';
import type { RunSpec, SideSpec } from './records.ts';
import { fixes, p, race, control, verdictOf, side, word } from './judging.ts';

describe('expectations on tests', () => {
  const asked = { ...fixes, expectations: [race, control] };

  it('are met', () => {
    const verdict = verdictOf(asked);
    expect(verdict.overall).toBe('proved');
    expect(verdict.candidates['patched']?.expectations).toEqual([
      { text: 'The race is gone', met: true, detail: '1 of 1 tests' },
      { text: 'The controls hold', met: true, detail: '1 of 1 tests' },
    ]);
  });

  it.each([
    ['patched', { race: 'fail', control: 'pass' }, 'fail on patched where pass is wanted'],
    [
      'patched',
      { race: ['fail', 'pass'], control: 'pass' },
      'flaky on patched where pass is wanted',
    ],
    ['patched', { race: 'skip', control: 'pass' }, 'skip on patched where pass is wanted'],
  ] as const)('are not met: %s %o', (variant, tests, detail) => {
    const spec = side(asked, variant, { tests: { [p]: structuredClone(tests) as never } });
    expect(word(spec)).toEqual(['not proved', 'Not met: The race is gone.']);
    expect(verdictOf(spec).candidates['patched']?.expectations[0]).toEqual({
      text: 'The race is gone',
      met: false,
      detail: `0 of 1 tests; t:prog/race: ${detail}`,
    });
  });

  it('are open where base alone wavers', () => {
    const spec = side(asked, 'base', {
      tests: { [p]: { race: ['fail', 'pass'], control: 'pass' } },
    });
    expect(word(spec)[0]).toBe('no verdict');
  });

  it('a reproducer that fails on both sides where the patch should mend it is not proved', () => {
    const only: RunSpec = {
      sides: {
        base: { tests: { [p]: { race: 'fail' } } },
        patched: { tests: { [p]: { race: 'fail' } } },
      },
      expectations: [race],
    };
    expect(word(only)[0]).toBe('not proved');
  });

  it('leave out kernels of another series', () => {
    const spec = {
      ...asked,
      expectations: [race, { ...control, series: ['6.1'], candidate: 'fail' as const }],
    };
    expect(verdictOf(spec).candidates['patched']?.expectations).toHaveLength(1);
  });

  it('are not met beside a broken test', () => {
    const spec = side({ ...asked, expectations: [race] }, 'patched', {
      tests: { [p]: { race: 'pass', control: 'fail' } },
    });
    expect(word(spec)).toEqual(['not proved', 'The patch breaks t:prog/control (broken).']);
  });
});

describe('expectations on drops', () => {
  const drops: DropExpectation = {
    kind: 'drops',
    reason: 'SOCKET_REPAIR',
    match: 't:*',
    base: 'absent',
    candidate: 'counter:repair_segs',
    text: 'Counted',
  };
  const counted: RunSpec = {
    sides: {
      base: {
        tests: { [p]: { race: 'fail', control: 'pass' } },
        reasons: ['OTHERHOST'],
        drops: { OTHERHOST: 3 },
      },
      patched: {
        tests: { [p]: { race: 'pass', control: 'pass' } },
        reasons: ['OTHERHOST', 'SOCKET_REPAIR'],
        drops: { OTHERHOST: 2, SOCKET_REPAIR: 12 },
        counters: { 't:prog/race': { repair_segs: 10 }, 't:prog/control': { repair_segs: 2 } },
      },
    },
    expectations: [drops],
  };
  const answer = (spec: RunSpec) => verdictOf(spec).candidates['patched']?.expectations[0];

  it('are met when the counts are exactly equal', () => {
    expect(verdictOf(counted).overall).toBe('proved');
    expect(answer(counted)).toEqual({
      text: 'Counted',
      met: true,
      detail: '12 counted, 12 expected',
    });
    expect(verdictOf(counted).drops).toEqual([
      {
        test: p,
        kernel: '6.12',
        profile: 'lean',
        reason: 'OTHERHOST',
        counts: { base: 3, patched: 2 },
      },
      {
        test: p,
        kernel: '6.12',
        profile: 'lean',
        reason: 'SOCKET_REPAIR',
        counts: { base: null, patched: 12 },
      },
    ]);
  });

  it.each<[string, string, SideSpec, Overall, RegExp]>([
    [
      'one drop more',
      'patched',
      { drops: { SOCKET_REPAIR: 13 } },
      'not proved',
      /13 SOCKET_REPAIR counted, 12 expected/,
    ],
    [
      'one drop less',
      'patched',
      { drops: { SOCKET_REPAIR: 11 } },
      'not proved',
      /11 SOCKET_REPAIR counted/,
    ],
    [
      'a reason that the candidate lacks',
      'patched',
      { reasons: ['OTHERHOST'], drops: {} },
      'not proved',
      /patched has no drop reason SOCKET_REPAIR/,
    ],
    [
      'a reason that base has',
      'base',
      { reasons: ['SOCKET_REPAIR'] },
      'no verdict',
      /base has SOCKET_REPAIR/,
    ],
    [
      'tests that count nothing',
      'patched',
      { drops: {}, counters: {} },
      'not proved',
      /nothing to compare/,
    ],
    ['lost events', 'patched', { dropsLost: 1 }, 'no verdict', /kernel lost 1 drop events/],
    [
      'events of which nobody knows how many are lost',
      'patched',
      { dropsLost: null },
      'no verdict',
      /unknown number/,
    ],
    [
      'drops that cannot be counted',
      'patched',
      { drops: null },
      'no verdict',
      /could not be counted/,
    ],
    [
      'a table that cannot be read',
      'base',
      { reasons: null },
      'no verdict',
      /reasons of base could not be read/,
    ],
    [
      'a counter that the test could not read',
      'patched',
      { counters: { 't:prog/race': { repair_segs: 'untraced' } } },
      'no verdict',
      /is untraced/,
    ],
  ])('%s', (_what, variant, change, overall, detail) => {
    const spec = side(counted, variant, change);
    expect(verdictOf(spec).overall).toBe(overall);
    expect(answer(spec)?.met).toBe(false);
    expect(answer(spec)?.detail).toMatch(detail);
  });

  it('do not turn a crash into no verdict', () => {
    const spec = side(counted, 'patched', {
      exit: null,
      end: 'panic',
      drops: null,
      dropsLost: null,
      tests: { [p]: { race: 'crashed' } },
    });
    expect(verdictOf(spec).overall).toBe('not proved');
    expect(answer(spec)?.detail).toBe('t:prog on patched was cut off');
  });

  it('with nothing that matches are no verdict', () => {
    expect(word({ ...counted, expectations: [{ ...drops, base: 'zero', match: 'u:*' }] })[0]).toBe(
      'no verdict',
    );
  });

  it.each([
    ['zero', 0, true],
    ['zero', 1, false],
    ['some', 1, true],
    ['some', 0, false],
  ] as const)('%s against %i: met is %s', (candidate, n, met) => {
    const spec = side({ ...counted, expectations: [{ ...drops, candidate }] }, 'patched', {
      drops: n === 0 ? {} : { SOCKET_REPAIR: n },
    });
    expect(answer(spec)?.met).toBe(met);
  });
});

describe('a selection of tests', () => {
  const selected = { selection: { filter: ['t:other'], exclude: [] }, leftOut: [p] };

  it('that leaves every expectation out gives no verdict, and says why', () => {
    const other = { 't:other': { a: 'pass' } } as const;
    const spec: RunSpec = {
      sides: { base: { tests: other }, patched: { tests: other } },
      expectations: [race],
      programs: ['t:other'],
      ...selected,
    };
    const { overall, candidates } = verdictOf(spec);
    expect(overall).toBe('no verdict');
    expect(candidates['patched']).toMatchObject({
      expectations: [],
      leftOut: ['The race is gone'],
      reasons: ['The tests that were selected are part of no expectation of the proof.'],
    });
  });
});
