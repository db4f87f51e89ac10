// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../runner/host/process.ts';
import { selftestPatch } from '../../runner/upstream/patch.ts';
import { setEnv, temporary, write } from '../kernel/helpers.ts';

const targets = 'TARGETS += net\nTARGETS += net/tcp_ao\nTARGETS += nolibc\n';
const maintainers = 'NETWORKING [TCP]\nM:\tA <a@b.example>\nF:\tnet/ipv4/tcp*.c\n\nTHE REST\n';

function kernelTree(): string {
  const tree = temporary();
  write(tree, { 'tools/testing/selftests/Makefile': targets, MAINTAINERS: maintainers });
  return tree;
}

function selftests(): string {
  const folder = temporary();
  write(folder, {
    '.gitignore': 'frozen\n',
    Makefile: 'all:\n',
    'frozen.c': 'int main(void) { return 0; }\n',
    frozen: 'built, and no part of the patch\n',
    'lib/env.h': '/* env */\n',
  });
  return folder;
}

function signedBy(name: string, email: string): void {
  setEnv('GIT_AUTHOR_NAME', name);
  setEnv('GIT_AUTHOR_EMAIL', email);
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@t.example'];
  const done = await run('git', [...who, ...args], { cwd });
  expect(done.tail.join('\n') || 'ok', args.join(' ')).not.toMatch(/^(fatal|error):/m);
  expect(done.exitCode, args.join(' ')).toBe(0);
  return done.stdout;
}

describe('the selftests as a patch', () => {
  it('is taken by git am, adds the folder, and leaves the tree alone', async () => {
    signedBy('Ann Author', 'ann@author.example');
    const tree = kernelTree();
    const patch = await selftestPatch({ tree, folder: selftests() });
    expect(patch).toMatch(/^From: Ann Author <ann@author\.example>$/m);
    expect(patch).toMatch(/^Signed-off-by: Ann Author <ann@author\.example>$/m);
    expect(patch).toMatch(/^Subject: \[PATCH net-next\] selftests: net: /m);
    expect(readFileSync(path.join(tree, 'MAINTAINERS'), 'utf8')).toBe(maintainers);
    expect(readFileSync(path.join(tree, 'tools/testing/selftests/Makefile'), 'utf8')).toBe(targets);

    const file = path.join(temporary(), 'selftests.patch');
    writeFileSync(file, patch);
    await git(tree, 'init', '--quiet');
    await git(tree, 'add', '--all');
    await git(tree, 'commit', '--quiet', '--message=base');
    await git(tree, 'am', '--quiet', file);
    expect((await git(tree, 'ls-files')).trim().split('\n')).toEqual([
      'MAINTAINERS',
      'tools/testing/selftests/Makefile',
      'tools/testing/selftests/net/tcp_repair/.gitignore',
      'tools/testing/selftests/net/tcp_repair/Makefile',
      'tools/testing/selftests/net/tcp_repair/frozen.c',
      'tools/testing/selftests/net/tcp_repair/lib/env.h',
    ]);
    await expect(selftestPatch({ tree, folder: selftests() })).rejects.toMatchObject({
      code: 'selftests-there',
    });
  });

  it('asks for a kernel tree', async () => {
    await expect(selftestPatch({ tree: temporary(), folder: selftests() })).rejects.toMatchObject({
      code: 'no-kernel-tree',
      exitCode: 2,
    });
  });

  it('asks for who signs off', async () => {
    setEnv('GIT_CONFIG_GLOBAL', '/dev/null');
    setEnv('GIT_CONFIG_NOSYSTEM', '1');
    setEnv('GIT_AUTHOR_NAME', '');
    setEnv('GIT_AUTHOR_EMAIL', '');
    await expect(selftestPatch({ tree: kernelTree(), folder: selftests() })).rejects.toMatchObject({
      code: 'no-identity',
      exitCode: 2,
    });
  });
});
