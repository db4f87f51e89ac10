// SPDX-License-Identifier: MIT
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hostArch } from '../../runner/host/arch.ts';
import { buildImage } from '../../runner/vm/image.ts';
import { readCpio } from './cpio.ts';

const context = { emit: () => undefined, signal: new AbortController().signal, cell: 'cell' };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'image-'));
  vi.stubEnv('PATCHPROOF_CACHE_DIR', path.join(folder, 'cache'));
  await writeFile(path.join(folder, 'program'), 'one');
  await compiler('echo compiled >>CALLS; while [ "$1" != -o ]; do shift; done; echo agent >"$2"');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function compiler(script: string): Promise<void> {
  const file = path.join(folder, 'cc');
  const text = `#!/bin/sh
[ "$1" = --version ] && { echo cc 1; exit; }
${script.replaceAll('CALLS', `${folder}/calls`)}
`;
  await writeFile(file, text);
  await chmod(file, 0o755);
}

const build = (): ReturnType<typeof buildImage> =>
  buildImage(
    {
      files: [{ guestPath: '/tests/demo/one', file: path.join(folder, 'program'), mode: 0o755 }],
      arch: hostArch(),
      compiler: path.join(folder, 'cc'),
    },
    context,
  );

async function compiled(): Promise<number> {
  return (await readFile(path.join(folder, 'calls'), 'utf8')).trim().split('\n').length;
}

it('holds the agent as /init, the console node and the programs', async () => {
  const { file } = await build();
  const members = readCpio(await readFile(file));
  const modes = members.map(({ name, mode }) => [name, mode.toString(8)]);
  expect(Object.fromEntries(modes)).toMatchObject({
    init: '100755',
    dev: '40755',
    'dev/console': '20600',
    'bin/busybox': '100755',
    'bin/sh': '120644',
    tests: '40755',
    'tests/demo': '40755',
    'tests/demo/one': '100755',
  });
  const member = (name: string): unknown => members.find((it) => it.name === name);
  expect(member('init')).toMatchObject({ data: 'agent\n' });
  expect(member('dev/console')).toMatchObject({ device: [5, 1] });
  expect(member('bin/sh')).toMatchObject({ data: 'busybox' });
  expect(member('tests/demo/one')).toMatchObject({ data: 'one' });
  // The kernel makes no folder that a member lies in.
  const names = members.map(({ name }) => name);
  const early = names.filter((name, index) => {
    const parent = path.posix.dirname(name);
    return parent !== '.' && !names.slice(0, index).includes(parent);
  });
  expect(early).toEqual([]);
});

it('is made once for the same contents, and anew for others', async () => {
  const first = await build();
  expect(await build()).toEqual(first);
  expect(await compiled()).toBe(1);
  await writeFile(path.join(folder, 'program'), 'two');
  const second = await build();
  expect(second.key).not.toBe(first.key);
  expect(await readFile(second.file, 'latin1')).toContain('two');
});

it('that cannot be linked statically says what to install and leaves nothing', async () => {
  await compiler('echo "ld: cannot find -lc" >&2; exit 1');
  await expect(build()).rejects.toMatchObject({
    code: 'agent-does-not-compile',
    evidence: ['ld: cannot find -lc'],
    remedy: expect.stringContaining('libc6-dev'),
  });
  await mkdir(path.join(folder, 'cache', 'images'), { recursive: true });
  expect(await readdir(path.join(folder, 'cache', 'images'))).toEqual([]);
  expect(await readdir(path.join(folder, 'cache', 'scratch'))).toEqual([]);
});
