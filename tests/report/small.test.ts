// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { annotationsOf } from '../../runner/report/annotations.ts';
import { b4Checks } from '../../runner/report/b4.ts';
import { mail } from '../../runner/report/mail.ts';
import { rich } from './rich.ts';
import { hostile, interrupted, proved, ranked, verdictOf } from './sample.ts';

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

it('the annotations are as in their golden file', async () => {
  const found = [rich, hostile, interrupted].map((run) => annotationsOf(run, verdictOf(run)));
  await expect(text(found)).toMatchFileSnapshot('golden/annotations.json');
});

it('what b4 reads is as in its golden file', async () => {
  const checks = [proved, ranked, interrupted].map((run) => {
    const verdict = verdictOf(run);
    return b4Checks(verdict, 'file:///run/report.html', mail.render(run, verdict));
  });
  await expect(text(checks)).toMatchFileSnapshot('golden/b4.json');
  const keys = checks.flat().map((it) => Object.keys(it).toSorted().join(' '));
  expect(new Set(keys)).toEqual(new Set(['details status summary tool url']));
  expect(checks.flat().map((it) => it.status)).toEqual(['pass', 'warn', 'fail', 'warn']);
});
