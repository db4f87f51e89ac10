// SPDX-License-Identifier: MIT
import { PatchproofError } from '../errors.ts';
import { architectureNames, architectureOf, archOf, isForeign, wordOf } from '../host/arch.ts';

/** What patchproof decides itself: where a build happens, and which Makefiles take part in it. */
const own: Readonly<Record<string, string>> = {
  KBUILD_OUTPUT: 'builds happen in the cache; O=DIR names where the kernels are to go',
  M: 'modules from outside the tree are not built',
  KBUILD_EXTMOD: 'modules from outside the tree are not built',
  MAKEFLAGS: 'the number of jobs is --jobs',
  KCONFIG_CONFIG: 'the config is made from --profile, --config and --configitem',
};

/** Arguments, told apart. */
export interface MakeWords {
  /** For every make. */
  words: string[];
  /** What is no word for make. */
  others: string[];
  /** `O=`: builds happen in the cache, so this is not make's to know. */
  output: string | undefined;
}

/**
 * Tells the words for make (`LLVM=1`, `CC=gcc-13`, `KCFLAGS=-g`) among the arguments from the
 * others, as make itself does. For an architecture that is not this machine's, CROSS_COMPILE= names
 * Debian's tools where the words name no others.
 * Throws usage `make-word` for one that cannot be passed on, infrastructure `architecture` where
 * this machine is none that guests can be and ARCH= names no other.
 */
export function splitMakeWords(args: readonly string[]): MakeWords {
  const isWord = (arg: string): boolean => /^[A-Z][A-Z0-9_]*=/.test(arg);
  const output = wordOf(args.filter(isWord), 'O');
  const words = args.filter((arg) => isWord(arg) && !arg.startsWith('O='));
  for (const word of words) {
    const [name = ''] = word.split('=');
    const reason =
      name === 'ARCH' && !architectureNames.includes(archOf([word]))
        ? `only ${architectureNames.join(' and ')} can be booted`
        : own[name];
    if (reason === undefined) continue;
    throw new PatchproofError({
      kind: 'usage',
      code: 'make-word',
      message: `${word} cannot be passed on to make: ${reason}.`,
      remedy: 'Leave it out.',
    });
  }
  const others = args.filter((arg) => !isWord(arg));
  const { name: arch, crossCompile } = architectureOf(archOf(words));
  const names = ['CROSS_COMPILE', 'LLVM'];
  const isNamed = names.some((name) => wordOf(words, name) !== undefined);
  if (isForeign(arch) && !isNamed) words.push(`CROSS_COMPILE=${crossCompile}`);
  return { words, others, output: output === '' ? undefined : output };
}
