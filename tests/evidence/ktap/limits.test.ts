// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import {
  HEAD_LINES,
  MAX_LOG_LINE,
  TAIL_LINES,
  TestLog,
} from '../../../runner/evidence/ktap/log.ts';
import { MAX_PER_CODE } from '../../../runner/evidence/ktap/problems.ts';
import { MAX_DEPTH, MAX_NOT_RUN, MAX_TESTS } from '../../../runner/evidence/ktap/tree.ts';
import { codes, read, readLines } from './helpers.ts';

const numbered = (n: number, make: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => make(i + 1)).join('\n') + '\n';

describe('limits', () => {
  it('a log keeps its first and last lines and counts the others', () => {
    const report = read(`1..1\n${numbered(1000, (i) => `# line ${String(i)}`)}ok 1 a\n`);
    const [test] = report.tests;
    expect(test?.diagnostics).toHaveLength(HEAD_LINES + TAIL_LINES);
    expect(test?.diagnosticsDropped).toBe(1000 - HEAD_LINES - TAIL_LINES);
    expect(test?.diagnostics[0]).toBe('line 1');
    expect(test?.diagnostics[HEAD_LINES]).toBe(`line ${String(1001 - TAIL_LINES)}`);
    expect(test?.diagnostics.at(-1)).toBe('line 1000');
  });

  it('a log that is handed on keeps the count of what it dropped', () => {
    const [from, to] = [new TestLog(), new TestLog()];
    for (let i = 0; i < 500; i += 1) from.add(String(i));
    to.add('first');
    to.absorb(from);
    const { diagnostics, diagnosticsDropped } = to.take();
    expect(diagnostics.length + diagnosticsDropped).toBe(501);
    expect(to.take()).toEqual({ diagnostics: [], diagnosticsDropped: 0 });
  });

  it('a long log line is cut visibly', () => {
    const line = readLines('1..1', 'x'.repeat(5000), 'ok 1 a').tests[0]?.diagnostics[0];
    expect(line).toBe(`${'x'.repeat(MAX_LOG_LINE)}…`);
  });

  it('a line beyond 64 K characters is cut, and said so', () => {
    const report = readLines('1..1', `ok 1 ${'a'.repeat(70_000)}`);
    expect(codes(report)).toEqual(['line-too-long']);
    expect(report.tests[0]?.name.length).toBe(1001);
  });

  it('nesting beyond the limit is refused, and never green', () => {
    const lines = Array.from({ length: MAX_DEPTH + 1 }, (_, i) => `${' '.repeat(i)}TAP version 13`);
    const report = readLines(...lines, 'ok 1 a');
    expect(codes(report)).toContain('too-deep');
    expect(report.ok).toBe(false);
  });

  it('tests beyond the limit are not listed, and never green', () => {
    const n = MAX_TESTS + 5;
    const report = read(`1..${String(n)}\n${numbered(n, (i) => `ok ${String(i)} a`)}`);
    expect(report.tests).toHaveLength(MAX_TESTS);
    expect(codes(report)).toEqual(['too-many-tests']);
    expect(report.ok).toBe(false);
  });

  it('a plan of a billion lists some tests as not run, and tells the number', () => {
    const report = readLines('1..999999999', 'ok 1 a');
    expect(report.counts.notRun).toBe(MAX_NOT_RUN);
    expect(report.problems[0]?.message).toContain('999999998');
  });

  it('problems of one code are counted beyond the limit, and every code stays', () => {
    const report = read(`1..1\n${numbered(200, () => '  ok 1 a')}Bail out!\nok 1 b\n`);
    expect(codes(report).filter((code) => code === 'level-not-opened')).toHaveLength(MAX_PER_CODE);
    expect(report.problems.at(-1)).toMatchObject({
      code: 'problems-dropped',
      message: '150 more of level-not-opened',
    });
    expect(codes(report)).toContain('bail-out');
  });
});
