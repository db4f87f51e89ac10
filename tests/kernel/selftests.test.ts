// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildSelftests } from '../../runner/kernel/selftests/build.ts';
import { placeOf } from '../../runner/kernel/selftests/place.ts';
import { readTimeout } from '../../runner/kernel/selftests/settings.ts';
import { failure, recorder, temporary, useCache, write } from './helpers.ts';
import { ownFolder, requestFor } from './selftests-tree.ts';

const compiled = (): string[] =>
  readFileSync(process.env['COMPILED'] ?? '', 'utf8')
    .split('\n')
    .filter(Boolean);

const mine = (more: Readonly<Record<string, string>> = {}): { name: string; folder: string } => ({
  name: 'mine',
  folder: ownFolder(more),
});

describe('a folder of tests', () => {
  it('builds once, statically and with the kernel’s own headers, and writes to neither folder', async () => {
    useCache();
    const collection = mine({ settings: 'timeout=90\n' });
    const wanted = requestFor(collection);
    const places = [collection.folder, wanted.tree.source.folder];
    const listing = (): string =>
      execFileSync('find', [...places, '-printf', '%p %s %T@\n'], { encoding: 'utf8' });
    const before = listing();
    const first = await buildSelftests(wanted, recorder());
    expect(listing()).toBe(before);
    expect(first.programs.map(({ name }) => name)).toEqual(['one', 'two.sh']);
    expect({ timeout: first.timeoutMs, place: first.place }).toEqual({
      timeout: 90_000,
      place: 'net/mine',
    });
    const program = readFileSync(first.programs[0]?.file ?? '', 'utf8');
    expect(program).toMatch(/-isystem \S+ -static/);
    expect(await buildSelftests(wanted, recorder())).toEqual(first);
    expect(compiled()).toEqual(['one']);
  });

  it('builds again after an edit, and otherwise where libraries are at hand', async () => {
    useCache();
    const collection = mine();
    const wanted = requestFor(collection);
    const first = await buildSelftests(wanted, recorder());
    const linked = await buildSelftests({ ...wanted, isStatic: false }, recorder());
    expect(readFileSync(linked.programs[0]?.file ?? '', 'utf8')).not.toContain('-static');
    write(collection.folder, { 'one.c': 'int main(void) { return 1; }\n' });
    expect((await buildSelftests(wanted, recorder())).root).not.toBe(first.root);
    expect(compiled()).toHaveLength(3);
  });

  it('shows a compile error by file and line', async () => {
    useCache();
    const error = await failure(
      buildSelftests(requestFor(mine({ 'one.c': '\n#error\n' })), recorder()),
    );
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'selftests-failed',
      exit: 69,
    });
    expect(error.evidence).toEqual(['one.c:2:2: error: planted']);
    expect(readFileSync(error.log ?? '', 'utf8')).toContain('planted');
  });

  it('refuses a folder that is none, and one without a test', async () => {
    useCache();
    const none = requestFor({ name: 'mine', folder: temporary() });
    expect(await failure(buildSelftests(none, recorder()))).toMatchObject({
      code: 'no-selftests',
      exitCode: 2,
    });
    const empty = requestFor(mine({ Makefile: 'include ../../lib.mk\ninstall: ; @:\n' }));
    expect(await failure(buildSelftests(empty, recorder()))).toMatchObject({
      code: 'selftests-failed',
      message: 'The test collection mine has no test.',
    });
  });

  it.each([
    ['include ../lib.mk', 'mine'],
    ['include ../../lib.mk', 'net/mine'],
    ['include ../../../lib.mk', 'net/patchproof/mine'],
    ['all: ; true', 'net/mine'],
  ])('with "%s" belongs at %s', async (line, place) => {
    expect(await placeOf(mine({ Makefile: `${line}\n` }))).toBe(place);
  });

  it('of a kernel tree belongs where it is there', async () => {
    const folder = path.join(temporary(), 'tools/testing/selftests/net/x/mine');
    write(folder, { Makefile: 'include ../lib.mk\n' });
    expect(await placeOf({ name: 'mine', folder })).toBe('net/x/mine');
  });

  it.each([
    ['', 45],
    ['timeout=120\n', 120],
    ['# timeout=1\ntimeout=0\n', 86_400],
  ])('settings %j allow %i s', (settings, seconds) => {
    expect(readTimeout(settings)).toBe(seconds);
  });
});

describe('a target of the kernel under test', () => {
  const whole = { name: 'net/demo', programs: [] };

  it('is built as it stands there, with its settings and config', async () => {
    useCache();
    const built = await buildSelftests(requestFor(whole), recorder());
    expect(built.programs.map(({ name }) => name)).toEqual(['one', 'two', 'script.sh']);
    expect(built.timeoutMs).toBe(7000);
    expect(readFileSync(built.config, 'utf8')).toBe('CONFIG_DEMO=m\n');
    expect(existsSync(path.join(built.root, 'net/demo/helper'))).toBe(true);
  });

  it('brings the folder along that the selftests’ Makefile wants beside it', async () => {
    useCache();
    const built = await buildSelftests(requestFor({ name: 'net', programs: [] }), recorder());
    expect(existsSync(path.join(built.root, 'net/lib/shared.sh'))).toBe(true);
  });

  it('in part: builds the programs asked for, and of the others what they name', async () => {
    useCache();
    const broken = { 'tools/testing/selftests/net/demo/two.c': '#error\n' };
    const one = await buildSelftests(
      requestFor({ name: 'net/demo', programs: ['one'] }, broken),
      recorder(),
    );
    expect(compiled()).toEqual(['one']);
    expect(one.programs.map(({ name }) => name)).toEqual(['one']);
    expect({ timeout: one.timeoutMs, config: existsSync(one.config) }).toEqual({
      timeout: 7000,
      config: true,
    });
    const script = await buildSelftests(
      requestFor({ name: 'net/demo', programs: ['s*'] }, broken),
      recorder(),
    );
    expect(script.programs.map(({ name }) => name)).toEqual(['script.sh']);
    expect(compiled()).toEqual(['helper']);
    expect(existsSync(path.join(script.root, 'net/demo/helper'))).toBe(true);
  });

  it('a helper that does not build stops only those tests that name it', async () => {
    useCache();
    const context = recorder();
    const spare = { 'tools/testing/selftests/net/demo/spare.c': '#error\n' };
    const built = await buildSelftests(requestFor(whole, spare), context);
    expect(built.programs).toHaveLength(3);
    expect(context.events).toContainEqual({
      type: 'note',
      text: 'net/demo: not built here, and named by no test that is run: spare',
    });
    const helper = { 'tools/testing/selftests/net/demo/helper.c': '\n#error\n' };
    useCache();
    const error = await failure(buildSelftests(requestFor(whole, helper), recorder()));
    expect(error).toMatchObject({ code: 'selftests-failed', exitCode: 69 });
    expect(error.evidence).toEqual(['helper.c:2:2: error: planted']);
  });

  it.each([
    { target: 'net/dmo', says: 'Did you mean --tests net/demo?' },
    { target: 'timer', says: 'Did you mean --tests timers?' },
    { target: 'entirely/else', says: 'TARGETS' },
  ])('$target, which is not there: $says', async ({ target, says }) => {
    useCache();
    const wanted = requestFor({ name: target, programs: [] });
    const error = await failure(buildSelftests(wanted, recorder()));
    expect(error).toMatchObject({ code: 'no-such-target', exitCode: 2 });
    expect(error.message).toBe(`Kernel 6.12.7 has no selftests target ${target}.`);
    expect(error.remedy).toContain(says);
  });

  it.each([
    { glob: 'script', says: 'Did you mean --tests net/demo:script.sh?' },
    { glob: 'x*', says: 'Give one of them' },
  ])('a program $glob that it does not have: those that it has', async ({ glob, says }) => {
    useCache();
    const wanted = requestFor({ name: 'net/demo', programs: [glob] });
    const error = await failure(buildSelftests(wanted, recorder()));
    expect(error).toMatchObject({ code: 'no-such-program', exitCode: 2 });
    expect(error.evidence).toEqual(['it has: one, two, script.sh']);
    expect(error.remedy).toContain(says);
  });
});

describe('a patch that changes the tests', () => {
  const at = 'tools/testing/selftests/net/demo';
  const change = `--- a/${at}/one.c\n+++ b/${at}/one.c\n@@ -1 +1,2 @@\n int one;\n+int more;\n`;
  const add = (name: string, text: string): string =>
    `--- /dev/null\n+++ b/tools/testing/selftests/${name}\n@@ -0,0 +1 @@\n+${text}\n`;

  it('is applied to a copy, and another build of it', async () => {
    useCache();
    const collection = { name: 'net/demo', programs: ['one'] };
    const wanted = requestFor(collection, {}, change);
    const patched = await buildSelftests(wanted, recorder());
    expect(readFileSync(patched.programs[0]?.file ?? '', 'utf8')).toContain('int more;');
    const source = path.join(wanted.tree.source.folder, at, 'one.c');
    expect(readFileSync(source, 'utf8')).toBe('int one;\n');
    const plain = { ...wanted, tree: { ...wanted.tree, patch: null } };
    const before = await buildSelftests(plain, recorder());
    expect(readFileSync(before.programs[0]?.file ?? '', 'utf8')).not.toContain('int more;');
  });

  it('may add a target, with a config', async () => {
    useCache();
    const series =
      add('fresh/Makefile', 'include ../lib.mk').replace(
        '@@ -0,0 +1 @@\n',
        '@@ -0,0 +1,2 @@\n+TEST_PROGS := a.sh\n',
      ) +
      add('fresh/a.sh', '#!/bin/sh') +
      add('fresh/config', 'CONFIG_FRESH=y');
    const wanted = requestFor({ name: 'fresh', programs: [] }, {}, series);
    const built = await buildSelftests(wanted, recorder());
    expect(built.programs.map(({ name }) => name)).toEqual(['a.sh']);
    expect(readFileSync(built.config, 'utf8')).toBe('CONFIG_FRESH=y\n');
    const without = { ...wanted, tree: { ...wanted.tree, patch: null } };
    expect((await failure(buildSelftests(without, recorder()))).code).toBe('no-such-target');
  });

  it('may take a target away', async () => {
    useCache();
    const gone = `--- a/${at}/Makefile\n+++ /dev/null\n@@ -1,4 +0,0 @@\n-TEST_GEN_PROGS := one two\n-TEST_GEN_FILES := helper spare\n-TEST_PROGS := script.sh\n-include ../../lib.mk\n`;
    const wanted = requestFor({ name: 'net/demo', programs: [] }, {}, gone);
    expect((await failure(buildSelftests(wanted, recorder()))).code).toBe('no-such-target');
  });
});
