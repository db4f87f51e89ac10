// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { recordOf } from '../../runner/cli/run-folder.ts';
import { namesOfPlan } from '../../runner/pipeline/list.ts';
import type { RunOutcome } from '../../runner/pipeline/run.ts';
import { bareProof, withTests } from '../../runner/proof/bare.ts';
import { findProof } from '../../runner/cli/proof-file.ts';
import type { Proof, TestCollection } from '../../runner/proof/model.ts';
import { planCells } from '../../runner/proof/plan.ts';
import { parseTarget } from '../../runner/proof/test-spec.ts';
import { mail } from '../../runner/report/mail.ts';
import { readPatch } from '../../runner/kernel/patch/read.ts';
import { failure, setEnv, write } from '../kernel/helpers.ts';
import { debian } from '../vm/debian.ts';
import { toolchain } from './shared.ts';
import { libMk } from '../kernel/selftests-tree.ts';
import type { Script } from './script.ts';
import { eventsOf, play, warmStage, settings, type Stage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

const at = 'tools/testing/selftests';

/** A tree with the target net/own, whose programs are the ones that the fake machine knows. */
function stageWith(script: Partial<Script>, more: Readonly<Record<string, string>> = {}): Stage {
  return warmStage(script, {
    [`${at}/lib.mk`]: libMk,
    [`${at}/Makefile`]: 'TARGETS += net\nTARGETS += net/own\n',
    [`${at}/net/own/Makefile`]: 'TEST_PROGS := one two\ninclude ../../lib.mk\n',
    [`${at}/net/own/one`]: '#!/bin/sh\n',
    [`${at}/net/own/two`]: '#!/bin/sh\n',
    [`${at}/net/own/settings`]: 'timeout=3\n',
    [`${at}/net/own/config`]: 'CONFIG_WISH=m\nCONFIG_UNKNOWN=y\n',
    ...more,
  });
}

const target = (...specs: string[]): TestCollection[] => specs.map(parseTarget);

async function run(
  stage: Stage,
  proof: Proof,
  patch?: Parameters<typeof play>[1],
  more: Parameters<typeof play>[2] = {},
): Promise<RunOutcome> {
  const candidates = [
    { name: 'patched', ...(patch === undefined ? {} : { file: stage.patch(patch) }) },
  ];
  const plan = planCells(proof, { kernels: [stage.tree], profiles: ['lean'], candidates });
  return play(stage, patch, { plan, ...more });
}

const outcomes = ({ verdict }: RunOutcome): Record<string, string | undefined> =>
  Object.fromEntries(verdict.tests.map(({ name, change }) => [name, change['patched']]));

describe('a target of the kernel under test, without a proof', () => {
  it('nothing fixed, nothing broken: proved, and the report says so plainly', async () => {
    const stage = stageWith({ base: [{}], patched: [{}] });
    const outcome = await run(stage, bareProof(target('net/own')), 'good');
    expect(outcome.verdict.overall).toBe('proved');
    expect(outcome.verdict.candidates['patched']?.reasons[0]).toBe(
      'All 2 expectations are met, nothing was fixed, nothing broke.',
    );
    expect(outcomes(outcome)).toMatchObject({
      'net/own:one/race': 'still passing',
      'net/own:two/tie.ipv4.race': 'still passing',
    });
    expect(await recordOf(stage.run)).toStrictEqual(outcome.record);
  });

  it('a test that the patch breaks: not proved', async () => {
    const stage = stageWith({ base: [{}], patched: [{ two: 'fail' }] });
    const outcome = await run(stage, bareProof(target('net/own')), 'good');
    expect(outcome.verdict.overall).toBe('not proved');
    expect(outcomes(outcome)).toMatchObject({ 'net/own:two/tie.ipv4.race': 'broken' });
  });

  it('runs the programs asked for', async () => {
    const stage = stageWith({ base: [{}], patched: [{}] });
    const outcome = await run(stage, bareProof(target('net/own:two')), 'good');
    expect(new Set(outcome.record.attempts.map(({ program }) => program))).toEqual(
      new Set(['net/own:two']),
    );
  });

  it('what its config asks for and the kernel lacks is in the report, and no error', async () => {
    const stage = stageWith({ base: [{}], patched: [{}] });
    const outcome = await run(stage, bareProof(target('net/own')), 'good');
    const [kernel] = outcome.record.kernels;
    expect(kernel?.lacks).toEqual(['CONFIG_UNKNOWN=y (got n): this kernel has no such symbol']);
    const config = readFileSync(
      path.join(stage.run, 'cells', outcome.record.cells[0]?.id ?? '', 'base/config'),
      'utf8',
    );
    expect(config).toContain('CONFIG_WISH=y');
    expect(mail.render(outcome.record, outcome.verdict)).toMatch(/1 symbol that the tests ask for/);
  });

  it('that does not build: no verdict, with the compiler’s line, and no kernel is built', async () => {
    const stage = stageWith(
      {},
      {
        [`${at}/net/own/Makefile`]: 'TEST_GEN_PROGS := one\ninclude ../../lib.mk\n',
        [`${at}/net/own/one.c`]: '#error\n',
      },
    );
    const outcome = await run(stage, bareProof(target('net/own')), 'good');
    expect(outcome.verdict.overall).toBe('no verdict');
    expect(outcome.record.failures[0]).toMatchObject({
      code: 'selftests-failed',
      evidence: ['one.c:1:2: error: planted'],
    });
    expect(stage.compiled().filter((it) => it.startsWith('net/'))).toEqual([]);
  });

  it.each([
    { spec: 'net/onw', code: 'no-such-target', says: 'Did you mean --tests net/own?' },
    { spec: 'net/own:tow', code: 'no-such-program', says: 'Did you mean --tests net/own:two?' },
  ])('$spec: wrong use, and no kernel is built', async ({ spec, code, says }) => {
    const stage = stageWith({});
    const error = await failure(run(stage, bareProof(target(spec)), 'good'));
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.remedy).toContain(says);
    expect(stage.compiled()).toEqual([]);
  });

  it('with a script that the small image cannot run: wrong use, unless it is left out', async () => {
    const script = {
      [`${at}/net/own/Makefile`]: 'TEST_PROGS := one two x.sh\ninclude ../../lib.mk\n',
      [`${at}/net/own/x.sh`]: '#!/bin/bash\n',
    };
    const proof = bareProof(target('net/own'));
    const error = await failure(run(stageWith({}, script), proof, 'good'));
    expect(error).toMatchObject({ code: 'image-lacks', exitCode: 2 });
    expect(error.evidence).toEqual(['net/own:x.sh needs /bin/bash']);
    expect(error.remedy).toContain('--image host');
    const stage = stageWith({ base: [{}], patched: [{}] }, script);
    const selection = { filter: [], exclude: ['*.sh'] };
    const outcome = await run(stage, proof, 'good', { settings: { ...settings, selection } });
    expect(outcome.verdict.overall).toBe('proved');
  });

  it.each([
    { image: 'host' as const, told: "host: the host's files" },
    { image: 'debian' as const, told: 'debian: a Debian root of its own, read only' },
  ])('--image $image: the job asks for that root, the kernel has what it takes', async (row) => {
    const script = {
      [`${at}/net/own/two`]: '#!/bin/bash\n',
    };
    const stage = stageWith({ base: [{}], patched: [{}] }, script);
    setEnv('PATH', `${debian(stage.folder)}:${process.env['PATH']}`);
    const proof: Proof = { ...bareProof(target('net/own')), image: row.image };
    const outcome = await run(stage, proof, 'good');
    expect(outcome.verdict.overall, JSON.stringify(outcome.record.failures)).toBe('proved');
    const folder = path.join(stage.run, 'cells', outcome.record.cells[0]?.id ?? '', 'base');
    expect(readFileSync(path.join(folder, 'config'), 'utf8')).toContain('CONFIG_OVERLAY_FS=y');
    const shared = /shared root: (.*)$/m.exec(
      readFileSync(path.join(folder, 'boot-1/console.log'), 'utf8'),
    );
    expect(shared?.[1]).toBe(row.image === 'debian' ? 'of Debian' : undefined);
    expect(mail.render(outcome.record, outcome.verdict)).toContain(row.told);
    expect(outcome.record.cells[0]?.image).toBe(row.image);
  });
});

it('KUnit: the kernel has it, and its command line names the suites', async () => {
  const stage = stageWith({ base: [{}], patched: [{}] });
  const outcome = await run(stage, bareProof(target('net/own', 'kunit:list*')), 'good');
  const id = outcome.record.cells[0]?.id ?? '';
  for (const side of ['base', 'patched']) {
    const at = (name: string): string =>
      readFileSync(path.join(stage.run, 'cells', id, side, name), 'utf8');
    expect(at('config')).toContain('CONFIG_KUNIT_ALL_TESTS=y\n');
    expect(at('boot-1/console.log')).toMatch(/Command line: .* kunit\.filter_glob=list\* /);
  }
  expect(outcome.record.cells[0]?.programs).toContain('kunit:boot.sh');
});

describe('a patch that changes the selftests', () => {
  const series = `--- /dev/null
+++ b/${at}/net/fresh/Makefile
@@ -0,0 +1,2 @@
+TEST_PROGS := one
+include ../../lib.mk
diff --git a/${at}/net/fresh/one b/${at}/net/fresh/one
new file mode 100755
--- /dev/null
+++ b/${at}/net/fresh/one
@@ -0,0 +1 @@
+#!/bin/sh
--- /dev/null
+++ b/${at}/net/fresh/config
@@ -0,0 +1 @@
+CONFIG_FRESH=y
`;
  const withKernel = `${series}--- a/net/two.c
+++ b/net/two.c
@@ -1,2 +1,3 @@
 int two(void)
+/* PATCHED */
 {
`;
  /** Plays a patch of its own text. */
  async function runText(stage: Stage, text: string, proof: Proof): Promise<RunOutcome> {
    const file = path.join(stage.folder, 'proof', 'own.patch');
    write(stage.folder, { 'proof/own.patch': text });
    const candidates = [{ name: 'patched', file }];
    const plan = planCells(proof, { kernels: [stage.tree], profiles: ['lean'], candidates });
    const given = new Map([['patched', await readPatch(file)]]);
    return play(stage, undefined, { plan, given });
  }

  it('its tests run on both kernels, and its config is asked of both', async () => {
    const stage = stageWith({ base: [{ one: 'fail' }], patched: [{}] });
    const outcome = await runText(stage, withKernel, bareProof(target('net/fresh')));
    expect(outcomes(outcome)['net/fresh:one/race']).toBe('fixed');
    for (const variant of ['base', 'patched']) {
      const config = path.join(
        stage.run,
        'cells',
        outcome.record.cells[0]?.id ?? '',
        variant,
        'config',
      );
      expect(readFileSync(config, 'utf8')).toContain('CONFIG_FRESH=y');
    }
  });

  it('and nothing else: both sides boot the same kernel', async () => {
    const stage = stageWith({ base: [{}], patched: [{}] });
    const outcome = await runText(stage, series, bareProof(target('net/fresh')));
    expect(outcomes(outcome)['net/fresh:one/race']).toBe('still passing');
    expect(outcome.verdict.overall).toBe('proved');
  });

  it('is listed, too', async () => {
    const stage = stageWith({});
    write(stage.folder, { 'proof/own.patch': series });
    const patch = await readPatch(path.join(stage.folder, 'proof/own.patch'));
    const plan = planCells(bareProof(target('net/fresh')), {
      kernels: [stage.tree],
      withoutCandidate: true,
    });
    const listed = await namesOfPlan(
      {
        plan,
        given: new Map([['patched', patch]]),
        selection: { filter: [], exclude: [] },
        toolchain,
      },
      () => undefined,
      new AbortController().signal,
    );
    expect(listed).toEqual(['net/fresh:one']);
  });

  it('in two candidates, differently: wrong use', async () => {
    const stage = stageWith({});
    write(stage.folder, {
      'proof/a.patch': withKernel,
      'proof/b.patch': withKernel.replace('CONFIG_FRESH=y', 'CONFIG_OTHER=y'),
    });
    const candidates = ['a', 'b'].map((name) => ({
      name,
      file: path.join(stage.folder, 'proof', `${name}.patch`),
    }));
    const given = new Map(
      await Promise.all(
        candidates.map(async ({ name, file }) => [name, await readPatch(file)] as const),
      ),
    );
    const plan = planCells(bareProof(target('net/fresh')), {
      kernels: [stage.tree],
      profiles: ['lean'],
      candidates,
    });
    const error = await failure(play(stage, undefined, { plan, given }));
    expect(error).toMatchObject({ code: 'tests-differ', exitCode: 2 });
    expect(error.message).toContain('a and b');
  });
});

it('with a proof: its patch, other tests, and its expectations left out by name', async () => {
  const stage = stageWith({ base: [{}], patched: [{}] });
  const proof = withTests(await findProof(stage.proof), target('net/own:two'));
  const outcome = await run(stage, proof);
  expect(outcome.verdict.overall).toBe('proved');
  expect(outcome.verdict.candidates['patched']?.leftOut).toEqual([
    'The race is won',
    'The control holds',
    'Drops are counted twice',
  ]);
  expect(outcome.verdict.candidates['patched']?.expectations.map(({ text }) => text)).toEqual([
    'No test broke',
    'At least one test passes',
  ]);
  expect(mail.render(outcome.record, outcome.verdict)).toMatch(/left out The race is won/);
  expect(eventsOf(stage.run).some(({ type }) => type === 'run-finished')).toBe(true);
});
