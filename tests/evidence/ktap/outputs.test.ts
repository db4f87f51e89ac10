// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../../runner/evidence/ktap/crosscheck.ts';
import {
  countedTests,
  OUTCOMES,
  printTree,
  summaryText,
  toJson,
  toTap14,
  withProblems,
} from '../../../runner/evidence/ktap/index.ts';
import type { KtapReport } from '../../../runner/evidence/ktap/index.ts';
import type { ProblemCode } from '../../../runner/evidence/ktap/model.ts';
import { isOk } from '../../../runner/evidence/ktap/summary.ts';
import { fixture, read, readLines } from './helpers.ts';

const mixed = readLines(
  'KTAP version 1',
  '1..3',
  '  KTAP version 1',
  '  1..3',
  '  ok 1 # in a name',
  '  ok 2 slow # SKIP #2 is slow',
  '  not ok 3 late # TIMEOUT 45 seconds',
  'not ok 1 parent {',
  'not ok 2 known # XFAIL bug',
  '# why',
  'not ok 3 back\\slash # exit=1',
);

describe('toTap14', () => {
  it('writes subtests, escapes, TODO for expected failures, and what TAP cannot say as YAML', () => {
    expect(toTap14(mixed).split('\n')).toEqual([
      'TAP version 14',
      '1..3',
      '# Subtest: parent \\{',
      '    1..3',
      '    ok 1 - \\# in a name',
      '    ok 2 - slow # SKIP \\#2 is slow',
      '    not ok 3 - late',
      '      ---',
      '      outcome: timeout',
      '      reason: "45 seconds"',
      '      ...',
      'not ok 1 - parent \\{',
      '  ---',
      '  outcome: fail',
      '  ...',
      'not ok 2 - known # TODO XFAIL bug',
      'not ok 3 - back\\\\slash',
      '  ---',
      '  outcome: fail',
      '  reason: "exit=1"',
      '  ...',
      '',
    ]);
  });

  it('makes a parent fail that hides a failure', () => {
    const tap = toTap14(read(fixture('passing-parent-hides-failure.log')));
    expect(tap).toContain('\nnot ok 1 - parent\n  ---\n  outcome: pass\n');
  });

  it('bails out where no test line says that the report is not ok', () => {
    expect(toTap14(readLines('1..1', 'ok 1 a # SKIP'))).toMatch(/\nBail out! no test passed\n$/);
    expect(toTap14(read(''))).toBe('TAP version 14\nBail out! no test result in this log\n');
  });
});

describe('crossCheck', () => {
  it('is silent while both readers agree', () => {
    expect(crossCheck(mixed)).toEqual([]);
    expect(crossCheck(read(fixture('parent-fails-on-its-own.log')))).toEqual([]);
  });

  it('tells a difference in each count and in the verdict', () => {
    const green = readLines('1..2', 'ok 1 a', 'ok 2 b # SKIP');
    expect(crossCheck(mixed, toTap14(green)).map((problem) => problem.message)).toEqual([
      'fail: 2 here, 0 in TAP',
      'todo: 1 here, 0 in TAP',
      'verdict: not ok here, ok in TAP',
    ]);
    const wrong = { ...green, counts: { ...green.counts, pass: 2, skip: 0 } };
    expect(crossCheck(wrong).map((problem) => problem.code)).toEqual([
      'tap-disagrees',
      'tap-disagrees',
    ]);
    expect(crossCheck({ ...mixed, ok: true })).toHaveLength(1);
  });
});

describe('counting', () => {
  it('a failing parent counts only where nothing below it failed', () => {
    const own = read(fixture('parent-fails-on-its-own.log'));
    expect(countedTests(own.tests).map((test) => test.path)).toEqual(['parent > good', 'parent']);
    expect(countedTests(mixed.tests).map((test) => test.name)).toEqual([
      '# in a name',
      'slow',
      'late',
      'known',
      'back\\slash',
    ]);
  });
});

describe('isOk', () => {
  const none = { ...read('').counts };

  it.each<[string, boolean, Partial<KtapReport['counts']>]>([
    ['a pass', true, { pass: 1 }],
    ['a pass beside what neither helps nor harms', true, { pass: 1, skip: 1, xfail: 1, xpass: 1 }],
    ['nothing', false, {}],
    ['only skips', false, { skip: 2 }],
    ['a failure', false, { pass: 1, fail: 1 }],
    ['a timeout', false, { pass: 1, timeout: 1 }],
    ['an error', false, { pass: 1, error: 1 }],
    ['a crash', false, { pass: 1, crashed: 1 }],
    ['a test that did not run', false, { pass: 1, notRun: 1 }],
  ])('%s: %s', (_, ok, counts) => {
    expect(isOk({ ...none, ...counts }, [])).toBe(ok);
  });

  it.each<[ProblemCode, boolean]>([
    ['plan-unfulfilled', false],
    ['bail-out', false],
    ['failure-lost', false],
    ['no-plan', true],
    ['line-cut', true],
  ])('a pass beside %s: %s', (code, ok) => {
    expect(isOk({ ...none, pass: 1 }, [{ line: 1, code, message: '' }])).toBe(ok);
  });
});

describe('toJson', () => {
  it('is the contract: version, ok, counts of every outcome, tests, problems', () => {
    const json = toJson(mixed);
    expect(Object.keys(json)).toEqual(['version', 'ok', 'counts', 'tests', 'problems']);
    expect(Object.keys(json.counts)).toEqual([...OUTCOMES]);
    expect(json).toMatchObject({ version: 1, ok: false, counts: { pass: 1, skip: 1, timeout: 1 } });
    expect(Object.keys(json.tests[0] ?? {}).toSorted()).toEqual([
      'children',
      'diagnostics',
      'diagnosticsDropped',
      'directive',
      'id',
      'line',
      'name',
      'outcome',
      'path',
      'planned',
    ]);
  });
});

describe('withProblems', () => {
  const splat = { line: 3, code: 'splat' as const, message: 'WARNING: at net/core/dev.c:1' };

  it('lists what another reader found, by line, and lets it decide only when strict', () => {
    const green = readLines('', '', '', '', '1..1', 'ok 1 a', 'ok 2 b');
    expect(green.problems.map(({ line }) => line)).toEqual([5]);
    const listed = withProblems(green, [splat]);
    expect(listed).toMatchObject({ ok: true, problems: [splat, { line: 5 }] });
    expect(toJson(listed)).toMatchObject({ ok: true, problems: [splat, { line: 5 }] });
    expect(printTree(listed)).toContain('note line 3: WARNING: at net/core/dev.c:1 [splat]');
    expect(withProblems(green, [], true).ok).toBe(true);
    const strict = withProblems(green, [splat], true);
    expect(strict.ok).toBe(false);
    expect(printTree(strict)).toContain('problem line 3: WARNING: at net/core/dev.c:1 [splat]');
    expect(toTap14(strict)).toMatch(/\nBail out! WARNING: at net\/core\/dev.c:1\n$/);
  });

  it('what always blocks blocks without strict, too', () => {
    const green = readLines('1..1', 'ok 1 a');
    const tap = { line: 0, code: 'tap-disagrees' as const, message: 'pass: 1 here, 0 in TAP' };
    expect(withProblems(green, [tap]).ok).toBe(false);
  });
});

describe('printTree', () => {
  it('shows the tree, the log of what failed, problems and one summary line', () => {
    expect(printTree(mixed)).toBe(
      [
        'FAIL    parent {',
        '  pass    # in a name',
        '  skip    slow  (#2 is slow)',
        '  TIMEOUT late  (45 seconds)',
        'xfail   known  (bug)',
        'FAIL    back\\slash  (exit=1)',
        '  | why',
        'not ok: 1 pass, 1 fail, 1 skip, 1 xfail, 1 timeout',
        '',
      ].join('\n'),
    );
  });

  it('shows the last lines of a long log', () => {
    const log = Array.from({ length: 30 }, (_, i) => `# line ${String(i)}`);
    const text = printTree(readLines('1..1', ...log, 'not ok 1 a'));
    expect(text).toContain('  | ... 20 lines before\n  | line 20\n');
  });

  it('leaves colour to the caller', () => {
    const text = printTree(readLines('1..2', 'ok 1 a'), (part, role) => `<${role}>${part}</>`);
    expect(text).toContain('<pass>pass   </> a');
    expect(text).toContain('<problem>problem</> line 2');
    expect(text).toContain('<not-ok>not ok</>: 1 pass, 1 crashed');
  });

  it('says so where there is nothing', () => {
    expect(summaryText(read('').counts)).toBe('no tests');
  });
});
