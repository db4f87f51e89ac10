// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { kernelKey } from '../../runner/kernel/build/key.ts';
import type { BuildInputs } from '../../runner/kernel/build/key.ts';
import { objectOf } from '../../runner/kernel/build/progress.ts';
import { compilerOf, detectToolchain } from '../../runner/kernel/build/toolchain.ts';
import { hostArch } from '../../runner/host/arch.ts';
import { failure, fakeCommands, toolchain } from './helpers.ts';

describe('kernelKey', () => {
  const inputs: BuildInputs = {
    sourceHash: 'a',
    patchHash: null,
    fragment: 'CONFIG_A=y\n',
    toolchain,
  };

  it('is the same for the same inputs', () => {
    expect(kernelKey({ ...inputs })).toBe(kernelKey(inputs));
    expect(kernelKey(inputs)).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each<[string, Partial<BuildInputs>]>([
    ['source', { sourceHash: 'b' }],
    ['patch', { patchHash: 'a' }],
    ['config', { fragment: '' }],
    ['compiler', { toolchain: { ...toolchain, compiler: 'fake cc 2' } }],
    ['linker', { toolchain: { ...toolchain, linker: 'fake ld 2' } }],
    ['architecture', { toolchain: { ...toolchain, arch: 'arm64' } }],
    ['make words', { toolchain: { ...toolchain, makeWords: ['LLVM=1'] } }],
  ])('changes with the %s', (_, change) => {
    expect(kernelKey({ ...inputs, ...change })).not.toBe(kernelKey(inputs));
  });
});

describe('the toolchain', () => {
  it.each([
    [[], 'gcc'],
    [['CC=gcc-13'], 'gcc-13'],
    [['CROSS_COMPILE=aarch64-linux-gnu-'], 'aarch64-linux-gnu-gcc'],
    [['CROSS_COMPILE=aarch64-linux-gnu-', 'CC=gcc-13'], 'gcc-13'],
    [['CROSS_COMPILE=aarch64-linux-gnu-', 'LLVM=1'], 'clang'],
    [['LLVM=1'], 'clang'],
    [['LLVM=-18'], 'clang-18'],
    [['LLVM=/opt/llvm/bin/'], '/opt/llvm/bin/clang'],
  ])('%j compiles with %s', (words, compiler) => {
    expect(compilerOf(words)).toBe(compiler);
  });

  it('is the first line of --version; without a compiler the run ends with exit 69', async () => {
    fakeCommands({ 'fake-cc': '#!/bin/sh\necho "fake-cc 4.2"; echo more\n' });
    expect(await detectToolchain(['CC=fake-cc'])).toMatchObject({ compiler: 'fake-cc 4.2' });
    fakeCommands({
      'x-gcc': '#!/bin/sh\necho "x-gcc 1"\n',
      'x-ld': '#!/bin/sh\necho "x-ld 2"\n',
    });
    expect(await detectToolchain(['CROSS_COMPILE=x-', 'ARCH=x86'])).toEqual({
      arch: 'x86_64',
      compiler: 'x-gcc 1',
      linker: 'x-ld 2',
      makeWords: ['CROSS_COMPILE=x-', 'ARCH=x86'],
    });
    const error = await failure(detectToolchain(['CC=no-such-compiler']));
    expect({ code: error.code, exit: error.exitCode }).toEqual({ code: 'no-compiler', exit: 69 });
  });
});

it.each([
  ['x86_64', 'x86_64'],
  ['aarch64', 'arm64'],
])('the kernel calls %s %s', (machine, arch) => {
  expect(hostArch(machine)).toBe(arch);
});

it.each([
  ['  CC      net/ipv4/tcp.o', 'net/ipv4/tcp.o'],
  ['  AS      arch/x86/entry/entry.o', 'arch/x86/entry/entry.o'],
  ['  CC [M]  net/x.o', 'net/x.o'],
  ['  HOSTCC  scripts/basic/fixdep', undefined],
  ['  AR      net/built-in.a', undefined],
  ['  CC      /tmp/tools/objtool', undefined],
])('progress counts %s as %s', (line, object) => {
  expect(objectOf(line)).toBe(object);
});
