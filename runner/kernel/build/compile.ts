// SPDX-License-Identifier: MIT
import path from 'node:path';
import { cacheRoot } from '../../host/cache.ts';
import type { CommandLine } from '../../host/command-line.ts';

/** Where each architecture's bootable image is, below the output folder. */
const images: Readonly<Record<string, { target: string; file: string }>> = {
  x86_64: { target: 'bzImage', file: 'arch/x86/boot/bzImage' },
  arm64: { target: 'Image', file: 'arch/arm64/boot/Image' },
};
const x86 = { target: 'bzImage', file: 'arch/x86/boot/bzImage' };

/** An architecture's bootable image. */
export function imageOf(arch: string): { target: string; file: string } {
  return images[arch] ?? x86;
}

/** What would otherwise differ between two builds of the same source. */
const reproducible = {
  KBUILD_BUILD_TIMESTAMP: '2000-01-01 00:00:00 UTC',
  KBUILD_BUILD_USER: 'patchproof',
  KBUILD_BUILD_HOST: 'patchproof',
  KBUILD_BUILD_VERSION: '1',
};

/**
 * The command that compiles a kernel.
 *
 * @param words the toolchain's own, see compilerWords()
 */
export function compileLine(
  { src, out }: { src: string; out: string },
  arch: string,
  words: readonly string[],
  jobs: number,
): CommandLine {
  return {
    program: 'make',
    args: [`O=${out}`, ...words, `-j${jobs}`, imageOf(arch).target],
    cwd: src,
    env: { ARCH: arch, ...reproducible, ...ccache() },
  };
}

/** How ccache is used, where there is one. */
export function ccache(): Record<string, string> {
  return {
    CCACHE_DIR: path.join(cacheRoot(), 'ccache'),
    CCACHE_MAXSIZE: '2G',
    // Not the depend mode: it does not notice .incbin, and packs an earlier kernel into bzImage. The
    // namespace leaves behind what it stored.
    CCACHE_NODEPEND: '1',
    CCACHE_NAMESPACE: 'patchproof-2',
  };
}
