// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PatchproofError } from '../errors.ts';
import { kunit } from '../proof/kunit.ts';
import { isFolder } from '../proof/model.ts';
import type { TestCollection } from '../proof/model.ts';
import { safeName } from '../proof/schema.ts';
import { joinTests, parseTarget, targetSpec } from '../proof/test-spec.ts';

/**
 * What `--tests SPEC` names: a folder in kselftest form, where there is one of that path, else a
 * target of the kernel under test. Throws usage `no-selftests` or `tests-spec`.
 */
export async function readTests(specs: readonly string[]): Promise<TestCollection[]> {
  const tests = joinTests(await Promise.all(specs.map(readTest)));
  const taken = tests.find(
    (it, index) => tests.findIndex(({ name }) => name === it.name) !== index,
  );
  if (taken === undefined) return tests;
  if (taken.name === kunit)
    throw wrong(
      'KUnit is asked for twice.',
      [],
      'Give one glob, as the kernel takes it: --tests kunit:GLOB',
    );
  throw wrong(
    `Two collections of --tests are called ${taken.name}.`,
    tests.filter(isFolder).map(({ folder }) => folder),
    'Rename one of the folders: its name begins the names of its tests.',
  );
}

async function readTest(spec: string): Promise<TestCollection> {
  const folder = path.resolve(spec);
  const isPath = /^(\.{0,2}|~)\//.test(spec) || /^\.{1,2}$/.test(spec);
  const makefile = await stat(path.join(folder, 'Makefile')).catch(() => undefined);
  if (makefile?.isFile() === true) {
    const name = path.basename(folder);
    if (safeName.test(name)) return { name, folder };
    throw wrong(
      `The folder of --tests ${spec} cannot name its tests.`,
      [`${name} is not letters, digits, ".", "_" and "-"`],
      'Rename it.',
    );
  }
  if (isPath)
    throw new PatchproofError({
      kind: 'usage',
      code: 'no-selftests',
      message: `--tests ${spec} is no kselftest folder.`,
      evidence: [`${path.relative('.', folder) || '.'} has no Makefile`],
      remedy: 'Give a folder with a Makefile that lists TEST_GEN_PROGS and includes lib.mk.',
    });
  if (targetSpec.test(spec)) return parseTarget(spec);
  throw wrong(
    `--tests ${spec} names neither a folder nor a target of the kernel's selftests.`,
    [],
    'Give a folder (./my-tests), a target (net/tcp_ao), a program of one (net:tls), or suites of KUnit (kunit:list*).',
  );
}

function wrong(message: string, evidence: string[], remedy: string): PatchproofError {
  return new PatchproofError({ kind: 'usage', code: 'tests-spec', message, evidence, remedy });
}
