// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { codes, fixture, outline, read, readLines } from './helpers.ts';

const readFixture = (name: string) => read(fixture(`${name}.log`));

describe('depth', () => {
  it('`# ` and two blanks are the same depth, and mix', () => {
    const report = readFixture('runner-of-a-runner');
    expect(outline(report.tests)).toEqual([
      'fail selftests: net: all.sh',
      'pass selftests: net: all.sh > selftests: net: one',
      'pass selftests: net: all.sh > selftests: net: one > leaf',
      'fail selftests: net: all.sh > selftests: net: two',
      'fail selftests: net: all.sh > selftests: net: two > middle',
      'fail selftests: net: all.sh > selftests: net: two > middle > deep',
    ]);
  });

  it('strips `# ` only from protocol', () => {
    const report = readLines('TAP version 13', '1..1', '# # sum = 3', '# x # ok 1 y', 'ok 1 a');
    expect(report.tests[0]?.diagnostics).toEqual(['sum = 3', 'x # ok 1 y']);
  });

  it('a result at a level that nothing opened is a log line and a note', () => {
    const report = readFixture('ok-lines-without-a-header');
    expect(report.counts).toMatchObject({ pass: 1, fail: 1 });
    expect(codes(report)).toEqual(['level-not-opened', 'level-not-opened']);
    expect(report.tests[0]?.diagnostics).toContain('# not ok 2 nor is this');
  });

  it('without any header there is no test', () => {
    expect(codes(readLines('ok 1 a', 'ok 2 b'))).toEqual([
      'level-not-opened',
      'level-not-opened',
      'no-results',
    ]);
  });

  it('a deeper level whose parent never ended is kept, under a crashed parent', () => {
    const report = readLines('TAP version 13', '1..1', '  1..1', '  ok 1 a', '  1..1', '  ok 1 b');
    expect(outline(report.tests)).toEqual([
      'crashed (test 1)',
      'pass (test 1) > a',
      'pass (test 1) > b',
    ]);
  });

  it('levels of a log whose beginning is lost are tests of the outermost level', () => {
    const report = readLines('    # Subtest: lost', '    1..1', '    ok 1 a', 'ok 1 lost');
    expect(outline(report.tests)).toEqual(['pass a']);
    expect(codes(report)).toEqual(['level-not-opened']);
    const shallower = readLines('  1..1', '  ok 1 a', '1..1', 'ok 1 b');
    expect(outline(shallower.tests)).toEqual(['pass a', 'pass b']);
  });
});

describe('runs after one another', () => {
  it('a second plan begins another run, also without a version line', () => {
    const report = readLines('1..1', 'ok 1 a', '1..2', 'ok 1 b', 'ok 2 c');
    expect(outline(report.tests)).toEqual(['pass a', 'pass b', 'pass c']);
    expect(codes(report)).toEqual(['second-header']);
  });

  it('the plans of two programs in one test add up, and one without a plan leaves it open', () => {
    expect(readFixture('two-programs-in-one-test').tests[0]?.planned).toBe(3);
    const open = readLines('1..1', '  1..1', '  ok 1 a', '  KTAP version 1', '  ok 1 b', 'ok 1 p');
    expect(open.tests[0]?.planned).toBeNull();
  });
});

describe('log text', () => {
  const report = readLines(
    'TAP version 13',
    '1..1',
    '# selftests: net: a',
    '# TAP version 13',
    '# 1..2',
    '# #  RUN           x.one ...',
    '# of the program',
    '# # of the test',
    '[    1.000001] of the kernel',
    '# ok 1 x.one',
    '# ok 2 x.two',
    '# # of the end',
    'beside the protocol',
    'ok 1 selftests: net: a',
  );

  it('belongs to the test at its depth, and to the test in flight where it has none', () => {
    expect(report.tests[0]?.children[0]?.diagnostics).toEqual(['of the test', 'of the kernel']);
  });

  it('behind the last subtest belongs to the parent', () => {
    expect(report.tests[0]?.diagnostics).toEqual([
      'of the program',
      'beside the protocol',
      'of the end',
    ]);
  });
});

describe('names and ids', () => {
  it('order is identity: wild ids are kept and mean nothing, equal names are told apart', () => {
    const report = readFixture('duplicate-names-and-wild-ids');
    expect(report.tests.map(({ id, name, path }) => [id, name, path])).toEqual([
      [7, 'same', 'same'],
      [7, 'same', 'same (2)'],
      [1, 'same', 'same (3)'],
      [0, 'other', 'other'],
    ]);
    expect(codes(report)).toEqual([]);
  });

  it('a name that looks like a told-apart one stays unique as well', () => {
    const report = readLines('1..4', 'ok 1 a', 'ok 2 a (2)', 'ok 3 a', 'ok 4 a');
    expect(report.tests.map((test) => test.path)).toEqual(['a', 'a (2)', 'a (3)', 'a (4)']);
  });

  it('a test without a name is called by its place, by its start, or by kselftest.h by its directive', () => {
    expect(readLines('1..2', 'ok 1', 'ok 2 # SKIP why').tests.map((test) => test.name)).toEqual([
      '(test 1)',
      'why',
    ]);
    expect(readFixture('harness-6.1-skip-without-name').tests[0]).toMatchObject({
      name: 'global.first',
      directive: 'no such syscall',
    });
  });

  it('a name that printk cut short is that of the test in flight', () => {
    expect(readFixture('printk-inside-result-lines').tests[1]?.name).toBe('net.second');
  });

  it('a harness test may print results of its own and is still in flight', () => {
    const report = readLines('1..2', '#  RUN           a.b ...', 'ok 1 detail', 'not ok 2 a.b');
    expect(outline(report.tests)).toEqual(['pass detail', 'fail a.b']);
    expect(codes(report)).toEqual([]);
  });

  it('a result under another name than it started with is noted', () => {
    const report = readLines('1..1', '# selftests: net: a', 'ok 1 selftests: net: b');
    expect(codes(report)).toEqual(['name-mismatch']);
    const harness = readLines('1..1', '#  RUN           a.b ...', '  1..1', '  ok 1 x', 'ok 1 c');
    expect(outline(harness.tests)).toEqual(['pass c', 'pass c > x']);
    expect(codes(harness)).toEqual(['name-mismatch']);
  });
});

describe('a stream that ends early', () => {
  it('names the harness test that was running', () => {
    const report = readFixture('harness-panic-in-mid-test');
    expect(report.counts).toMatchObject({ pass: 1, crashed: 1, notRun: 2 });
  });

  it('takes the next of the plan where no test announces itself', () => {
    expect(outline(readFixture('stream-ends-between-tests').tests).slice(2)).toEqual([
      'crashed (test 3)',
      'notRun (test 4)',
      'notRun (test 5)',
    ]);
  });

  it('calls nothing crashed when the program came to its own end', () => {
    expect(readFixture('stream-ends-after-totals').counts).toMatchObject({ crashed: 0, notRun: 2 });
  });

  it('a plan alone is one crash, and the rest not run', () => {
    const report = readLines('TAP version 13', '1..3');
    expect(report.counts).toMatchObject({ crashed: 1, notRun: 2 });
    expect(codes(report)).toContain('no-results');
  });

  it("a subtest takes its parent's timeout", () => {
    const tests = outline(readFixture('harness-under-runner-timeout').tests);
    expect(tests).toContain('timeout selftests: net: repair > repair.slow');
  });

  it('a program that died leaves its rest not run', () => {
    const report = readFixture('runner-program-died');
    expect(report.counts).toMatchObject({ pass: 2, fail: 1, crashed: 0, notRun: 2 });
    expect(report.tests[0]).toMatchObject({ planned: 4, directive: 'exit=139' });
  });
});

describe('never greener than the log', () => {
  it.each([
    ['bail-out', 'bail-out'],
    ['bail-out-in-a-subtest', 'bail-out'],
    ['stream-ends-after-totals', 'plan-unfulfilled'],
    ['harness-failure-swallowed', 'failure-lost'],
    ['totals-know-a-lost-failure', 'failure-lost'],
    ['result-without-number', 'failure-unreadable'],
    ['all-skipped', 'no-results'],
    ['no-results-at-all', 'no-results'],
  ])('%s: %s', (name, code) => {
    const report = readFixture(name);
    expect(report.ok).toBe(false);
    expect(codes(report)).toContain(code);
  });

  it.each([
    ['bail-out alone', ['TAP version 13', 'ok 1 a', 'Bail out! x']],
    ['bail-out in the log of a test', ['1..1', '# Bail out! x', 'ok 1 a']],
    ['only skips', ['1..1', 'ok 1 a # SKIP']],
    ['only expected failures', ['1..1', 'not ok 1 a # XFAIL']],
    ['nothing but an empty plan', ['1..0']],
    ['an unfulfilled plan below a pass', ['1..1', '  1..2', '  ok 1 a', 'ok 1 b']],
    [
      'an unfulfilled plan before another run',
      ['1..2', 'ok 1 a', 'TAP version 13', '1..1', 'ok 1 b'],
    ],
  ])('%s', (_, lines) => {
    expect(readLines(...lines).ok).toBe(false);
  });

  it.each([
    ['plan-exceeded', 'plan-exceeded'],
    ['plan-missing', 'no-plan'],
    ['plan-cut-by-exit-skip', 'plan-cut-by-skip'],
    ['totals-mismatch', 'totals-mismatch'],
    ['unknown-versions', 'unknown-version'],
    ['no-newline-at-the-end', 'unterminated-line'],
  ])('%s is noted (%s), and green', (name, code) => {
    const report = readFixture(name);
    expect(codes(report)).toContain(code);
    expect(report.ok).toBe(true);
  });

  it('a passing parent with a failing child is noted, and red for the child', () => {
    const report = readFixture('passing-parent-hides-failure');
    expect(codes(report)).toEqual(['parent-hides-failure']);
    expect(report).toMatchObject({ ok: false, counts: { pass: 1, fail: 1 } });
  });

  it('so is each parent above it', () => {
    const report = readLines('1..1', '  1..1', '    1..1', '    not ok 1 c', '  ok 1 b', 'ok 1 a');
    expect(codes(report)).toEqual(['no-pass', 'parent-hides-failure', 'parent-hides-failure']);
  });
});
