// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import type { Toolchain } from '../model.ts';

/** Raised whenever the way of building changes what comes out. */
const builderVersion = 3;

/** Everything that decides what a kernel build yields; no paths, no names. */
export interface BuildInputs {
  sourceHash: string;
  patchHash: string | null;
  /** The merged fragment as merge_config.sh is given it. */
  fragment: string;
  toolchain: Toolchain;
}

/** The cache key of a kernel, 32 hex digits. */
export function kernelKey({ sourceHash, patchHash, fragment, toolchain }: BuildInputs): string {
  return digest([
    builderVersion,
    sourceHash,
    patchHash,
    fragment,
    toolchain.compiler,
    toolchain.linker,
    toolchain.arch,
    toolchain.makeWords,
  ]);
}

/** The cache key of a built kselftest folder; `content` is the hash of its files. */
export function selftestsKey(
  sourceHash: string,
  name: string,
  content: string,
  toolchain: Toolchain,
): string {
  return digest([
    'selftests',
    builderVersion,
    sourceHash,
    name,
    content,
    toolchain.compiler,
    toolchain.linker,
    toolchain.arch,
    toolchain.makeWords,
  ]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
