// SPDX-License-Identifier: MIT
import { readdirSync } from 'node:fs';
import { parse } from 'junit2json';
import { describe, expect, it } from 'vitest';
import { withProblems, type KtapReport } from '../../runner/evidence/ktap/index.ts';
import { ktapJunit } from '../../runner/report/ktap-junit.ts';
import { fixture, read, readLines } from '../evidence/ktap/helpers.ts';

const importedOf = async (report: KtapReport) => {
  const found = await parse(ktapJunit(report, 'a.log'));
  if (found === null || found === undefined || !('testsuite' in found))
    throw new Error('not taken for JUnit');
  return found;
};
const casesOf = async (report: KtapReport) =>
  ((await importedOf(report)).testsuite ?? []).flatMap((it) => it.testcase ?? []);

describe('every log of the fixtures', () => {
  const folder = new URL('../fixtures/ktap/', import.meta.url);
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));

  it.each(logs)(
    '%s: an importer counts what the reader counted, and is red where it is',
    async (log) => {
      const report = read(fixture(log));
      const found = await importedOf(report);
      const cases = (found.testsuite ?? []).flatMap((it) => it.testcase ?? []);
      const { counts } = report;
      const counted = Object.values(counts).reduce((sum, it) => sum + it, 0);
      expect(cases).toHaveLength(1 + counted);
      expect(new Set(cases.map((it) => `${it.classname} ${it.name}`)).size).toBe(1 + counted);
      const whole = cases[0]?.error === undefined;
      expect(found.failures).toBe(counts.fail);
      expect(found.errors).toBe(
        counts.timeout + counts.error + counts.crashed + counts.notRun + Number(!whole),
      );
      expect(cases.filter((it) => it.skipped !== undefined)).toHaveLength(
        counts.skip + counts.xfail,
      );
      expect((found.failures ?? 0) + (found.errors ?? 0) > 0).toBe(!report.ok);
    },
  );
});

it('names a test by its whole path, in the suite of its program', async () => {
  const report = readLines(
    'TAP version 13',
    '1..2',
    '# TAP version 13',
    '# 1..2',
    '# ok 1 connect',
    '# # got 3',
    '# not ok 2 close <now> & "then"',
    'not ok 1 selftests: net: a.sh # exit=1',
    'ok 2 selftests: net: b.sh # SKIP no tc',
  );
  const [, first, second] = (await importedOf(report)).testsuite ?? [];
  expect(first?.name).toBe('selftests: net: a.sh');
  expect(first?.testcase).toMatchObject([
    { name: 'selftests: net: a.sh > connect', classname: 'ktap.selftests: net: a_sh' },
    {
      name: 'selftests: net: a.sh > close <now> & "then"',
      failure: [{ message: 'failed', inner: 'got 3' }],
    },
  ]);
  expect(second?.testcase).toMatchObject([{ skipped: [{ message: 'skipped: no tc' }] }]);
});

it('a splat is an error of the log when it counts, and nothing when not', async () => {
  const green = readLines('1..1', 'ok 1 a');
  const splat = { line: 7, code: 'splat' as const, message: 'BUG: KASAN: a' };
  expect((await casesOf(withProblems(green, [splat])))[0]?.error).toBeUndefined();
  expect((await casesOf(withProblems(green, [splat], true)))[0]?.error).toMatchObject([
    { message: 'BUG: KASAN: a', inner: 'line 7: BUG: KASAN: a' },
  ]);
});
