// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import type { Boot, RunRecord, Splat } from '../../runner/evidence/model.ts';
import type { DropExpectation, TestExpectation } from '../../runner/proof/model.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import { judge } from '../../runner/verdict/judge.ts';
import type { Overall, Verdict } from '../../runner/verdict/model.ts';
import { rankCandidates } from '../../runner/verdict/rank.ts';
import { hash, record } from './records.ts';
import type { RunSpec, SideSpec } from './records.ts';

const p = 't:prog';
const fixes: RunSpec = {
  sides: {
    base: { tests: { [p]: { race: 'fail', control: 'pass' } } },
    patched: { tests: { [p]: { race: 'pass', control: 'pass' } } },
  },
};
const race: TestExpectation = {
  kind: 'tests',
  match: 't:prog/race*',
  base: 'fail',
  candidate: 'pass',
  text: 'The race is gone',
};
const control: TestExpectation = {
  kind: 'tests',
  match: 't:prog/control*',
  base: 'pass',
  candidate: 'pass',
  text: 'The controls hold',
};

function verdictOf(spec: RunSpec, change: Partial<RunRecord> = {}, strict = false): Verdict {
  return judge({ ...record(spec), ...change }, { strict });
}

function side(spec: RunSpec, name: string, change: SideSpec): RunSpec {
  return { ...spec, sides: { ...spec.sides, [name]: { ...spec.sides[name], ...change } } };
}

function word(spec: RunSpec, change: Partial<RunRecord> = {}): [Overall, string] {
  const verdict = verdictOf(spec, change);
  return [verdict.overall, verdict.candidates['patched']?.reasons[0] ?? ''];
}

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

describe('not proved', () => {
  it('when only the candidate does not compile, twice, with the compiler line', () => {
    const spec = { ...side(fixes, 'patched', { missing: true }), failures: [{}] };
    expect(word(spec)).toEqual([
      'not proved',
      "6.12, lean: The kernel does not compile. net/ipv4/tcp.c:12:3: error: 'x' undeclared",
    ]);
  });

  it('when only the candidate panics at boot, twice, with the panic', () => {
    const spec = {
      ...side(fixes, 'patched', { tests: {}, release: null, end: 'panic' }),
      failures: [
        {
          stage: 'boot' as const,
          message: 'The kernel does not boot',
          evidence: ['[    1.0] Kernel panic - not syncing: no init', 'CPU: 0'],
        },
      ],
    };
    expect(word(spec)).toEqual([
      'not proved',
      '6.12, lean: The kernel does not boot. [    1.0] Kernel panic - not syncing: no init',
    ]);
  });

  it('when the built kernel is the same, unless the patch is outside the kernel', () => {
    const noop = side(side(fixes, 'base', { image: 'same' }), 'patched', {
      image: 'same',
      tests: {},
    });
    expect(word(noop)).toEqual([
      'not proved',
      expect.stringMatching(/the built kernel is the same/),
    ]);
    const tests = side(side(fixes, 'base', { image: 'same' }), 'patched', { image: 'same' });
    expect(
      word({ ...tests, files: ['tools/testing/selftests/net/a.c', 'Documentation/b.rst'] })[0],
    ).toBe('proved');
    expect(
      word({ ...tests, files: ['tools/testing/selftests/net/a.c', 'net/core/dev.c'] })[0],
    ).toBe('not proved');
  });

  it('when the guest died and took tests with it', () => {
    const spec = side(fixes, 'patched', {
      tests: { [p]: { race: 'crashed' } },
      end: 'panic',
      exit: null,
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('not proved');
    expect(verdict.tests.map((it) => it.outcomes['patched'])).toEqual([
      'crashed',
      'notRun',
      'fail',
    ]);
    expect(verdict.tests.map((it) => it.change['patched'])).toEqual(['worse', 'broken', 'broken']);
  });

  it('when the guest died before a program could begin', () => {
    const tests = { [p]: { race: 'pass', control: 'pass' }, 't:late': { a: 'pass' } } as const;
    const spec = side(side(fixes, 'base', { tests }), 'patched', {
      tests: { [p]: { race: 'crashed' } },
      end: 'panic',
      exit: null,
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('not proved');
    expect(verdict.tests.find((it) => it.name === 't:late/a')).toMatchObject({
      name: 't:late/a',
      outcomes: { base: 'pass', patched: 'notRun' },
      change: { patched: 'broken' },
    });
  });

  it("when a program's own result is bad on the candidate alone", () => {
    const spec = side(fixes, 'patched', {
      tests: { [p]: { race: 'pass', control: 'pass', '': 'error' } },
    });
    expect(word(spec)).toEqual(['not proved', 'The patch breaks t:prog (broken).']);
  });

  it('when a program hides behind its own pass', () => {
    const spec: RunSpec = {
      sides: {
        base: { tests: { [p]: { a: 'skip', '': 'error' } } },
        patched: { tests: { [p]: { a: 'skip' } } },
      },
    };
    expect(word(spec)[0]).not.toBe('proved');
  });
});

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
    ['base', { race: 'pass', control: 'pass' }, 'pass on base where fail is wanted'],
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

describe('known harm', () => {
  const broken = {
    ...side(fixes, 'patched', { tests: { [p]: { race: 'pass', control: 'fail' } } }),
    expectations: [race, control],
    knownHarm: [{ patch: hash, match: 't:prog/control', reason: 'by design' }],
  };

  it('of this patch is listed and accepted', () => {
    const verdict = verdictOf(broken);
    expect(verdict.overall).toBe('proved');
    expect(verdict.candidates['patched']?.knownHarm).toEqual([
      { test: 't:prog/control', reason: 'by design' },
    ]);
    expect(verdict.candidates['patched']?.reasons[0]).toMatch(/1 test broken as known harm/);
  });

  it('counts as broken under --strict', () => {
    const verdict = verdictOf(broken, {}, true);
    expect(verdict.overall).toBe('not proved');
    expect(verdict.candidates['patched']?.knownHarm).toHaveLength(1);
  });

  it('counts as broken under --strict where no expectation speaks of it', () => {
    const verdict = verdictOf({ ...broken, expectations: [race] }, {}, true);
    expect(verdict.candidates['patched']?.reasons).toEqual([
      'The patch breaks t:prog/control (broken).',
    ]);
  });

  it('of another patch excuses nothing', () => {
    const other = { ...broken, knownHarm: [{ patch: 'c'.repeat(64), match: '*', reason: 'x' }] };
    expect(verdictOf(other).overall).toBe('not proved');
  });
});

describe('a guest that dies without a word', () => {
  const withDeath = (end: string, boots: 'one' | 'all'): RunRecord => {
    const run = record(fixes);
    const own = run.boots.find((it) => it.variant === 'patched') as Boot;
    const died: Boot = { ...own, end: { kind: end, detail: '' } };
    const next: Boot = { ...(boots === 'all' ? died : own), boot: own.boot + 1 };
    return { ...run, boots: [...run.boots.filter((it) => it !== own), died, next] };
  };

  it('by a reset is broken, though the second VM passes every test', () => {
    const verdict = judge(withDeath('panic', 'one'), { strict: false });
    expect(verdict.overall).toBe('not proved');
    expect(verdict.tests.at(-1)).toMatchObject({ change: { patched: 'broken' } });
  });

  it('by a hang is broken when it comes again, and else what a slow host can cause', () => {
    const always = judge(withDeath('timeout', 'all'), { strict: false });
    expect(always.overall).toBe('not proved');
    const once = judge(withDeath('timeout', 'one'), { strict: false });
    expect(once.tests.at(-1)).toMatchObject({ change: { patched: 'flaky' } });
  });
});

describe('splats', () => {
  it('that a starved host can cause prove nothing when a second boot lacks them', () => {
    const stall: Splat = { kind: 'rcu-stall', title: 'rcu: stall', lines: [], test: null };
    const run = record(side(fixes, 'patched', { splats: [stall] }));
    const own = run.boots.find((it) => it.variant === 'patched') as Boot;
    const two = { ...run, boots: [...run.boots, { ...own, boot: own.boot + 1, splats: [] }] };
    expect(judge(run, { strict: false }).overall).toBe('not proved');
    expect(judge(two, { strict: false }).tests.at(-1)?.change['patched']).toBe('flaky');
  });

  const warn = (at: number) => ({
    kind: 'warning',
    title: `WARNING: CPU: ${at} PID: 1${at} at net/core/dev.c:${at} dev_x+0x${at}/0x20`,
    lines: [],
    test: p,
  });
  it.each([
    ['patched', 'broken', 'not proved'],
    ['base', 'fixed', 'proved'],
  ] as const)('on %s alone: %s', (variant, change, overall) => {
    const verdict = verdictOf(side(fixes, variant, { splats: [warn(1)] }));
    expect(verdict.overall).toBe(overall);
    expect(verdict.tests.at(-1)).toMatchObject({
      name: 'console:t:prog/WARNING: CPU: 1 PID: 11 at net/core/dev.c:1 dev_x+0x1/0x20',
      change: { patched: change },
    });
  });

  it('on both sides, at other lines of the same function, still fail', () => {
    const spec = side(side(fixes, 'base', { splats: [warn(1)] }), 'patched', {
      splats: [{ ...warn(7), test: null }],
    });
    const verdict = verdictOf(spec);
    expect(verdict.overall).toBe('proved');
    expect(verdict.tests.at(-1)?.change).toEqual({ patched: 'still failing' });
  });

  it('are excused until their entry expires', () => {
    const run = record(side(fixes, 'patched', { splats: [warn(1)] }));
    const entry = { kind: 'warning', title: '*dev_x*', reason: 'known', expires: '2026-11-24' };
    expect(judge(run, { strict: false, allow: [entry] }).overall).toBe('proved');
    expect(
      judge(run, { strict: false, allow: [{ ...entry, expires: '2026-11-23' }] }).overall,
    ).toBe('not proved');
    expect(judge(run, { strict: false, allow: [{ ...entry, kind: 'bug' }] }).overall).toBe(
      'not proved',
    );
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
      'not proved',
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
