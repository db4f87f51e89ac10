// SPDX-License-Identifier: MIT
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format } from 'prettier';
import { Parser, type FinalResults, type Result } from 'tap-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../runner/evidence/model.ts';
import { evidenceJson, verdictJson } from '../../runner/report/json.ts';
import { html } from '../../runner/report/html.ts';
import { junit } from '../../runner/report/junit.ts';
import { mail } from '../../runner/report/mail.ts';
import { markdown } from '../../runner/report/markdown.ts';
import { tap } from '../../runner/report/tap.ts';
import { widthOf } from '../../runner/report/text.ts';
import { verdictJsonSchema, verdictSchema } from '../../runner/report/verdict-schema.ts';
import { reporters, writeReports } from '../../runner/report/write.ts';
import { record } from '../verdict/records.ts';
import { rich } from './rich.ts';
import { hostile, interrupted, proved, ranked, verdictOf } from './sample.ts';

const samples: [name: string, run: RunRecord][] = [
  ['proved', proved],
  ['ranked', ranked],
  ['rich', rich],
  ['interrupted', interrupted],
  ['hostile', hostile],
  [
    'empty',
    {
      ...record({ sides: { base: {} } }),
      cells: [],
      boots: [],
      kernels: [],
      attempts: [],
      proof: null,
    },
  ],
];

/** What TAP has for an outcome; `not ok` for the others. */
const tapWords: Readonly<Record<string, string>> = {
  ...{ pass: 'ok', skip: 'skip', absent: 'skip', xfail: 'todo', xpass: 'todo' },
};

describe.each(samples)('%s', (name, run) => {
  const verdict = verdictOf(run);

  it('mail is as in its golden file', async () => {
    await expect(mail.render(run, verdict)).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('mail keeps to 75 columns of plain characters', () => {
    for (const line of mail.render(run, verdict).split('\n')) {
      expect({ line, tooWide: widthOf(line) > 75 }).toEqual({ line, tooWide: false });
      expect(line).not.toMatch(/\p{Cc}|[\u202a-\u202e]|\s$/u);
    }
  });

  it('TAP is as in its golden file', async () => {
    await expect(tap.render(run, verdict)).toMatchFileSnapshot(`golden/${name}.tap`);
  });

  it('TAP says the same to a TAP parser', () => {
    const points: string[][] = [];
    const problems: unknown[] = [];
    const parser = new Parser({ strict: true });
    const complain = ({ failures, plan, count }: FinalResults): void => {
      problems.push(...failures.filter(({ tapError }) => tapError !== null));
      // Where a test failed the parser does not mind.
      if ((plan.end ?? 0) !== count) problems.push(`${count} of ${plan.end}`);
    };
    parser.on('complete', complain);
    parser.on('child', (child) => {
      const own: string[] = [];
      points.push(own);
      child.on('complete', complain);
      child.on('assert', ({ ok, skip, todo }: Result) => {
        own.push(skip !== false ? 'skip' : todo !== false ? 'todo' : ok ? 'ok' : 'not ok');
      });
    });
    parser.end(tap.render(run, verdict));
    expect(problems).toEqual([]);
    const sides = Map.groupBy(
      verdict.tests.flatMap(({ kernel, profile, outcomes }) =>
        Object.entries(outcomes).map(([variant, outcome]) => ({
          side: `${kernel} ${profile} ${variant}`,
          word: tapWords[outcome] ?? 'not ok',
        })),
      ),
      ({ side }) => side,
    );
    expect(points).toEqual([
      ...Object.values(verdict.candidates).map(({ expectations }) =>
        expectations.map(({ met }) => (met ? 'ok' : 'not ok')),
      ),
      ...[...sides.values()].map((tests) => tests.map(({ word }) => word)),
    ]);
  });

  it('HTML, Markdown and JUnit are as in their golden files', async () => {
    await expect(html.render(run, verdict)).toMatchFileSnapshot(`golden/${name}.html`);
    await expect(markdown.render(run, verdict)).toMatchFileSnapshot(`golden/${name}.md`);
    await expect(junit.render(run, verdict)).toMatchFileSnapshot(`golden/${name}.xml`);
  });

  it('verdict.json fits its schema and comes back whole', () => {
    const read: unknown = JSON.parse(verdictJson.render(run, verdict));
    expect(verdictSchema.parse(read)).toEqual(verdict);
    expect(JSON.parse(evidenceJson.render(run, verdict))).toEqual(run);
  });
});

it('verdict.json is as in its golden file', async () => {
  await expect(verdictJson.render(ranked, verdictOf(ranked))).toMatchFileSnapshot(
    'golden/ranked.verdict.json',
  );
});

it('the shipped JSON Schema is the one of the code (`vitest -u` writes it anew)', async () => {
  const text = await format(JSON.stringify(verdictJsonSchema()), {
    parser: 'json',
    printWidth: 100,
  });
  await expect(text).toMatchFileSnapshot('../../runner/report/verdict.schema.json');
});

describe('mail', () => {
  it('never makes two tests look alike', () => {
    const long = 'x'.repeat(90);
    const run = record({
      sides: {
        base: { tests: { 't:p': { [`${long}a`]: 'pass', [`${long}b`]: 'pass' } } },
        patched: { tests: { 't:p': { [`${long}a`]: 'pass', [`${long}b`]: 'fail' } } },
      },
    });
    const text = mail.render(run, verdictOf(run)).replaceAll(/\s/g, '');
    expect(text).toContain(`${long}apasspass`);
    expect(text).toContain(`${long}bpassfailBROKEN`);
  });

  it('tells a reason that a kernel lacks from one that could not be counted', () => {
    const unread = { ...proved, boots: proved.boots.map((it) => ({ ...it, reasons: null })) };
    expect(mail.render(proved, verdictOf(proved))).toMatch(/SOCKET_REPAIR +absent +24/);
    expect(mail.render(unread, verdictOf(unread))).toMatch(/SOCKET_REPAIR +unknown +24/);
  });
});

describe('writeReports', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'patchproof-report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes every form and nothing else', async () => {
    expect(await writeReports(proved, verdictOf(proved), folder)).toEqual([]);
    expect((await readdir(folder)).toSorted()).toEqual(reporters.map((it) => it.file).toSorted());
    expect(await readFile(path.join(folder, 'report.txt'), 'utf8')).toMatch(
      /^patchproof: proved\n/,
    );
  });

  it('goes on after one that throws, and says which', async () => {
    const broken = {
      name: 'b',
      file: 'broken.txt',
      render: () => {
        throw new Error('no luck');
      },
    };
    const errors = await writeReports(proved, verdictOf(proved), folder, [broken, ...reporters]);
    expect(errors.map((it) => it.message)).toEqual(['broken.txt: no luck']);
    expect(await readdir(folder)).toHaveLength(reporters.length);
  });
});
