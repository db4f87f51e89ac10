// SPDX-License-Identifier: MIT
import os from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { architectureNames, architectureOf, hostArch, isForeign } from '../../runner/host/arch.ts';
import { splitMakeWords } from '../../runner/cli/make-words.ts';
import { thrown } from '../kernel/helpers.ts';

describe('words for make', () => {
  it('are told from a proof wherever they stand', () => {
    expect(splitMakeWords(['LLVM=1', 'tcp-repair', 'CC=clang-18', 'KCFLAGS=-g -O1'])).toEqual({
      words: ['LLVM=1', 'CC=clang-18', 'KCFLAGS=-g -O1'],
      others: ['tcp-repair'],
      output: undefined,
    });
    expect(splitMakeWords(['./dir=x', 'a=b'])).toEqual({
      words: [],
      others: ['./dir=x', 'a=b'],
      output: undefined,
    });
    expect(splitMakeWords(['O=/tmp/x', 'LLVM=1'])).toEqual({
      words: ['LLVM=1'],
      others: [],
      output: '/tmp/x',
    });
  });

  it.each([
    'KBUILD_OUTPUT=/tmp/x',
    'M=drivers/net',
    'MAKEFLAGS=-j9',
    'KCONFIG_CONFIG=x',
    'ARCH=vax',
  ])('%s cannot be passed on, and why is said', (word) => {
    const error = thrown(() => splitMakeWords([word]));
    expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'make-word' });
    expect(error.message).toContain(word);
  });

  it("this machine's own architecture needs no other compiler", () => {
    expect(splitMakeWords([`ARCH=${hostArch()}`]).words).toEqual([`ARCH=${hostArch()}`]);
  });

  it('a machine that no guest can be says so, and takes the ARCH= of another', () => {
    const machine = vi.spyOn(os, 'machine').mockReturnValue('riscv64');
    try {
      const error = thrown(() => splitMakeWords([]));
      expect({ exit: error.exitCode, code: error.code }).toEqual({
        exit: 69,
        code: 'architecture',
      });
      expect(error.remedy).toContain('ARCH=x86_64 or ARCH=arm64');
      const { words } = splitMakeWords(['ARCH=x86_64']);
      expect(words).toEqual(['ARCH=x86_64', 'CROSS_COMPILE=x86_64-linux-gnu-']);
    } finally {
      machine.mockRestore();
    }
  });

  const [foreign = ''] = architectureNames.filter(isForeign);
  const { crossCompile } = architectureOf(foreign);
  it.each([
    { given: [], more: [`CROSS_COMPILE=${crossCompile}`] },
    { given: ['CROSS_COMPILE=/opt/x-'], more: [] },
    { given: ['LLVM=1'], more: [] },
    // The linker and the assembler are still the GNU ones.
    { given: ['CC=clang'], more: [`CROSS_COMPILE=${crossCompile}`] },
  ])("another architecture beside $given: Debian's compiler unless one is named", (row) => {
    const words = [`ARCH=${foreign}`, ...row.given];
    expect(splitMakeWords(words).words).toEqual([...words, ...row.more]);
  });
});
