// SPDX-License-Identifier: MIT
import os from 'node:os';
import { PatchproofError } from '../errors.ts';

/** What patchproof decides itself: where a build happens, and which Makefiles take part in it. */
const own: Readonly<Record<string, string>> = {
  O: 'builds happen in the cache; what they leave is in the run directory',
  KBUILD_OUTPUT: 'builds happen in the cache; what they leave is in the run directory',
  M: 'modules from outside the tree are not built',
  KBUILD_EXTMOD: 'modules from outside the tree are not built',
  MAKEFLAGS: 'the number of jobs is --jobs',
  KCONFIG_CONFIG: 'the config is made from --profile, --config and --configitem',
};

/**
 * Tells the words for make (`LLVM=1`, `CC=gcc-13`, `KCFLAGS=-g`) among the arguments from the
 * others, as make itself does. Throws usage `make-word` for one that cannot be passed on.
 */
export function splitMakeWords(args: readonly string[]): { words: string[]; others: string[] } {
  const isWord = (arg: string): boolean => /^[A-Z][A-Z0-9_]*=/.test(arg);
  const words = args.filter(isWord);
  for (const word of words) {
    const [name = '', value = ''] = word.split(/=(.*)/s);
    const reason =
      name === 'ARCH' && !sameArch(value)
        ? `only a kernel for this machine (${os.machine()}) can be booted here`
        : own[name];
    if (reason === undefined) continue;
    throw new PatchproofError({
      kind: 'usage',
      code: 'make-word',
      message: `${word} cannot be passed on to make: ${reason}.`,
      remedy: 'Leave it out.',
    });
  }
  return { words, others: args.filter((arg) => !isWord(arg)) };
}

/** ARCH= takes x86 for x86_64 (top Makefile: SRCARCH). */
function sameArch(value: string): boolean {
  const names: Readonly<Record<string, readonly string[]>> = {
    x86_64: ['x86_64', 'x86'],
    aarch64: ['arm64'],
  };
  return (names[os.machine()] ?? [os.machine()]).includes(value);
}
