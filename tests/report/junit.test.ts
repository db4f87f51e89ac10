// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { parse } from 'junit2json';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../runner/evidence/model.ts';
import { junit } from '../../runner/report/junit.ts';
import { record } from '../verdict/records.ts';
import { rich } from './rich.ts';
import { hostile, interrupted, proved, verdictOf } from './sample.ts';

const importedOf = async (run: RunRecord) => {
  const read = await parse(junit.render(run, verdictOf(run)));
  if (read === null || read === undefined || !('testsuite' in read))
    throw new Error('not taken for JUnit');
  return read;
};
const casesOf = async (run: RunRecord) =>
  ((await importedOf(run)).testsuite ?? []).flatMap((it) => it.testcase ?? []);

describe.each([
  ['proved', proved],
  ['rich', rich],
  ['interrupted', interrupted],
  ['hostile', hostile],
] as [string, RunRecord][])('%s', (_name, run) => {
  it('an importer finds every test once, and the totals of each suite agree with its cases', async () => {
    const read = await importedOf(run);
    const verdict = verdictOf(run);
    const suites = read.testsuite ?? [];
    const all = suites.flatMap((it) => it.testcase ?? []);
    const expected =
      verdict.tests.flatMap((it) => Object.keys(it.change)).length +
      Object.values(verdict.candidates).flatMap((it) => [it, ...it.expectations]).length;
    expect(all).toHaveLength(expected);
    // GitLab tells cases apart by these two, and keeps one of those that are alike.
    expect(new Set(all.map((it) => `${it.classname} ${it.name}`)).size).toBe(expected);
    const count = (kind: 'failure' | 'error' | 'skipped', cases: typeof all): number =>
      cases.filter((it) => it[kind] !== undefined).length;
    for (const { counted, cases } of [
      { counted: read, cases: all },
      ...suites.map((it) => ({ counted: it, cases: it.testcase ?? [] })),
    ]) {
      expect(counted.tests).toBe(cases.length);
      expect(counted.failures).toBe(count('failure', cases));
      expect(counted.errors).toBe(count('error', cases));
    }
    const red = (read.failures ?? 0) + (read.errors ?? 0) > 0;
    expect(red).toBe(Object.values(verdict.candidates).some((it) => it.overall !== 'proved'));
  });

  it("keeps to what Jenkins' schema allows", () => {
    const text = junit.render(run, verdictOf(run));
    const allowed: Record<string, string[]> = {
      testsuites: ['name', 'time', 'tests', 'failures', 'errors', 'skipped'],
      testsuite: ['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'timestamp'],
      testcase: ['name', 'classname'],
      failure: ['message', 'type'],
      error: ['message', 'type'],
      skipped: ['message'],
    };
    const open: string[] = [];
    const misplaced: string[] = [];
    const parents: Record<string, string | undefined> = {
      testsuites: undefined,
      testsuite: 'testsuites',
      testcase: 'testsuite',
      failure: 'testcase',
      error: 'testcase',
      skipped: 'testcase',
    };
    for (const [, close, name = '', facts = '', empty] of text.matchAll(
      /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g,
    )) {
      if (close === '/') {
        if (open.pop() !== name) misplaced.push(name);
        continue;
      }
      if (parents[name] !== open.at(-1)) misplaced.push(name);
      for (const [, key = ''] of facts.matchAll(/ ([a-z]+)=/g)) {
        expect(allowed[name]).toContain(key);
      }
      if (empty !== '/') open.push(name);
    }
    expect(open).toEqual([]);
    expect(misplaced).toEqual([]);
    // Every `<` and `&` that is left was one of the tags and entities seen above.
    const rest = text
      .replace(/^<\?xml [^?]*\?>/, '')
      .replace(/<\/?[a-z]+(?: [a-z]+="[^"<]*")*\/?>/g, '');
    expect(rest.replace(/&(?:amp|lt|gt|quot|#10);/g, '')).not.toMatch(/[<&]/);
    for (const [, time = ''] of text.matchAll(/ time="([^"]*)"/g)) {
      expect(time).toMatch(/^\d+\.\d{3}$/);
    }
  });
});

it('a crash, a timeout and a missing verdict are errors; an assertion is a failure', async () => {
  const run = record({
    sides: {
      base: { tests: { 't:p': { a: 'pass', b: 'pass', c: 'pass', d: 'fail', e: 'fail' } } },
      patched: {
        tests: { 't:p': { a: 'fail', b: 'crashed', c: 'timeout', d: 'fail', e: 'pass' } },
      },
    },
  });
  const kinds = (await casesOf(run))
    .filter((it) => it.name?.startsWith('t:p/'))
    .map((it) => [it.name, ['failure', 'error', 'skipped'].find((kind) => kind in it) ?? 'pass']);
  expect(Object.fromEntries(kinds)).toEqual({
    't:p/a': 'failure',
    't:p/b': 'error',
    't:p/c': 'error',
    't:p/d': 'skipped',
    't:p/e': 'pass',
  });
  const [verdict] = await casesOf(interrupted);
  expect(verdict?.error?.[0]?.message).toBe('no verdict');
});

it('known harm is skipped, with its reason', async () => {
  const forged = (await casesOf(rich)).find((it) => it.name?.endsWith('forged.fin'));
  expect(forged?.skipped?.[0]?.message).toContain('known harm: A forged FIN');
});

it('holds no character that XML forbids, whatever a test is called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, text) => {
      const run = record({
        sides: { base: { tests: { t: { x: 'pass' } } }, p: { tests: { t: { x: 'fail' } } } },
      });
      const named: RunRecord = {
        ...run,
        proof: { name: 'p', title: `${text}\ud800\uffff\u0000`, expectations: [], knownHarm: [] },
        attempts: run.attempts.map((it) => ({
          ...it,
          results: it.results.map((result) => ({
            ...result,
            name: `t/${name}`,
            diagnostics: [text],
          })),
        })),
      };
      expect(junit.render(named, verdictOf(named))).not.toMatch(
        /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u,
      );
    }),
    { numRuns: 50 },
  );
});
