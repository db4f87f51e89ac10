// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPatch } from '../../runner/kernel/patch/read.ts';
import { matchesGlob } from '../../runner/proof/glob.ts';
import { loadProof } from '../../runner/proof/load.ts';
import { isFolder } from '../../runner/proof/model.ts';
import { programOf } from '../../runner/proof/select.ts';

const folder = path.resolve('kernel-patches/tcp-repair');
const proof = loadProof(
  readFileSync(path.join(folder, 'proof.yaml'), 'utf8'),
  'proof.yaml',
  folder,
);

/** Test names as kselftest_harness.h prints them, read from the sources of what run_tests runs. */
function testNames(): string[] {
  const [tests] = proof.tests;
  if (tests === undefined || !isFolder(tests)) throw new Error('no tests');
  const makefile = readFileSync(path.join(tests.folder, 'Makefile'), 'utf8');
  const listed = /^TEST_GEN_PROGS := \\\n((?:\t\w+ \\\n)+)/m.exec(makefile)?.[1] ?? '';
  return [...listed.matchAll(/\w+/g)]
    .map(([program]) => `${program}.c`)
    .flatMap((file) => {
      const text = readFileSync(path.join(tests.folder, file), 'utf8');
      const variants = [...text.matchAll(/^FIXTURE_VARIANT_ADD\((\w+), (\w+)\)/gm)];
      return [...text.matchAll(/^TEST_F\w*\((\w+), (\w+)/gm)].flatMap(([, fixture, test]) =>
        variants
          .filter((it) => it[1] === fixture)
          .map((it) => `${tests.name}:${path.basename(file, '.c')}/${fixture}.${it[2]}.${test}`),
      );
    });
}

describe('the built-in TCP repair proof', () => {
  it('names files that are there, and a patch for each supported series', () => {
    for (const { file } of proof.patches) expect(existsSync(file)).toBe(true);
    expect(proof.patches.flatMap((it) => it.series)).toEqual(['6.1', '6.12', '7.2', '7.3']);
    expect(proof.kernels).toEqual(['6.12']);
  });

  it('excuses the shipped patches and no others, by the hashes that they have', async () => {
    const hashes = await Promise.all(
      proof.patches.map(async ({ file }) => (await readPatch(file)).hash),
    );
    expect(proof.knownHarm.length).toBeGreaterThan(0);
    for (const { patch } of proof.knownHarm) expect(patch).toEqual(hashes);
  });

  it('names for its candidates programs that are there', () => {
    const programs = new Set(testNames().map(programOf));
    const named = Object.values(proof.candidates).flatMap(({ tests }) => tests);
    expect(named).toHaveLength(8);
    for (const program of named) expect(programs).toContain(program);
  });

  it('names for each harm and each mutant tests that are there, and files', () => {
    const names = testNames();
    const globs = [
      ...proof.knownHarm.map(({ match }) => match),
      ...proof.mutants.flatMap(({ tests }) => tests),
    ];
    for (const glob of globs)
      expect(
        names.some((name) => matchesGlob(glob, name)),
        glob,
      ).toBe(true);
    const files = [
      ...proof.mutants.map(({ file }) => file),
      ...Object.values(proof.candidates).flatMap(({ patches }) => patches.map(({ file }) => file)),
    ];
    for (const file of files) expect(existsSync(file), file).toBe(true);
    const shipped = readdirSync(path.join(folder, 'mutants'));
    expect(proof.mutants.map(({ file }) => path.basename(file)).toSorted()).toEqual(
      shipped.toSorted(),
    );
  });

  it('expects something of every test, once, and of each program both kinds of count', () => {
    const asked = proof.expectations.filter((it) => it.kind === 'tests');
    const names = testNames();
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const fitting = asked.filter((it) => matchesGlob(it.match, name));
      expect({ name, count: fitting.length }).toEqual({ name, count: 1 });
    }
    for (const it of asked) expect(names.some((name) => matchesGlob(it.match, name))).toBe(true);
    expect(proof.expectations.find((it) => it.kind === 'drops')).toMatchObject({
      reason: 'SOCKET_REPAIR',
      base: 'absent',
      candidate: 'counter:repair_skbs',
    });
  });
});
