// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PatchproofError } from '../../runner/errors.ts';
import { applyPatch } from '../../runner/kernel/patch/apply.ts';
import { extractPatch } from '../../runner/kernel/patch/extract.ts';
import { fitPatch, type Fitted } from '../../runner/kernel/patch/fit.ts';
import { parsePatch } from '../../runner/kernel/patch/parse.ts';
import { readPatch } from '../../runner/kernel/patch/read.ts';
import { failure, recorder, setEnv, sourceOf, temporary, thrown, write } from './helpers.ts';

const diff = `diff --git a/net/a.c b/net/a.c
index 1111111..2222222 100644
--- a/net/a.c
+++ b/net/a.c
@@ -2,4 +2,5 @@ int a(void)
 {
 	int x = 1;
 
+	x++;
 	return x;
`;
const mail = `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: A Person <a@example.org>
Date: Mon, 1 Jan 2024 00:00:00 +0000
Subject: [PATCH net v2 1/2] net: add one to x,
 because it is small

The --- and +++ of a message are not a diff.

Signed-off-by: A Person <a@example.org>
---
 net/a.c | 1 +
 1 file changed, 1 insertion(+)

${diff}-- 
2.39.5

`;
const original = 'int a(void)\n{\n\tint x = 1;\n\n\treturn x;\n}\n';

const refused = (text: string): PatchproofError => thrown(() => parsePatch(text, 'x.patch'));

describe('parsePatch', () => {
  it('finds the diff of a format-patch mail; its hash is that of the bare diff', () => {
    const patch = parsePatch(mail, 'x.patch');
    expect(patch).toMatchObject({
      subject: 'net: add one to x, because it is small',
      files: ['net/a.c'],
      text: diff,
    });
    expect(patch.hash).toBe(parsePatch(diff.replace(/^index.*\n/m, ''), 'other name').hash);
    expect(patch.hash).not.toBe(parsePatch(diff.replace('x++', 'x--'), 'x.patch').hash);
  });

  it('reads a plain diff, additions and deletions', () => {
    const text =
      'Only in b: x\n--- old/net/a.c\t2024-01-01\n+++ new/net/a.c\t2024-01-02\n@@ -1 +1 @@\n-a\n+b\n' +
      '--- /dev/null\n+++ b/net/new.c\n@@ -0,0 +1,2 @@\n+--- a line\n+x\n' +
      '--- a/net/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n';
    const patch = parsePatch(text, 'plain.diff');
    expect(patch.files).toEqual(['net/a.c', 'net/new.c', 'net/old.c']);
    expect(patch.subject).toBe('plain.diff');
  });

  it('sees renames and mode changes, which have no hunk', () => {
    const text =
      'diff --git a/net/a.c b/net/b.c\nsimilarity index 100%\nrename from net/a.c\nrename to net/b.c\n' +
      'diff --git a/x.sh b/x.sh\nold mode 100644\nnew mode 100755\n';
    expect(parsePatch(text, 'r').files).toEqual(['net/b.c', 'x.sh']);
  });

  it.each([
    ['empty-patch', ' \n\n'],
    ['not-a-patch', 'Hello,\nplease find no patch here.\n'],
    ['unsafe-path', diff.replaceAll('net/a.c', '../a.c')],
    ['unsafe-path', diff.replaceAll('net/a.c', '.git/hooks/post-checkout')],
    ['unsafe-path', '--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n'],
    ['corrupt-patch', diff.slice(0, diff.indexOf('+\tx++'))],
    ['corrupt-patch', diff.replace('@@ -2,4 +2,5 @@', '@@ -2,4 @@')],
    ['corrupt-patch', diff.replace('\n \tint x', '\nint x')],
  ])('refuses with %s', (code, text) => {
    const error = refused(text);
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code, exit: 2 });
  });

  it('points at the line where a patch is damaged', () => {
    expect(refused(diff.replace('\n \tint x', '\nint x')).evidence[0]).toMatch(/^x\.patch:7: /);
  });
});

describe('readPatch', () => {
  it('names a file that is not there, and refuses what is no text', async () => {
    const folder = temporary();
    expect((await failure(readPatch(path.join(folder, 'none')))).code).toBe('no-such-patch');
    writeFileSync(path.join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    expect((await failure(readPatch(path.join(folder, 'binary')))).code).toBe('not-a-patch');
    write(folder, { 'a.patch': mail });
    expect((await readPatch(path.join(folder, 'a.patch'))).name).toBe('a.patch');
  });
});

describe('applyPatch', () => {
  function trees(text: string): { pristine: string; copy: string } {
    const root = temporary();
    const pristine = path.join(root, 'pristine');
    write(pristine, { 'net/a.c': text, 'net/b.c': 'other\n' });
    const copy = path.join(root, 'copy');
    execFileSync('cp', ['-al', pristine, copy]);
    return { pristine, copy };
  }

  it('changes a hard-linked copy and leaves the original as it is', async () => {
    const { pristine, copy } = trees(original);
    const applied = await applyPatch(copy, parsePatch(mail, 'x'), recorder());
    expect(applied).toEqual({ exact: true, offsets: [] });
    expect(readFileSync(path.join(copy, 'net/a.c'), 'utf8')).toContain('x++');
    expect(readFileSync(path.join(pristine, 'net/a.c'), 'utf8')).toBe(original);
  });

  it('says where hunks were found that stood elsewhere', async () => {
    const { copy } = trees(`/* 1 */\n/* 2 */\n/* 3 */\n${original}`);
    const applied = await applyPatch(copy, parsePatch(diff, 'x'), recorder());
    expect(applied).toEqual({ exact: false, offsets: ['net/a.c: hunk 1, 3 lines down'] });
  });

  it('works in a folder below a repository, whatever the person’s git settings', async () => {
    const { copy } = trees(original);
    execFileSync('git', ['init', '-q', path.dirname(copy)]);
    const home = temporary();
    // git apply would write every line with a carriage return.
    write(home, { '.gitconfig': '[core]\n\tautocrlf = true\n' });
    setEnv('HOME', home);
    setEnv('GIT_CONFIG_SYSTEM', path.join(home, '.gitconfig'));
    await applyPatch(copy, parsePatch(diff, 'x'), recorder());
    expect(readFileSync(path.join(copy, 'net/a.c'), 'utf8')).toBe(
      original.replace('\n\treturn', '\n\tx++;\n\treturn'),
    );
  });
});

describe('fitPatch', () => {
  const fit = async (folder: string, text: string): Promise<Fitted> =>
    fitPatch(
      sourceOf(folder),
      await extractPatch([{ bytes: Buffer.from(text), name: 'x' }], 'x'),
      recorder(),
    );
  const tree = (text: string): string => {
    const folder = temporary();
    write(folder, { 'net/a.c': text, 'net/b.c': 'other\n' });
    return folder;
  };

  it('says what was needed: nothing, or another place', async () => {
    expect(await fit(tree(original), mail)).toMatchObject({ way: 'exact', details: [] });
    const moved = await fit(tree(`/* 1 */\n/* 2 */\n/* 3 */\n${original}`), diff);
    expect(moved).toMatchObject({ way: 'offset', details: ['net/a.c: hunk 1, 3 lines down'] });
  });

  it('restores white space by the lines of the kernel, also of a patch that looks whole', async () => {
    const blanks = diff.replaceAll('\t', '    ');
    const { patch, way } = await fit(tree(original), blanks);
    expect({ way, text: patch.text }).toEqual({ way: 'exact', text: diff });
  });

  it('with less context where what is left stands at one place; the result applies exactly', async () => {
    const folder = tree(original.replace('return x;', 'return -x;'));
    const { patch, way, details } = await fit(folder, diff);
    expect({ way, details }).toEqual({
      way: 'fuzz',
      details: ['net/a.c:2: hunk 1 without the last 1 line of its context'],
    });
    expect(await applyPatch(folder, patch, recorder())).toEqual({ exact: true, offsets: [] });
    expect(readFileSync(path.join(folder, 'net/a.c'), 'utf8')).toBe(
      'int a(void)\n{\n\tint x = 1;\n\n\tx++;\n\treturn -x;\n}\n',
    );
  });

  it('less context never decides between two places', async () => {
    const twice = `${original}${original}`.replaceAll('return x;', 'return -x;');
    expect((await failure(fit(tree(twice), diff))).code).toBe('patch-does-not-apply');
  });

  it('a line put in at the place of the change: either side would do in a comment only', async () => {
    const comment = '/*\n * one\n * two\n * three\n *\n * four\n * five\n */\n';
    const change = `--- a/net/a.c
+++ b/net/a.c
@@ -2,6 +2,7 @@
  * one
  * two
  * three
+ * new
  *
  * four
  * five
`;
    const there = tree(comment.replace(' * three\n', ' * three\n * other\n'));
    const { way, patch } = await fit(there, change);
    expect(way).toBe('fuzz');
    expect(patch.text).toContain('  * three\n+ * new\n  * other\n  *\n');
    const code = (text: string): string => text.replaceAll(/^ \* ?(\w*)$/gm, '\tf($1);');
    const other = tree(code(comment).replace('\tf(three);\n', '\tf(three);\n\tf(other);\n'));
    const same = change.replaceAll(/^([ +]) \* ?(\w*)$/gm, '$1\tf($2);');
    expect((await failure(fit(other, same))).code).toBe('patch-does-not-apply');
  });

  it('merges with the blobs it was made for where the kernel is a git tree', async () => {
    const folder = temporary();
    const git = (...words: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
        cwd: folder,
        encoding: 'utf8',
      });
    const lines = 'abcdefghi'.split('').map((name) => `\tcall_${name}();`);
    const file = (...names: string[]): string =>
      `${lines.map((line, index) => names[index] ?? line).join('\n')}\n`;
    git('init', '-q');
    write(folder, { 'net/a.c': file() });
    git('add', '.');
    git('commit', '-qm', 'one');
    const change = lines.with(4, '\tchanged();');
    write(folder, { 'net/a.c': file(...change) });
    const text = git('diff', '--full-index');
    const moved = lines.with(2, '\tother_c();').with(6, '\tother_g();');
    write(folder, { 'net/a.c': file(...moved) });
    const { way, patch } = await fit(folder, text);
    expect(way).toBe('three-way');
    await applyPatch(folder, patch, recorder());
    expect(readFileSync(path.join(folder, 'net/a.c'), 'utf8')).toBe(
      file(...moved.with(4, '\tchanged();')),
    );
  });

  it('shows every refused hunk beside the lines of the file', async () => {
    const two = diff.replace(/$/, '@@ -9,2 +10,1 @@\n-gone\n-too\n');
    const changed = original.replace('int x = 1;', 'long x = 1;').replace('return x;', 'return 0;');
    const error = await failure(fit(tree(`/* moved */\n${changed}`), two.replace('10,1', '10,0')));
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'patch-does-not-apply',
      exit: 69,
    });
    expect(error.evidence).toEqual([
      "net/a.c:3: the hunk for line 2 (-) and the file's lines (+)",
      ' {',
      '-\tint x = 1;',
      '+\tlong x = 1;',
      ' ',
      '-\treturn x;',
      expect.stringContaining('the hunk for line 9'),
      '-gone',
      '-too',
    ]);
  });

  it('names a file that this kernel does not have', async () => {
    const error = await failure(fit(tree(original), diff.replaceAll('net/a.c', 'net/gone.c')));
    expect(error.code).toBe('patch-does-not-apply');
    expect(error.evidence).toEqual(['net/gone.c: this kernel has no such file']);
  });

  it('tells a patch that is already there', async () => {
    const folder = tree(original);
    await applyPatch(folder, parsePatch(diff, 'x'), recorder());
    const error = await failure(fit(folder, diff));
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'already-applied',
      exit: 69,
    });
  });
});
