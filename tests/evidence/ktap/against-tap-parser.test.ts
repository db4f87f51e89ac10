// SPDX-License-Identifier: MIT
import { Parser } from 'tap-parser';
import type { FinalResults } from 'tap-parser';
import { describe, expect, it } from 'vitest';
import { fixture, outline, read, readLines } from './helpers.ts';

// Why there is a reader of our own: what tap-parser alone makes of real logs, beside what they say.

function tapAlone(log: string): FinalResults {
  let results: FinalResults | undefined;
  new Parser((final) => {
    results = final;
  }).end(log);
  if (results === undefined) throw new Error('tap-parser did not complete');
  return results;
}

function text(name: string): string {
  return new TextDecoder().decode(fixture(name));
}

describe('where TAP alone is not enough', () => {
  it('a prefix on every line: a false green against the failure in it', () => {
    const log = text('kunit-timestamps-levels-callers.log');
    expect(tapAlone(log)).toMatchObject({ ok: true, count: 0 });
    expect(read(log)).toMatchObject({ ok: false, counts: { pass: 1, fail: 1 } });
  });

  it('subtests behind `# `: lost against listed', () => {
    const log = text('runner-6.1-timeout-and-exit.log');
    expect(tapAlone(log).count).toBe(4);
    expect(read(log).counts).toMatchObject({ pass: 2, fail: 1, timeout: 1, skip: 1 });
  });

  it('subtests in two blanks: lost against listed', () => {
    expect(tapAlone(text('spec-three-levels.log')).count).toBe(2);
    expect(outline(read(text('spec-three-levels.log')).tests)).toEqual([
      'fail pipe',
      'fail pipe > write',
      'fail pipe > write > short write',
      'pass pipe > write > long write',
      'skip pipe > read',
      'pass fifo',
    ]);
  });

  it('XFAIL: a failure against an expected one', () => {
    const log = 'TAP version 13\n1..2\nok 1 a\nnot ok 2 b # XFAIL x\n';
    expect(tapAlone(log).ok).toBe(false);
    const report = read(log);
    expect(report.ok).toBe(true);
    expect(report.tests[1]).toMatchObject({ name: 'b', outcome: 'xfail', directive: 'x' });
  });

  it('TIMEOUT and exit=: part of the name against a directive', () => {
    const log = 'TAP version 13\n1..2\nnot ok 1 a # TIMEOUT 45 seconds\nnot ok 2 b # exit=1\n';
    expect(tapAlone(log).failures[0]).toMatchObject({ name: 'a # TIMEOUT 45 seconds' });
    expect(read(log).tests).toMatchObject([
      { name: 'a', outcome: 'timeout', directive: '45 seconds' },
      { name: 'b', outcome: 'fail', directive: 'exit=1' },
    ]);
  });

  it('not ok # SKIP: a failure counted against a skip', () => {
    const log = 'TAP version 13\n1..2\nok 1 a\nnot ok 2 b # SKIP\n';
    expect(tapAlone(log).fail).toBe(1);
    expect(read(log)).toMatchObject({ ok: true, counts: { pass: 1, fail: 0, skip: 1 } });
  });

  it('two numbers and ids that restart: a protocol error against three names', () => {
    const log = text('runner-two-numbers.log');
    expect(tapAlone(log).ok).toBe(false);
    expect(read(log).tests).toMatchObject([
      { name: 'selftests: net: a.sh', id: 1 },
      { name: 'selftests: net: b.sh', id: 2 },
      { name: '64 byte packets', id: 3 },
    ]);
  });

  it('printk text in a result line: part of the name against a log line', () => {
    const log = 'TAP version 13\n1..1\nok 1 a[   12.345678] br0: port 1 entered blocking state\n';
    const parser = new Parser({ passes: true }, () => undefined);
    const names: string[] = [];
    parser.on('assert', (result: { name: string }) => names.push(result.name));
    parser.end(log);
    expect(names[0]).toContain('br0');
    expect(read(log).tests[0]).toMatchObject({ name: 'a', outcome: 'pass' });
  });

  it('a panic: a wrong number against the test that was running', () => {
    const report = read(text('harness-panic-in-mid-test.log'));
    expect(tapAlone(text('harness-panic-in-mid-test.log')).failures).toMatchObject([
      { tapError: 'incorrect number of tests' },
    ]);
    expect(outline(report.tests)).toContain('crashed repair.v4.race');
    expect(report.tests[1]?.diagnostics.join('\n')).toContain('NULL pointer dereference');
  });

  it('two targets in one log: errors against three tests', () => {
    const log = text('runner-two-targets-in-one-log.log').replace('not ok 1', 'ok 1');
    expect(tapAlone(log).ok).toBe(false);
    expect(read(log)).toMatchObject({ ok: true, counts: { pass: 3 } });
  });

  it('no plan: a failure against a note', () => {
    const log = text('plan-missing.log').replace('KTAP version 1', 'TAP version 13');
    expect(tapAlone(log).failures).toMatchObject([{ tapError: 'no plan' }]);
    expect(read(log)).toMatchObject({ ok: true, problems: [{ code: 'no-plan' }] });
  });

  it('nothing at all is an error', () => {
    expect(readLines('').ok).toBe(false);
    expect(read('')).toMatchObject({ ok: false, problems: [{ code: 'no-results' }] });
  });
});
