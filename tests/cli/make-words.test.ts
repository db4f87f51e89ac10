// SPDX-License-Identifier: MIT
import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { splitMakeWords } from '../../runner/cli/make-words.ts';
import { thrown } from '../kernel/helpers.ts';

describe('words for make', () => {
  it('are told from a proof wherever they stand', () => {
    expect(splitMakeWords(['LLVM=1', 'tcp-repair', 'CC=clang-18', 'KCFLAGS=-g -O1'])).toEqual({
      words: ['LLVM=1', 'CC=clang-18', 'KCFLAGS=-g -O1'],
      others: ['tcp-repair'],
    });
    expect(splitMakeWords(['./dir=x', 'a=b'])).toEqual({ words: [], others: ['./dir=x', 'a=b'] });
  });

  it.each(['O=/tmp/x', 'M=drivers/net', 'MAKEFLAGS=-j9', 'KCONFIG_CONFIG=x', 'ARCH=vax'])(
    '%s cannot be passed on, and why is said',
    (word) => {
      const error = thrown(() => splitMakeWords([word]));
      expect({ exit: error.exitCode, code: error.code }).toEqual({ exit: 2, code: 'make-word' });
      expect(error.message).toContain(word);
    },
  );

  it("this machine's own architecture is no obstacle", () => {
    const arch = os.machine() === 'aarch64' ? 'arm64' : os.machine();
    expect(splitMakeWords([`ARCH=${arch}`]).words).toEqual([`ARCH=${arch}`]);
  });
});
