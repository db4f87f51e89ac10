// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import { parsePatch } from '../../runner/kernel/patch/parse.ts';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { mail } from '../../runner/report/mail.ts';
import { verdictSchema } from '../../runner/report/verdict-schema.ts';
import { exitCodeOf } from '../../runner/verdict/exit.ts';
import { write } from '../kernel/helpers.ts';
import { stageWith } from './scene.ts';
import { play, setStage, settings } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('candidates that the proof knows by name', () => {
  const yaml = `candidates:
  v2: { patches: [{ file: v2.patch, series: ['6.12'] }] }
  v3: { patches: [{ file: v3.patch, series: ['6.12'] }] }
  rule: { environment: { VARIANT: rule } }
`;

  it('are ranked by what they fix, then by what they break; one proved is enough', async () => {
    const stage = stageWith(yaml, ['v2', 'v3'], { v2: [{ two: 'fail' }], v3: [{}] });
    const outcome = await play(stage, undefined, { candidates: ['v2', 'v3'] });
    expect(Object.keys(outcome.verdict.candidates)).toEqual(['v3', 'v2']);
    expect(outcome.verdict.candidates).toMatchObject({
      v3: { overall: 'proved' },
      v2: { overall: 'not proved' },
    });
    expect(exitCodeOf(outcome.verdict)).toBe(0);
    expect(mail.render(outcome.record, outcome.verdict)).toMatch(
      /best first\n +v3 +proved .*\n +v2 +not proved/,
    );
  });

  it('without a patch: the kernel of base, tests with variables of their own', async () => {
    const stage = stageWith(
      yaml.replace('rule:', 'rule: &rule').replace('VARIANT: rule', 'VARIANT: rule'),
      ['v2', 'v3'],
      {},
      setStage({ rule: [{}] }),
    );
    const file = path.join(stage.proof, 'proof.yaml');
    const text = readFileSync(file, 'utf8');
    const scoped = text.replace(
      'reason: SOCKET_REPAIR',
      'reason: SOCKET_REPAIR\n      except: [rule]',
    );
    write(stage.proof, { 'proof.yaml': scoped });
    const outcome = await play(stage, undefined, { candidates: ['rule'] });
    expect(stage.booted()).toEqual(['base tcg', 'rule tcg', 'base tcg']);
    expect(stage.made().filter((words) => words.endsWith('bzImage'))).toHaveLength(1);
    expect(outcome.verdict.candidates['rule']).toMatchObject({ overall: 'proved' });
    expect(outcome.verdict.candidates['rule']?.expectations).toHaveLength(2);
    expect(outcome.record.cells[0]?.candidates).toMatchObject([
      { name: 'rule', patch: '', hash: '', environment: { VARIANT: 'rule' } },
    ]);
    expect(mail.render(outcome.record, outcome.verdict)).toContain('tests with VARIANT=rule');
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
  });

  it('one without a patch for this kernel has no verdict; the others have theirs', async () => {
    const other = yaml.replace("v3.patch, series: ['6.12']", "v3.patch, series: ['6.1']");
    const stage = stageWith(other, ['v2', 'v3'], { v2: [{}] });
    const outcome = await play(stage, undefined, { candidates: ['v3', 'v2'] });
    expect(outcome.verdict.candidates).toMatchObject({
      v2: { overall: 'proved' },
      v3: { overall: 'no verdict' },
    });
    expect(outcome.verdict.candidates['v3']?.reasons.join(' ')).toContain(
      'has no patch of v3 for kernel 6.12.7',
    );
    expect(outcome.record.failures).toMatchObject([{ variant: 'v3', code: 'no-ready-patch' }]);
    expect(exitCodeOf(outcome.verdict)).toBe(0);
    expect(stage.booted()).toEqual(['base tcg', 'v2 tcg', 'base tcg']);
  });

  it('nothing is built where none has a patch', async () => {
    const other = yaml.replaceAll("series: ['6.12']", "series: ['6.1']");
    const stage = stageWith(other, ['v2', 'v3'], {}, setStage());
    const outcome = await play(stage, undefined, { candidates: ['v3', 'v2'] });
    expect(exitCodeOf(outcome.verdict)).toBe(69);
    expect(stage.made()).toEqual([]);
    expect(mail.render(outcome.record, outcome.verdict)).toContain('no patch for this kernel');
  });

  it('a variable that changes nothing proves nothing', async () => {
    const stage = stageWith(yaml, ['v2', 'v3'], { rule: [{ one: 'fail' }] });
    const outcome = await play(stage, undefined, { candidates: ['rule'] });
    expect(exitCodeOf(outcome.verdict)).toBe(1);
  });
});

describe('a candidate with tests of its own', () => {
  const yaml = (tests: string): string => `candidates:
  v2: { patches: [{ file: v2.patch, series: ['6.12'] }] }
  rule: { environment: { VARIANT: rule }, tests: [${tests}] }
`;
  // What it does not run would break.
  const script = { v2: [{}], rule: [{ two: 'fail' }] } as const;
  const attempted = ({ record }: RunOutcome, name: string): string[] => [
    ...new Set(record.attempts.filter((it) => it.variant === name).map((it) => it.program)),
  ];

  async function scene(tests: string, names: string[], more = {}): Promise<RunOutcome> {
    const stage = stageWith(yaml(tests), ['v2'], script);
    const file = path.join(stage.proof, 'proof.yaml');
    const scoped = readFileSync(file, 'utf8').replace(
      'reason: SOCKET_REPAIR',
      'reason: SOCKET_REPAIR\n      except: [rule]',
    );
    write(stage.proof, { 'proof.yaml': scoped });
    const outcome = await play(stage, undefined, { candidates: names, ...more });
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
    // zod drops what it does not know.
    expect(verdictSchema.parse(outcome.verdict)).toEqual(outcome.verdict);
    return outcome;
  }

  it('alone: base does not run more either, and what is left out is told', async () => {
    const outcome = await scene("'mine:one'", ['rule']);
    expect(attempted(outcome, 'rule')).toEqual(['mine:one']);
    expect(attempted(outcome, 'base')).toEqual(['mine:one']);
    expect(outcome.verdict.candidates['rule']).toMatchObject({
      overall: 'proved',
      leftOut: ['The control holds'],
    });
  });

  it('beside one that runs them all: nothing is lost on either', async () => {
    const outcome = await scene("'mine:one'", ['v2', 'rule']);
    expect(attempted(outcome, 'rule')).toEqual(['mine:one']);
    expect(attempted(outcome, 'v2')).toEqual(['mine:one', 'mine:two']);
    expect(outcome.verdict.candidates).toMatchObject({
      v2: { overall: 'proved', leftOut: [] },
      rule: { overall: 'proved', leftOut: ['The control holds'] },
    });
    const control = outcome.verdict.tests.find(({ name }) => name === 'mine:two/tie.ipv4.race');
    expect(Object.keys(control?.change ?? {})).toEqual(['v2']);
    const text = mail.render(outcome.record, outcome.verdict);
    expect(text).toContain('only mine:one');
  });

  it('single tests of a program that can be told', async () => {
    const outcome = await scene("'mine:one', 'mine:two/*.steady'", ['v2', 'rule']);
    expect(attempted(outcome, 'rule')).toEqual(['mine:one', 'mine:two']);
    const rule = outcome.verdict.tests.filter(({ change }) => change['rule'] !== undefined);
    expect(rule.map(({ name }) => name)).toEqual([
      'mine:one/steady',
      'mine:one/race',
      'mine:two/tie.ipv4.steady',
      'mine:two/tie.ipv6.steady',
    ]);
    expect(outcome.verdict.candidates['rule']?.overall).toBe('proved');
  });

  it('with --filter: what both leave', async () => {
    const selection = { filter: ['two'], exclude: [] };
    const outcome = await scene("'mine:one'", ['v2', 'rule'], {
      settings: { ...settings, selection },
    });
    expect(attempted(outcome, 'rule')).toEqual([]);
    expect(outcome.verdict.candidates).toMatchObject({
      v2: { overall: 'proved' },
      rule: { overall: 'no verdict' },
    });
  });

  it('a glob that matches nothing is wrong, and the candidate is named', async () => {
    await expect(scene("'mine:three'", ['v2', 'rule'])).rejects.toThrow(
      'The candidate rule: mine:three matches no test',
    );
  });
});

describe('known harm of a patch that had to be rewritten to fit', () => {
  // Its last line of context is of another kernel.
  const stranger =
    'Subject: [PATCH] net: a change\n\n--- a/net/two.c\n+++ b/net/two.c\n@@ -1,4 +1,5 @@\n int two(void)\n+/* PATCHED */\n {\n \treturn 2;\n /* other */\n';

  it.each([
    ['as it was given', true, 'proved'],
    ['of another patch', false, 'not proved'],
  ] as const)('by the hash %s', async (_, isOwn, overall) => {
    const { hash } = parsePatch(stranger, 'fuzzy.patch');
    const stage = stageWith(
      `knownHarm: [{ patch: ${isOwn ? hash : 'f'.repeat(64)}, match: 'mine:two/*', reason: accepted }]\n`,
      [],
      { patched: [{ two: 'fail' }] },
    );
    write(stage.proof, { 'good.patch': stranger });
    const outcome = await play(stage, 'good');
    const [candidate] = outcome.record.cells[0]?.candidates ?? [];
    expect(candidate?.note).toContain('with fuzz');
    expect(candidate?.givenHash).toBe(hash);
    expect(candidate?.hash).not.toBe(hash);
    expect(outcome.verdict.candidates['patched']?.overall).toBe(overall);
  });
});
