// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../runner/evidence/model.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import { judge } from '../../runner/verdict/judge.ts';
import { rankCandidates } from '../../runner/verdict/rank.ts';
import { record } from './records.ts';
import type { RunSpec } from './records.ts';
import { p, fixes, race, control, verdictOf, side, word } from './judging.ts';

describe('a patch without a proof', () => {
  it('is proved when nothing broke and something passed', () => {
    const verdict = verdictOf(fixes);
    expect(verdict.overall).toBe('proved');
    expect(verdict.candidates['patched']).toEqual({
      overall: 'proved',
      reasons: ['All 2 expectations are met, 1 test fixed, nothing broke.'],
      expectations: [
        { text: 'No test broke', met: true, detail: '0 broke' },
        { text: 'At least one test passes', met: true, detail: '2 passed' },
      ],
      leftOut: [],
      knownHarm: [],
    });
    expect(verdict.tests).toEqual([
      {
        name: 't:prog/race',
        kernel: '6.12',
        profile: 'lean',
        outcomes: { base: 'fail', patched: 'pass' },
        change: { patched: 'fixed' },
      },
      {
        name: 't:prog/control',
        kernel: '6.12',
        profile: 'lean',
        outcomes: { base: 'pass', patched: 'pass' },
        change: { patched: 'still passing' },
      },
    ]);
  });

  it.each([
    ['fail', 'broken'],
    ['crashed', 'broken'],
    ['timeout', 'broken'],
    ['skip', 'lost'],
  ] as const)('is not proved when a test that passed is now %s', (outcome, change) => {
    const spec = side(fixes, 'patched', { tests: { [p]: { race: 'pass', control: outcome } } });
    expect(word(spec)).toEqual(['not proved', `The patch breaks t:prog/control (${change}).`]);
  });

  it('says when nothing was fixed', () => {
    const spec = side(fixes, 'patched', { tests: { [p]: { race: 'fail', control: 'pass' } } });
    expect(word(spec)).toEqual([
      'proved',
      'All 2 expectations are met, nothing was fixed, nothing broke.',
    ]);
  });

  it('gives a flaky test no weight', () => {
    const spec = side(fixes, 'patched', {
      tests: { [p]: { race: ['fail', 'pass'], control: 'pass' } },
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('proved');
    expect(verdict.tests[0]).toMatchObject({
      outcomes: { patched: 'flaky' },
      change: { patched: 'flaky' },
    });
  });

  it('believes a test that fails twice', () => {
    const spec = side(fixes, 'patched', {
      tests: { [p]: { race: 'pass', control: ['fail', 'fail'] } },
    });
    expect(word(spec)[0]).toBe('not proved');
  });
});

describe('never a verdict', () => {
  const cases: [what: string, spec: RunSpec, change: Partial<RunRecord>, reason: RegExp][] = [
    ['an interrupted run', fixes, { interrupted: true }, /interrupted/],
    ['a run without an end', fixes, { finished: false }, /ends before/],
    ['a run without a proof', fixes, { proof: null }, /no proof/],
    ['a run without a cell', fixes, { cells: [] }, /No kernel got as far/],
    [
      'a base that does not build',
      { ...side(fixes, 'base', { missing: true }), failures: [{ variant: 'base' }] },
      {},
      /^Base \(6\.12, lean\): The kernel does not compile/,
    ],
    [
      'a base that does not boot',
      { ...fixes, failures: [{ variant: 'base', stage: 'boot' }] },
      {},
      /^Base/,
    ],
    [
      'a patch that does not apply',
      {
        ...side(fixes, 'patched', { missing: true }),
        failures: [{ stage: 'patch', message: 'The patch does not apply', evidence: [] }],
      },
      {},
      /does not apply\.$/,
    ],
    [
      'a patch that is already in',
      {
        ...side(fixes, 'patched', { missing: true }),
        failures: [{ stage: 'patch', message: 'The patch is already applied.', evidence: [] }],
      },
      {},
      /already applied\.$/,
    ],
    [
      'a VM that the host lost',
      {
        ...side(fixes, 'patched', { end: 'vm-lost', exit: null }),
        failures: [{ stage: 'vm', message: 'The VM was lost', evidence: [], times: 1 }],
      },
      {},
      /VM was lost/,
    ],
    [
      'a VM lost on base',
      side(fixes, 'base', { end: 'vm-lost', exit: null }),
      {},
      /Nothing is known of t:prog on base \(6\.12\): vm-lost/,
    ],
    [
      'attempts missing',
      side(fixes, 'patched', { tests: {} }),
      {},
      /Nothing is known of t:prog on patched .*no attempt/,
    ],
    [
      'a kernel missing',
      side(fixes, 'patched', { missing: true }),
      {},
      /holds no kernel of patched/,
    ],
    [
      'a single build failure',
      { ...side(fixes, 'patched', { missing: true }), failures: [{ times: 1 }] },
      {},
      /does not compile/,
    ],
    [
      'a boot failure where base did not boot either',
      { ...side(fixes, 'base', { release: null }), failures: [{ stage: 'boot' }] },
      {},
      /does not compile/,
    ],
    [
      'a kernel that booted once and then not',
      { ...fixes, failures: [{ stage: 'boot' }] },
      {},
      /does not compile/,
    ],
    ['no test at all', { sides: { base: {}, patched: {} } }, {}, /Not one test ran/],
    [
      'only skipped tests',
      {
        sides: {
          base: { tests: { [p]: { a: 'skip' } } },
          patched: { tests: { [p]: { a: 'skip' } } },
        },
      },
      {},
      /Not one test ran/,
    ],
    [
      'both sides failing',
      {
        sides: {
          base: { tests: { [p]: { a: 'fail' } } },
          patched: { tests: { [p]: { a: 'fail' } } },
        },
      },
      {},
      /Both sides fail/,
    ],
    [
      'a control that fails on both sides',
      {
        ...side(
          side(fixes, 'base', { tests: { [p]: { race: 'fail', control: 'fail' } } }),
          'patched',
          { tests: { [p]: { race: 'fail', control: 'fail' } } },
        ),
        expectations: [race, control],
      },
      {},
      /controls hold: t:prog\/control fails with and without/,
    ],
    [
      'logs that cannot be trusted on either side',
      {
        sides: {
          base: { tests: { [p]: { a: 'pass', '': 'error' } } },
          patched: { tests: { [p]: { a: 'pass', '': 'error' } } },
        },
      },
      {},
      /log of t:prog cannot be trusted/,
    ],
    [
      'an expectation of tests that are not there',
      { ...fixes, expectations: [{ ...race, match: 't:prog/nothing' }] },
      {},
      /no test matches/,
    ],
    [
      'a proof that says nothing of this series',
      { ...fixes, expectations: [{ ...race, series: ['6.1'] }] },
      {},
      /No expectation of the proof applies/,
    ],
  ];
  it.each(cases)('%s', (_what, spec, change, reason) => {
    const [overall, told] = word(spec, change);
    expect(overall).toBe('no verdict');
    expect(told).toMatch(reason);
  });

  it('outweighs what else was seen: broken tests of an interrupted run are no verdict', () => {
    const spec = side(fixes, 'patched', { tests: { [p]: { race: 'fail', control: 'fail' } } });
    expect(word(spec)[0]).toBe('not proved');
    expect(word(spec, { interrupted: true })[0]).toBe('no verdict');
  });

  it('blames the patch for nothing that the host lost', () => {
    const spec = side(fixes, 'patched', { end: 'vm-lost', exit: null });
    const verdict = verdictOf(spec);
    expect(verdict.tests.map((it) => it.change)).toEqual([
      { patched: 'not run' },
      { patched: 'not run' },
    ]);
    expect(verdict.candidates['patched']?.reasons).toHaveLength(1);
  });

  it('names failures of cells that were never planned', () => {
    const failed = record({
      ...fixes,
      failures: [
        { cell: '6.1/lean', variant: 'base', stage: 'source', message: 'No such kernel.' },
      ],
    });
    expect(judge(failed, { strict: false }).candidates['patched']?.reasons).toContain(
      '6.1/lean: No such kernel.',
    );
    expect(judge(failed, { strict: false }).overall).toBe('no verdict');
  });
});
describe('several candidates', () => {
  const two: RunSpec = {
    sides: {
      ...fixes.sides,
      v2: { tests: { [p]: { race: 'pass', control: 'fail' } } },
    },
  };

  it('are ranked, and the best word is the overall one', () => {
    const verdict = verdictOf(two);
    expect(verdict.overall).toBe('proved');
    expect(verdict.candidates['v2']?.overall).toBe('not proved');
    expect(rankCandidates(verdict)).toEqual([
      { name: 'patched', fixed: 1, broken: 0 },
      { name: 'v2', fixed: 1, broken: 1 },
    ]);
  });

  it('do not suffer from one that does not apply', () => {
    const failures = [
      { variant: 'v2', stage: 'patch' as const, message: 'The patch does not apply.' },
    ];
    const verdict = verdictOf({ ...side(two, 'v2', { missing: true }), failures });
    expect(verdict.candidates['patched']?.overall).toBe('proved');
    expect(verdict.candidates['v2']?.overall).toBe('no verdict');
    expect(verdict.tests[0]?.change).toEqual({ patched: 'fixed' });
  });

  it('are not all refuted while one is open', () => {
    const failures = [{ variant: 'v2', stage: 'patch' as const, message: 'x' }];
    const spec = side(side(two, 'v2', { missing: true }), 'patched', {
      tests: { [p]: { race: 'fail', control: 'fail' } },
    });
    expect(verdictOf({ ...spec, failures }).overall).toBe('no verdict');
  });
});

it.each([
  ['proved', false, 0],
  ['not proved', false, 1],
  ['no verdict', false, 69],
  ['proved', true, 130],
] as const)('%s (interrupted: %s) exits with %i', (overall, interrupted, code) => {
  expect(
    exitCodeOf({ version: 1, overall, candidates: {}, tests: [], drops: [] }, interrupted),
  ).toBe(code);
});
