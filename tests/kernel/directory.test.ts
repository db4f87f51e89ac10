// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveSource } from '../../runner/kernel/source/index.ts';
import { failure, fakeTree, recorder, temporary, useCache, write } from './helpers.ts';

/** Everything about a tree that a write would change. */
function fingerprint(folder: string): string {
  return execFileSync('sh', ['-c', 'find . -printf "%p %s %T@ %C@ %i %m %n\\n" | sort'], {
    cwd: folder,
    encoding: 'utf8',
  });
}

describe('a folder as kernel source', () => {
  it('is copied without .git and build products, and not touched', async () => {
    useCache();
    const tree = fakeTree({
      '.gitignore': '*.o\n/vmlinux\n',
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.config': 'CONFIG_NET=y\n',
      'net/one.o': 'object',
      'net/.one.o.cmd': 'cmd',
      vmlinux: 'linked',
      'include/config/auto.conf': 'CONFIG_NET=y\n',
      'include/generated/autoconf.h': '#define X\n',
    });
    const before = fingerprint(tree);
    const source = await resolveSource(tree, recorder());
    expect(fingerprint(tree)).toBe(before);
    expect(source).toMatchObject({ version: '6.12.7', series: '6.12', origin: tree });
    expect(readFileSync(path.join(source.folder, 'net/one.c'), 'utf8')).toContain('int one');
    const left = [
      '.git',
      '.config',
      'net/one.o',
      'net/.one.o.cmd',
      'vmlinux',
      'include/config',
      'include/generated',
    ].filter((name) => existsSync(path.join(source.folder, name)));
    expect(left).toEqual([]);
    // Not a link: writing to the one must never show in the other.
    expect(statSync(path.join(source.folder, 'net/one.c')).ino).not.toBe(
      statSync(path.join(tree, 'net/one.c')).ino,
    );
  });

  it('ignores a packager’s rule that hides the whole tree', async () => {
    useCache();
    const tree = fakeTree({ '.gitignore': '*.o\n/*\n!/debian/\n' });
    const source = await resolveSource(tree, recorder());
    expect(existsSync(path.join(source.folder, 'net/one.c'))).toBe(true);
  });

  it('has a key of its content: the same after a move, another after an edit', async () => {
    useCache();
    const tree = fakeTree();
    const first = await resolveSource(tree, recorder());
    const moved = path.join(temporary(), 'elsewhere');
    renameSync(tree, moved);
    const second = await resolveSource(moved, recorder());
    expect(second.hash).toBe(first.hash);
    writeFileSync(path.join(moved, 'net/one.c'), 'int one;\n');
    const third = await resolveSource(moved, recorder());
    expect(third.hash).not.toBe(first.hash);
    expect(readFileSync(path.join(third.folder, 'net/one.c'), 'utf8')).toBe('int one;\n');
    expect(readFileSync(path.join(first.folder, 'net/one.c'), 'utf8')).toContain('return 1');
  });

  it('reads nothing again when nothing changed, and shares what stayed', async () => {
    useCache();
    const tree = fakeTree();
    // Old enough for its times to be trusted.
    execFileSync('find', [tree, '-type', 'f', '-exec', 'touch', '-d', '2020-01-01', '{}', '+']);
    const first = await resolveSource(tree, recorder());
    const again = recorder();
    expect((await resolveSource(tree, again)).folder).toBe(first.folder);
    const copying = again.events.filter(
      (event) => event.type === 'stage-progress' && event.detail === 'copying the tree',
    );
    expect(copying).toEqual([]);
    writeFileSync(path.join(tree, 'net/one.c'), 'int one;\n');
    const edited = await resolveSource(tree, recorder());
    const inode = (folder: string, name: string): number => statSync(path.join(folder, name)).ino;
    expect(inode(edited.folder, 'net/two.c')).toBe(inode(first.folder, 'net/two.c'));
    expect(inode(edited.folder, 'net/one.c')).not.toBe(inode(first.folder, 'net/one.c'));
  });

  it('does not trust the time of a file written a moment ago', async () => {
    useCache();
    const tree = fakeTree();
    const first = await resolveSource(tree, recorder());
    const file = path.join(tree, 'net/one.c');
    const times = path.join(temporary(), 'times');
    const { size } = statSync(file);
    execFileSync('touch', ['-r', file, times]);
    writeFileSync(file, readFileSync(file, 'utf8').replace('return 1', 'return 9'));
    execFileSync('touch', ['-r', times, file]);
    expect(statSync(file).size).toBe(size);
    expect((await resolveSource(tree, recorder())).hash).not.toBe(first.hash);
  });

  it('must be a kernel tree', async () => {
    useCache();
    const folder = temporary();
    write(folder, { Makefile: 'all: ;\n' });
    const error = await failure(resolveSource(folder, recorder()));
    expect({ code: error.code, exit: error.exitCode }).toEqual({
      code: 'not-a-kernel-tree',
      exit: 2,
    });
    expect(error.message).toContain(folder);
  });

  it('leaves nothing behind when interrupted', async () => {
    const cache = useCache();
    // More than are copied between two looks at the signal.
    const names = Array.from({ length: 300 }, (_, index) => `net/more/${index}.h`);
    const tree = fakeTree(Object.fromEntries(names.map((name) => [name, ''])));
    const context = recorder();
    const emit: typeof context.emit = (event) => {
      if ('detail' in event && event.detail === 'copying the tree') context.abort();
    };
    const error = await failure(resolveSource(tree, { ...context, emit }));
    expect(error.exitCode).toBe(130);
    expect(execFileSync('find', [cache, '-type', 'f'], { encoding: 'utf8' })).toBe('');
  });
});
