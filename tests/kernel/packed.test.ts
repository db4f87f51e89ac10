// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ccache } from '../../runner/kernel/build/compile.ts';
import { checkPacked } from '../../runner/kernel/build/packed.ts';
import { failure, temporary, useCache, write } from './helpers.ts';

const packed = 'arch/x86/boot/compressed/vmlinux.bin.gz';
const piggy = { 'arch/x86/boot/compressed/piggy.S': `z_len = 3\n.incbin "${packed}"\n` };

describe('an image and the kernel that was linked', () => {
  it('belong together', async () => {
    const out = temporary();
    write(out, { ...piggy, [packed]: 'new', image: 'setup new end' });
    await expect(checkPacked(out, path.join(out, 'image'))).resolves.toBeUndefined();
  });

  it('do not, when the image holds another one of the same length', async () => {
    const out = temporary();
    write(out, { ...piggy, [packed]: 'new', image: 'setup old end' });
    const error = await failure(checkPacked(out, path.join(out, 'image')));
    expect(error).toMatchObject({ kind: 'infrastructure', code: 'image-inconsistent' });
  });

  it('cannot be compared where nothing is packed', async () => {
    const out = temporary();
    write(out, { image: 'x' });
    await expect(checkPacked(out, path.join(out, 'image'))).resolves.toBeUndefined();
  });
});

const hasCcache = spawnSync('ccache', ['--version']).status === 0;

it.skipIf(!hasCcache)('ccache as it is used here sees that an included file has changed', () => {
  useCache();
  const folder = temporary();
  const env = { ...process.env, ...ccache() };
  const objects = ['one', 'two', 'one'].map((blob) => {
    write(folder, { 'a.S': '.section .data\n.incbin "blob"\n', blob });
    execFileSync('ccache', 'gcc -MMD -MF a.d -c a.S -o a.o'.split(' '), { cwd: folder, env });
    return readFileSync(path.join(folder, 'a.o'));
  });
  expect(objects.map((it) => [it.includes('one'), it.includes('two')])).toEqual([
    [true, false],
    [false, true],
    [true, false],
  ]);
});
