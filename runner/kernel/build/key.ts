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

/** Everything that decides what building a collection of tests yields. */
export interface TestsInputs {
  sourceHash: string;
  patchHash: string | null;
  name: string;
  /** Below the tree's selftests. */
  place: string;
  /** Hash of a folder's files; null for a target of the tree itself. */
  content: string | null;
  programs: readonly string[];
  isStatic: boolean;
  toolchain: Toolchain;
}

/** The cache key of a built collection of tests. */
export function selftestsKey({ toolchain, ...inputs }: TestsInputs): string {
  return digest([
    'selftests',
    builderVersion,
    inputs.sourceHash,
    inputs.patchHash,
    inputs.name,
    inputs.place,
    inputs.content,
    inputs.programs,
    inputs.isStatic,
    toolchain.compiler,
    toolchain.linker,
    toolchain.arch,
    toolchain.makeWords,
  ]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
